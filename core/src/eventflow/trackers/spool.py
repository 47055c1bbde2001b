"""The spool of one run: everything trackers are to be told, on disk until they have been told.

A folder for each run: ``spool.json`` says whose it is and which trackers wait, ``records.jsonl`` is
appended to and never changed, ``files`` has copies of artefacts, and ``<number>.position`` says how
far a tracker is. A process that is killed leaves all of it readable; half a line is not read.
"""

from __future__ import annotations

import os
import shutil
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from attrs import frozen
from filelock import FileLock, Timeout

from eventflow.trackers.errors import SpoolFormatError
from eventflow.trackers.records import Record, from_line, to_line

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = "eventflow.spool/1"
HEADER = "spool.json"
RECORDS = "records.jsonl"
LOCK = "lock"


class Header(msgspec.Struct, kw_only=True):
    """Whose records a spool has.

    Attributes:
        format: Format of the spool.
        run_id: The run.
        name: Name of its pipeline.
        started_at: When it began.
        parent: The run that it belongs to; None when it belongs to none.
        config_path: The pipeline's file; None when it came from Python.
        trackers: What each tracker's configuration says, secrets masked.
        places: Where each tracker stands in the pipeline's file.
    """

    run_id: str
    name: str
    started_at: datetime
    parent: str | None = None
    config_path: str | None = None
    trackers: list[dict[str, Any]]
    places: list[int]
    format: str = FORMAT


@frozen
class Place:
    """Where spools are kept.

    Attributes:
        home: Folder of the run store.
    """

    home: Path

    @property
    def folder(self) -> Path:
        """The folder that has a folder for each run."""
        return self.home / "spool"

    def folders(self) -> list[Path]:
        """Return the spools there are, the oldest run first."""
        return sorted(path.parent for path in self.folder.glob(f"*/{HEADER}"))


class Spool:
    """One run's spool, held by this process alone.

    Attributes:
        folder: Its folder.
        header: Whose records it has.
        written: Bytes of records there are.
    """

    def __init__(self, folder: Path, header: Header, lock: FileLock) -> None:
        """Use `create` or `open`."""
        self.folder = folder
        self.header = header
        self._lock = lock
        self._file = (folder / RECORDS).open("ab", buffering=0)
        self.written = self._whole()
        self._file.truncate(self.written)  # a line that a killed process left unfinished

    @classmethod
    def create(cls, place: Place, header: Header) -> Spool:
        """Make the spool of a run that begins.

        Raises:
            OSError: The folder cannot be written to.
        """
        folder = place.folder / header.run_id
        folder.mkdir(parents=True, exist_ok=True)
        lock = _locked(folder)
        if lock is None:
            msg = f"{folder} is in use"
            raise OSError(msg)
        aside = folder / f".{HEADER}"
        aside.write_bytes(msgspec.json.encode(header) + b"\n")
        aside.replace(folder / HEADER)
        return cls(folder, header, lock)

    @classmethod
    def open(cls, folder: Path) -> Spool | None:
        """Take over a spool; None while another process has it, or when it is gone.

        Raises:
            SpoolFormatError: It cannot be read.
        """
        try:
            lock = _locked(folder) if (folder / HEADER).is_file() else None
            if lock is None:
                return None
            if not (folder / HEADER).is_file():  # sent and removed while we waited
                lock.release()
                return None
            return cls(folder, header_of(folder), lock)
        except OSError as error:
            raise SpoolFormatError.of_folder(folder, error.strerror or str(error)) from error

    def append(self, record: Record) -> None:
        """Keep one record; of a file, a copy, since the run's own folder may be removed.

        Raises:
            OSError: The disk is full, or the file cannot be copied.
        """
        if record.call == "artifact":
            path, name = record.values
            values = (str(self._copied(Path(path))), name)
            record = Record(at=record.at, call=record.call, values=values)
        line = to_line(record)
        try:
            written = self._file.write(line)
        except OSError:
            self._file.truncate(self.written)
            raise
        if written != len(line):
            self._file.truncate(self.written)
            msg = f"no room for {len(line):,} bytes"
            raise OSError(msg)
        self.written += len(line)

    def records(self, position: int) -> Iterator[tuple[Record, int]]:
        """Yield records from a position on, each with the position behind it.

        Raises:
            SpoolFormatError: A record cannot be read.
        """
        with (self.folder / RECORDS).open("rb") as file:
            file.seek(position)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                position += len(line)
                try:
                    record = from_line(line)
                except (msgspec.DecodeError, ValueError, TypeError) as error:
                    raise SpoolFormatError.of_folder(self.folder, str(error)) from error
                yield record, position

    def position(self, number: int) -> int:
        """Return how far a tracker is, in bytes of records; 0 when it was told nothing."""
        try:
            return int((self.folder / f"{number}.position").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    def reached(self, number: int, position: int) -> None:
        """Remember how far a tracker is; whole or not at all."""
        aside = self.folder / f".{number}.position"
        aside.write_text(str(position), encoding="ascii")
        aside.replace(self.folder / f"{number}.position")

    def waiting(self, number: int) -> int:
        """Return how many records a tracker was not told of."""
        return sum(1 for _ in self.records(self.position(number)))

    def has_ended(self) -> bool:
        """Whether the run said how it ended."""
        last = None
        for record, _ in self.records(0):
            last = record.call
        return last == "finish"

    def close(self) -> None:
        """Let go of the spool: remove it when everyone has been told, else make it durable."""
        if self._file.closed:
            return
        done = all(self.position(n) == self.written for n in range(len(self.header.trackers)))
        if not done:
            os.fsync(self._file.fileno())
        self._file.close()
        if done:  # without a header it is nobody's any more, whoever takes the lock
            (self.folder / HEADER).unlink(missing_ok=True)
        self._lock.release()
        if done:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _whole(self) -> int:
        """Return the bytes of whole lines."""
        size = 0
        with (self.folder / RECORDS).open("rb") as file:
            for line in file:
                size += len(line) if line.endswith(b"\n") else 0
        return size

    def _copied(self, path: Path) -> Path:
        if not path.exists():
            return path.absolute()
        files = self.folder / "files" / str(self.written)
        files.mkdir(parents=True, exist_ok=True)
        copy = files / path.name
        if path.is_dir():
            shutil.copytree(path, copy, dirs_exist_ok=True)
        else:
            shutil.copy2(path, copy)
        return copy.absolute()


def header_of(folder: Path) -> Header:
    """Return whose records a spool has.

    Raises:
        SpoolFormatError: The header cannot be read, or is of another version.
    """
    try:
        header = msgspec.json.decode((folder / HEADER).read_bytes(), type=Header)
    except (OSError, msgspec.DecodeError) as error:
        raise SpoolFormatError.of_folder(folder, str(error)) from error
    if header.format != FORMAT:
        raise SpoolFormatError.of_folder(folder, f"its format is {header.format}, not {FORMAT}")
    return header


def _locked(folder: Path) -> FileLock | None:
    """Take the lock of a spool; None while another holds it, be it in this process."""
    lock = FileLock(folder / LOCK, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except (Timeout, FileNotFoundError):  # held, or sent and removed a moment ago
        return None
    return lock
