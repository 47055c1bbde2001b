"""Killing consumers of a group in the middle of their work."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from select import select
from typing import TYPE_CHECKING, Any

from eventflow.events import BaseEvent
from faultkit.history import History

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventflow.types import Transport

_ROOM = Path(__file__).parents[1]
_BATCH = 60
_START = 20.0  # seconds that a consumer may need to begin, on a machine that is busy


class ConsumerKills:
    """Consumers of one group, one after the other; each but the last is killed at some moment.

    Args:
        kind: Class of the transport.
        options: Its options; with a short visibility, so that what was left is soon taken.
        seed: Of the moments.
        deviant: Name of a function of `deviants` that consumers work under.

    Attributes:
        history: What was sent.
        got: What was handled, in order.
        silence: Seconds without news after which nothing more is expected.
    """

    def __init__(
        self, kind: type[Transport], options: Mapping[str, Any], *, seed: int, deviant: str = ""
    ) -> None:
        self._words = [f"{kind.__module__}:{kind.__name__}", json.dumps(options), deviant]
        self._transport = kind(**options)
        self._chance = random.Random(seed)  # noqa: S311 - a trial that can be repeated
        self.history = History()
        self.got: list[str] = []
        self.silence = _START
        self._rest = b""

    def run(self, kills: int) -> None:
        """Send events, kill so many consumers at work, and let the last one handle the rest."""
        for _ in range(kills):
            self._send()
            self._consume(self._chance.randint(5, _BATCH // 2))
        self._send()
        self._consume(None)
        self._transport.close()

    def _send(self) -> None:
        events = [BaseEvent(event_type="consume.me", source="p") for _ in range(_BATCH)]
        for event in events:
            self.history.attempt(str(event.event_id), "p")
        self._transport.send(events)
        for event in events:
            self.history.acknowledge(str(event.event_id))

    def _consume(self, number: int | None) -> None:
        """Let a consumer handle so many events, or all that are owed, and kill it."""
        consumer = subprocess.Popen(
            [sys.executable, "-m", "faultkit.consumer", *self._words],
            stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(_ROOM)},
        )  # fmt: skip
        assert consumer.stdout is not None
        before = len(self.got)

        def enough() -> bool:
            if number is None:
                return self.history.acknowledged <= set(self.got)
            return len(self.got) - before >= number

        try:
            self._read(consumer.stdout.fileno(), enough)
        finally:
            consumer.kill()
            self._read(consumer.stdout.fileno(), lambda: False)
            consumer.wait()
            consumer.stdout.close()

    def _read(self, said: int, enough: Callable[[], bool]) -> None:
        """Read what is handled, until it is enough, or silent for too long, or at its end."""
        patience = _START
        while not enough() and select([said], [], [], patience)[0]:
            piece = os.read(said, 65536)
            if not piece:
                return
            *lines, self._rest = (self._rest + piece).split(b"\n")
            self.got += [line.decode() for line in lines]
            patience = self.silence
