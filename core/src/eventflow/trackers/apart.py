"""The process that tells trackers apart from their run, as the run sees it.

What such trackers import, and what they make of a run, takes seconds of a processor that the run
itself could use. The process has the lowest priority, outlives the run, and is shared by the runs
of one process that are near in time, such as those of a batch.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
from pathlib import Path
from threading import Event, Lock, Thread, Timer
from typing import TYPE_CHECKING, Any, Final

import msgspec
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger(__name__)

LINGER: Final = 5.0
"""Seconds for which a process without runs waits for the next one."""

_MOST: Final = 32 * 1024
"""Bytes of trackers at most: what a pipe takes at once."""

_BOOT: Final = (
    "import os, pickle, sys; getattr(os, 'nice', int)(19); "
    "sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from eventflow.trackers.sending import main; main()"
)


class Told(msgspec.Struct, kw_only=True):
    """A line that the process writes.

    Attributes:
        folder: Spool of the run it is about.
        number: Tracker that failed, or fails no more; None when the run is done with.
        failure: What it failed of; empty when it goes on.
    """

    folder: str
    number: int | None = None
    failure: str = ""


@define(eq=False)
class Errand:
    """What is told apart of one run.

    Attributes:
        failures: Tracker's number → what it failed of, while it fails.
        over: Set when the process is done with the run, or is no more.
    """

    failures: dict[int, str] = field(factory=dict)
    over: Event = field(factory=Event)


class Sender(Thread):
    """A process that sends, and the thread that hears it."""

    def __init__(self) -> None:
        """Start the process.

        Raises:
            OSError: It cannot be started.
        """
        super().__init__(name="eventflow-sender", daemon=True)
        self._surroundings = _surroundings()
        self._errands: dict[str, Errand] = {}
        self._active = 0
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, and our own words
            [sys.executable, "-c", _BOOT],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            **_aside(),
        )
        self._write(pickle.dumps(sys.path))
        self.start()

    @property
    def usable(self) -> bool:
        """Whether it takes more runs: it lives, and nothing has changed that it was born with."""
        return self._surroundings == _surroundings() and self._process.poll() is None

    def take(self, folder: Path, content: bytes) -> Errand:
        """Hand over a run.

        Raises:
            OSError: The process is gone.
        """
        errand = self._errands[str(folder)] = Errand()
        self._write(content)
        self._active += 1
        return errand

    def leave(self) -> bool:
        """Say that a run has ended; return whether it was the last one."""
        self._active -= 1
        return self._active == 0

    def end_if_idle(self) -> bool:
        """Let the process end once it is done, unless a run goes on; return whether."""
        if self._active == 0 and self._process.stdin is not None:
            self._process.stdin.close()
        return self._active == 0

    def run(self) -> None:
        """Hear what the process tells, until it ends."""
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        with self._process.stdout as lines:
            for line in iter(lines.readline, b""):
                self._hear(msgspec.json.decode(line, type=Told))
        self._process.wait()
        for errand in list(self._errands.values()):
            errand.over.set()

    def _hear(self, told: Told) -> None:
        if told.number is None:
            self._errands.pop(told.folder).over.set()
        else:
            self._errands[told.folder].failures[told.number] = told.failure

    def _write(self, content: bytes) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        self._process.stdin.write(content)


class Senders:
    """The process that is at hand, if there is one; runs of several threads share it."""

    def __init__(self) -> None:
        """Start none."""
        self._lock = Lock()
        self._at_hand: Sender | None = None

    def hand_over(self, folder: Path, trackers: Mapping[int, Any]) -> tuple[Sender, Errand] | None:
        """Have a process tell trackers what a spool has; None when they cannot leave this one."""
        if any(type(tracker).__module__ == "__main__" for tracker in trackers.values()):
            return None
        try:
            content = pickle.dumps((folder, dict(trackers)))
        except Exception:  # noqa: BLE001 - whatever a tracker's parts raise
            return None
        if len(content) > _MOST or not sys.executable:
            return None
        with self._lock:
            try:
                if self._at_hand is None or not self._at_hand.usable:
                    self._at_hand = Sender()
                return self._at_hand, self._at_hand.take(folder, content)
            except OSError as error:
                _log.warning("no process can be started for trackers: %s", error)
                self._at_hand = None
                return None

    def leave(self, sender: Sender) -> None:
        """Say that a run has ended."""
        with self._lock:
            if sender.leave():
                timer = Timer(LINGER, self._end, (sender,))
                timer.daemon = True
                timer.start()

    def _end(self, sender: Sender) -> None:
        with self._lock:
            if sender.end_if_idle() and self._at_hand is sender:
                self._at_hand = None


SENDERS: Final = Senders()
"""Those of this process."""


def _surroundings() -> tuple[Any, ...]:
    """Return what a process hands down to those it starts; its own number comes with it."""
    return os.getpid(), Path.cwd(), dict(os.environ), list(sys.path)


def _aside() -> dict[str, Any]:
    """Return what keeps a process from what a terminal sends to the run."""
    if sys.platform == "win32":
        flags = (
            subprocess.CREATE_NEW_PROCESS_GROUP
            | subprocess.CREATE_NO_WINDOW
            | subprocess.IDLE_PRIORITY_CLASS
        )
        return {"creationflags": flags}
    return {"process_group": 0}
