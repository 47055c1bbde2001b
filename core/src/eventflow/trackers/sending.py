"""The process that tells trackers apart from their run: what runs in it.

It reads runs from its standard input until that ends, which it does with the run's own process, be
it killed. It then sends what is left, a tracker that fails once more, and ends.
"""

from __future__ import annotations

import os
import pickle
import sys
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventflow.trackers.apart import Told
from eventflow.trackers.feeder import Feeder
from eventflow.trackers.records import Record
from eventflow.trackers.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

POLL: Final = 0.25
"""Seconds between two looks at what a run has added."""

LONGEST: Final = 600.0
"""Seconds after the end of a run for which its trackers may be at work."""

_LETTING_GO: Final = 5.0
"""Seconds that a run may take to let go of its spool."""


def main() -> None:
    """Serve one run after another, several at a time, and end when all have been served."""
    tell, gone = _Teller(), Event()
    at_work = []
    with suppress(EOFError):
        while True:
            folder, trackers = pickle.load(sys.stdin.buffer)  # noqa: S301 - the run wrote it
            thread = Thread(target=_serve, args=(folder, trackers, gone, tell), daemon=True)
            thread.start()
            at_work.append(thread)
    gone.set()
    deadline = monotonic() + LONGEST
    for thread in at_work:
        thread.join(max(0.0, deadline - monotonic()))


class _Teller:
    """Writes lines for the run; what trackers print goes nowhere."""

    def __init__(self) -> None:
        self._out = os.dup(sys.stdout.fileno())
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        self._lock = Lock()

    def __call__(self, told: Told) -> None:
        with self._lock, suppress(OSError):  # the run may be gone
            os.write(self._out, msgspec.json.encode(told) + b"\n")


def _serve(
    folder: Path, trackers: Mapping[int, Any], gone: Event, tell: Callable[[Told], None]
) -> None:
    """Tell trackers of one run what its spool has, until it has ended."""
    spool = Spool.follow(folder)
    try:
        if spool is not None:
            _feed(spool, _feeders(spool, trackers, tell), gone)
    finally:
        if spool is not None:
            spool.take_over(_LETTING_GO)
            spool.close()
        tell(Told(folder=str(folder)))


def _feeders(
    spool: Spool, trackers: Mapping[int, Any], tell: Callable[[Told], None]
) -> list[Feeder]:
    def hearing(number: int) -> Callable[[str], None]:
        return lambda failure: tell(Told(folder=str(spool.folder), number=number, failure=failure))

    return [Feeder(spool, n, t, lambda: None, hearing(n)) for n, t in trackers.items()]


def _feed(spool: Spool, feeders: list[Feeder], gone: Event) -> None:
    for feeder in feeders:
        feeder.start()
    while not spool.ended and not gone.wait(POLL):
        spool.look()
        for feeder in feeders:
            feeder.wake(spool.written)
    if not spool.ended and spool.take_over(_LETTING_GO) and not spool.ended:
        spool.append(Record(at=datetime.now(UTC), call="finish", values=("FAILED",)))
    deadline = monotonic() + LONGEST
    for feeder in feeders:
        feeder.wake(spool.written)
        feeder.end()
    for feeder in feeders:
        feeder.stop(deadline)
