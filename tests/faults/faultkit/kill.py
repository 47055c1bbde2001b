"""Killing publishers in the middle of their work."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from faultkit.history import History

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ROOM = Path(__file__).parents[1]


class Nursery:
    """A process that bears publishers, one after the other, and what they attempted.

    Args:
        seed: Of the moments at which they end.
        mutant: Name of a function of `mutants` that they work under; ``name:argument`` where it
            takes one.

    Attributes:
        history: What all of them attempted and were promised.
    """

    def __init__(self, *, seed: int, mutant: str = "") -> None:
        self.history = History()
        self._chance = random.Random(seed)  # noqa: S311 - a trial that can be repeated
        self._born = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "faultkit.publisher", *filter(None, [mutant])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            bufsize=1, env={**os.environ, "PYTHONPATH": str(_ROOM)},
        )  # fmt: skip

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.communicate(timeout=30)

    def publish(self, path: Path, end: Callable[[int], None]) -> None:
        """Let a publisher append to a store, and call `end` with its process id at some moment.

        Returns when the publisher is gone: `end` must see to that.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(f"{path}\n")
        publisher, self._born = f"p{self._born}", self._born + 1
        child, patience = 0, self._chance.randint(0, 12)  # messages that are waited for
        for word, name in self._said():
            if word == "born":
                child = int(name)
            elif word == "gone":
                return
            elif word == "try":
                self.history.attempt(name, publisher)
            else:
                self.history.acknowledge(name)
            patience -= word != "born"
            if patience < 0 and child:
                time.sleep(self._chance.random() * 0.004)
                end(child)
                child, patience = 0, sys.maxsize

    def _said(self) -> Iterator[tuple[str, str]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, _, name = line.strip().partition(" ")
            yield word, name
        message = "the process that bears publishers has ended"
        raise AssertionError(message)


def kill_publishers(path: Path, *, kills: int, seed: int, mutant: str = "") -> History:
    """Start publishers on one store, one after the other, and kill each at a random moment."""
    with Nursery(seed=seed, mutant=mutant) as nursery:
        for _ in range(kills):
            nursery.publish(path, lambda child: os.kill(child, signal.SIGKILL))
        return nursery.history
