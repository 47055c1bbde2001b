"""A queue on disk, for events that find no room in memory and may not be lost."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, BinaryIO

from attrs import define

from eventflow.events import EventTypes
from eventflow.events.codec import content_of
from eventflow.events.errors import EventError
from eventflow.ids import uuid7
from eventflow.liveness import exists

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from eventflow.types import Event


@define
class Spill:
    """First in, first out, in one file of this process: a line for each event.

    A line that was torn by a crash is passed over and counted.

    Attributes:
        path: The file; there only while events wait in it.
        most: Bytes that it takes at most.
        torn: Lines that could not be read.
    """

    path: Path
    most: int
    torn: int = 0
    _read: int = 0
    _file: BinaryIO | None = None

    @classmethod
    def of_process(cls, folder: Path, most: int) -> Spill:
        """Return this process's queue in a folder; what a dead process left there is taken over."""
        own = folder / f"{os.getpid()}-{uuid7().hex}.ndjson"
        for left in sorted(folder.glob("*-*.ndjson")):
            pid = left.name.partition("-")[0]
            if pid.isdigit() and not exists(int(pid)):
                with contextlib.suppress(OSError):  # another process was faster
                    left.rename(own)
                    break
        return cls(own, most)

    def __len__(self) -> int:
        """Return the bytes that wait."""
        try:
            return self.path.stat().st_size - self._read
        except FileNotFoundError:
            return 0

    def put(self, event: Event) -> bool:
        """Write an event behind the others; tell whether there was room.

        Raises:
            OSError: The disk is full, or cannot be written.
        """
        line = content_of(event) + b"\n"
        if len(self) + len(line) > self.most:
            return False
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab", buffering=0)
            self._end_torn_line()
        self._file.write(line)
        return True

    def first(self, number: int) -> list[Event]:
        """Return the oldest events, at most so many; they stay until `drop`."""
        found: list[Event] = []
        for event, _ in self._lines(number):
            if event is not None:
                found.append(event)
        return found

    def drop(self, number: int) -> None:
        """Forget the oldest events, so many; with the last one the file is removed."""
        for event, end in self._lines(number):
            self.torn += event is None
            self._read = end
        if not len(self):
            self.close()
            self.path.unlink(missing_ok=True)
            self._read = 0

    def close(self) -> None:
        """Close the file; what waits stays for the next process."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def _end_torn_line(self) -> None:
        """Close the line that a process could not finish, so that the next one stands alone."""
        assert self._file is not None  # noqa: S101 - the caller has opened it
        if self._file.tell() == 0:
            return
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                self._file.write(b"\n")

    def _lines(self, number: int) -> Iterator[tuple[Event | None, int]]:
        """Yield the oldest events with where they end; None for a line that is no event."""
        if not len(self):
            return
        types = EventTypes.defined()
        with self.path.open("rb") as file:
            file.seek(self._read)
            while number and (line := file.readline()):
                try:
                    yield types.decode(line), file.tell()
                    number -= 1
                except EventError:
                    yield None, file.tell()
