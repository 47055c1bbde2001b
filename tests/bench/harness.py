"""Measuring contestants in turn: A B C A B C …, so that a drifting machine treats all alike."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MEBIBYTE = 1024 * 1024
LAUNCH = Path(__file__).with_name("launch.py")
_AS_USERS = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""Modules are compiled once, as on a user's machine; the warm-up does it."""
PEERS = ("checkers", "great-expectations", "faststream", "featuretools", "mlflow", "spatial")
"""Environments of what others do the same work with; ``EVENTFLOW_BENCH_PEERS`` names their
interpreters in this order, separated as in PATH."""


def interpreter(peers: str) -> str | None:
    """Return the interpreter of one of `PEERS`; None where it is not installed."""
    given = os.environ.get("EVENTFLOW_BENCH_PEERS", "").split(os.pathsep)
    return dict(zip(PEERS, given, strict=False)).get(peers) or None


@dataclass
class Contestant:
    """A command, and what its runs took.

    Attributes:
        name: What the table calls it.
        argv: The command. When its last line of output is a JSON object with ``seconds``, that is
            the time of the job alone; otherwise the whole process counts.
        launch: What starts the command and tells what it took.
        seconds: Wall time of each run.
        cpu: User and system time of each run.
        peak: Peak resident bytes of each run.
        settled: Wall time of each run until nothing was left running, where `launch` tells it.
        own: User and system time of each run's first process, where `launch` tells it.
    """

    name: str
    argv: Sequence[str]
    launch: Path = LAUNCH
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: list[int] = field(default_factory=list)
    settled: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    def run(self, folder: Path) -> None:
        """Run once in a folder and note what it took."""
        with NamedTemporaryFile(suffix=".json") as took:
            launched = [sys.executable, "-S", str(self.launch), took.name, *self.argv]
            done = subprocess.run(
                launched, cwd=folder, env=_AS_USERS, capture_output=True, check=False
            )
            if done.returncode:
                sys.exit(f"{self.name} failed:\n{done.stderr.decode()}")
            told = json.load(took)
        self.seconds.append(_told(done.stdout) or told["seconds"])
        self.cpu.append(told["cpu"])
        self.peak.append(told["peak"])
        self.settled.append(told.get("settled", told["seconds"]))
        self.own.append(told.get("own", told["cpu"]))

    def forget(self) -> None:
        """Forget what earlier runs took."""
        for taken in (self.seconds, self.cpu, self.peak, self.settled, self.own):
            taken.clear()


def _told(out: bytes) -> float | None:
    last = out.strip().rpartition(b"\n")[2]
    if not last.startswith(b'{"seconds"'):
        return None
    return float(json.loads(last)["seconds"])


def compete(contestants: Sequence[Contestant], folder: Path, *, rounds: int) -> None:
    """Warm each up once, then run all in turn, `rounds` times."""
    for contestant in contestants:
        contestant.run(folder)
        contestant.forget()
    for _ in range(rounds):
        for contestant in contestants:
            contestant.run(folder)


def table(title: str, contestants: Sequence[Contestant], *, against: Contestant) -> Iterable[str]:
    """Render medians, and ratios pair by pair against one contestant."""
    yield f"\n## {title}"
    yield f"{len(against.seconds)} interleaved rounds; ratios are medians of pairs\n"
    yield f"| contestant | seconds | CPU s | peak MiB | time ratio to {against.name} | peak ratio |"
    yield "|---|--:|--:|--:|--:|--:|"
    for c in contestants:
        yield (
            f"| {c.name} | {median(c.seconds):.3f} | {median(c.cpu):.2f} "
            f"| {median(c.peak) / MEBIBYTE:,.0f} | {ratio(c.seconds, against.seconds)} "
            f"| {ratio(c.peak, against.peak)} |"
        )


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Return the median of ratios pair by pair, with the lowest and the highest."""
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    return f"{median(ratios):.2f} ({ratios[0]:.2f} .. {ratios[-1]:.2f})"
