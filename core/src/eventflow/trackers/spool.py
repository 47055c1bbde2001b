"""The spool of one run: everything trackers are to be told, on disk until they have been told.

A folder for each run: ``spool.json`` says whose it is and which trackers wait, ``records.jsonl`` is
appended to and never changed, ``files`` has copies of artefacts, and ``<number>.position`` says how
far a tracker is. A process that is killed leaves all of it readable; half a line is not read.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from datetime import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from attrs import frozen
from filelock import FileLock, Timeout

from eventflow.trackers.errors import SpoolFormatError
from eventflow.trackers.records import Record, from_line, to_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from io import FileIO

FORMAT = "eventflow.spool/1"
HEADER = "spool.json"
RECORDS = "records.jsonl"
LOCK = "lock"
SENDING = "sending.lock"


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
    """One run's spool. Who holds its lock may add to it; who holds the other one sends it.

    The run holds the first lock while it goes on. The second is held by a process that sends while
    the run goes on, if there is one. Who takes up what was left holds both.

    Attributes:
        folder: Its folder.
        header: Whose records it has.
        written: Bytes of whole records there are, as far as is known.
        ended: Whether the run said how it ended, as far as is known.
    """

    def __init__(self, folder: Path, header: Header, locks: dict[str, FileLock]) -> None:
        """Use `create`, `open` or `follow`."""
        self.folder = folder
        self.header = header
        self.written = 0
        self.ended = False
        self._locks = locks
        self._file: FileIO | None = None
        self._closed = False

    @classmethod
    def create(cls, place: Place, header: Header) -> Spool:
        """Make the spool of a run that begins.

        Raises:
            OSError: The folder cannot be written to.
        """
        folder = place.folder / header.run_id
        folder.mkdir(parents=True, exist_ok=True)
        lock = _locked(folder, LOCK)
        if lock is None:
            msg = f"{folder} is in use"
            raise OSError(msg)
        aside = folder / f".{HEADER}"
        aside.write_bytes(msgspec.json.encode(header) + b"\n")
        aside.replace(folder / HEADER)
        spool = cls(folder, header, {LOCK: lock})
        spool._add_on()
        return spool

    @classmethod
    def open(cls, folder: Path) -> Spool | None:
        """Take over a spool; None while another process has it, or when it is gone.

        Raises:
            SpoolFormatError: It cannot be read.
        """
        return cls._taken(folder, LOCK, SENDING)

    @classmethod
    def follow(cls, folder: Path) -> Spool | None:
        """Read a spool that its run adds to; None while another process does, or when it is gone.

        Raises:
            SpoolFormatError: It cannot be read.
        """
        return cls._taken(folder, SENDING)

    @classmethod
    def _taken(cls, folder: Path, *names: str) -> Spool | None:
        locks: dict[str, FileLock] = {}
        try:
            for name in names:
                lock = _locked(folder, name) if (folder / HEADER).is_file() else None
                if lock is not None:
                    locks[name] = lock
            if len(locks) < len(names) or not (folder / HEADER).is_file():  # or sent meanwhile
                _release(locks)
                return None
            spool = cls(folder, header_of(folder), locks)
            if LOCK in locks:
                spool._add_on()
            spool.look()
        except OSError as error:
            _release(locks)
            raise SpoolFormatError.of_folder(folder, error.strerror or str(error)) from error
        except BaseException:
            _release(locks)
            raise
        return spool

    def take_over(self, patience: float) -> bool:
        """Become who may add records, once the run has let go; False when it has not in time."""
        if LOCK not in self._locks:
            lock = _locked(self.folder, LOCK, patience)
            if lock is None:
                return False
            self._locks[LOCK] = lock
            self._add_on()
        self.look()
        return True

    def look(self) -> None:
        """Learn what the run has added meanwhile."""
        for record, position in self.records(self.written):
            self.written, self.ended = position, record.call == "finish"

    def append(self, record: Record) -> None:
        """Keep one record; of a file, a copy, since the run's own folder may be removed.

        Raises:
            OSError: The disk is full, or the file cannot be copied.
        """
        if record.call == "artifact":
            path, name = record.values
            values = (str(self._copied(Path(path))), name)
            record = Record(at=record.at, call=record.call, values=values)
        line, file = to_line(record), self._file
        if file is None:
            msg = f"{self.folder} is not ours to add to"
            raise OSError(msg)
        try:
            written = file.write(line)
        except OSError:
            file.truncate(self.written)
            raise
        if written != len(line):
            file.truncate(self.written)
            msg = f"no room for {len(line):,} bytes"
            raise OSError(msg)
        self.written += len(line)
        self.ended = record.call == "finish"

    def records(self, position: int) -> Iterator[tuple[Record, int]]:
        """Yield records from a position on, each with the position behind it.

        Raises:
            SpoolFormatError: A record cannot be read.
        """
        with suppress(FileNotFoundError), (self.folder / RECORDS).open("rb") as file:
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

    def close(self) -> None:
        """Let go of the spool: remove it when everyone has been told, else make it durable.

        While another process has its part of it, removing it is left to that one.
        """
        if self._closed:
            return
        self._closed = True
        told = all(self.position(n) == self.written for n in range(len(self.header.trackers)))
        alone = told and self._alone()
        if self._file is not None:
            if not told:
                os.fsync(self._file.fileno())
            self._file.close()
        if alone:  # without a header it is nobody's any more, whoever takes the locks
            (self.folder / HEADER).unlink(missing_ok=True)
        _release(self._locks)
        if alone:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _alone(self) -> bool:
        """Take the lock that is missing, if nobody has it, and nothing was added meanwhile."""
        for name in (LOCK, SENDING):
            lock = self._locks.get(name) or _locked(self.folder, name)
            if lock is None:
                return False
            self._locks[name] = lock
        written = self.written
        self.look()
        return written == self.written

    def _add_on(self) -> None:
        """Open the records for adding, without a line that a killed process left unfinished."""
        self._file = (self.folder / RECORDS).open("ab", buffering=0)
        whole = 0
        with (self.folder / RECORDS).open("rb") as file:
            for line in file:
                whole += len(line) if line.endswith(b"\n") else 0
        self._file.truncate(whole)

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


def untold(home: Path, run_id: str) -> list[str]:
    """Return the names of the trackers for which something of a run waits, as far as can be read.

    Args:
        home: Folder of the run store.
        run_id: The run.
    """
    folder = Place(home).folder / run_id
    try:
        spool = Spool(folder, header_of(folder), {})
        spool.look()
    except (SpoolFormatError, OSError):  # it was sent and removed, or was never there
        return []
    trackers = enumerate(spool.header.trackers)
    return [str(use["use"]) for n, use in trackers if spool.position(n) < spool.written]


def _locked(folder: Path, name: str, patience: float = 0) -> FileLock | None:
    """Take a lock of a spool; None while another holds it, be it in this process."""
    lock = FileLock(folder / name, timeout=patience, thread_local=False)
    try:
        lock.acquire()
    except (Timeout, FileNotFoundError):  # held, or sent and removed a moment ago
        return None
    return lock


def _release(locks: Mapping[str, FileLock]) -> None:
    for lock in locks.values():
        lock.release()
