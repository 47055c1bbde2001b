"""The run store: an embedded SQLite index, and one `record.json` per run folder.

The records are the truth, the index makes them quick to list: a damaged or missing index is built
again from them. Several processes may use one store at once, and killing any of them at any
moment leaves it readable.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from os import getpid
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from eventflow.liveness import Process
from eventflow.runs import index
from eventflow.runs.listing import RunRow, from_values, to_values
from eventflow.runs.record import OPEN_STATES, RunState
from eventflow.runs.store_errors import (
    INTERRUPTED,
    AmbiguousRunError,
    RecordFormatError,
    RunStoreError,
    UnknownRunError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.runs.record import RunRecord

_LOG = logging.getLogger(__name__)

LATEST = "latest"
"""What a person writes instead of an id for the newest run."""


class RunStore:
    """Keeps the records of runs under one folder.

    Attributes:
        home: Folder of the store, usually ``.eventflow``; made by the first `begin`.
    """

    def __init__(self, home: Path | str) -> None:
        """Remember the folder; nothing is opened or made yet."""
        self.home = Path(home)
        self._path = self.home / "runs.sqlite"

    def folder(self, record: RunRecord) -> Path:
        """Return the folder of a run: record, report, quarantine, state, log."""
        return self._folder(record.short_id)

    def begin(self, record: RunRecord) -> Path:
        """Make the run's folder, keep the record, and return the folder.

        Raises:
            RunStoreError: The folder cannot be written.
        """
        return self.update(record)

    def update(self, record: RunRecord) -> Path:
        """Keep the record as it is now, in place of what was kept, and return its folder.

        Raises:
            RunStoreError: The folder cannot be written.
        """
        folder = self.folder(record)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write_atomically(folder / "record.json", _to_json(record))
        except OSError as error:
            raise RunStoreError.for_reason(self.home, error.strerror or str(error)) from error
        with self._index() as db:
            index.upsert(db, [to_values(record, Process.current())])
        return folder

    def get(self, asked: str = LATEST) -> RunRecord:
        """Return the record of a run.

        Args:
            asked: Short id, run id, the beginning of either in any case, or ``latest``.

        Raises:
            UnknownRunError: No run fits.
            AmbiguousRunError: Several do.
            RecordFormatError: Its record is damaged.
        """
        row = self.find(asked)
        record = self._load(row.short_id)
        if not row.interrupted:
            return record
        return evolve(record, state=RunState.FAILED, problems=(*record.problems, INTERRUPTED))

    def find(self, asked: str = LATEST) -> RunRow:
        """Return the row of a run; as `get`, without reading its record."""
        rows = self.list(None)
        if asked.lower() == LATEST and rows:
            return rows[0]
        wanted = asked.lower()
        fitting = [r for r in rows if _fits(r, wanted)]
        exact = [r for r in fitting if wanted in {r.short_id.lower(), r.run_id.lower()}]
        if len(fitting) > 1 and len(exact) != 1:
            raise AmbiguousRunError.for_prefix(asked, [r.short_id for r in fitting])
        if not fitting:
            raise UnknownRunError.for_id(asked, [r.short_id for r in rows], self.home)
        return (exact or fitting)[0]

    def list(
        self, limit: int | None = 20, *, name: str | None = None, state: RunState | None = None
    ) -> Sequence[RunRow]:
        """Return runs, the newest first.

        Args:
            limit: How many at most; None for all.
            name: Only runs of this pipeline.
            state: Only runs in this state (as shown: an interrupted run is FAILED).
        """
        if not self.home.is_dir():
            return []
        found: list[RunRow] = []
        with self._index() as db:
            for values in index.newest_first(db, name):
                if limit is not None and len(found) >= limit:
                    break
                row = from_values(values)
                if state is None or row.state is state:
                    found.append(row)
        return found

    def removable(
        self,
        *,
        keep_last: int | None = None,
        older_than: timedelta | None = None,
        name: str | None = None,
    ) -> Sequence[RunRow]:
        """Return the finished runs that `gc` would remove."""
        if keep_last is None and older_than is None:
            return []
        rows = self.list(None, name=name)[keep_last or 0 :]
        limit = datetime.now(UTC) - older_than if older_than is not None else None
        return [
            r
            for r in rows
            if r.state not in OPEN_STATES and (limit is None or r.started_at < limit)
        ]

    def gc(
        self,
        *,
        keep_last: int | None = None,
        older_than: timedelta | None = None,
        name: str | None = None,
    ) -> Sequence[RunRow]:
        """Remove finished runs with their folders, and return what was removed.

        A run is removed when it fits every condition given; without one, nothing is removed. What
        a run published elsewhere stays.

        Args:
            keep_last: Remove only runs beyond this many of the newest.
            older_than: Remove only runs that began longer ago than this.
            name: Look only at runs of this pipeline.
        """
        gone = self.removable(keep_last=keep_last, older_than=older_than, name=name)
        for row in gone:
            shutil.rmtree(self._folder(row.short_id), ignore_errors=True)
        if gone:
            with self._index() as db, index.transaction(db):
                db.executemany("DELETE FROM runs WHERE run_id = ?", [(r.run_id,) for r in gone])
        return gone

    def _folder(self, short_id: str) -> Path:
        return self.home / "runs" / short_id

    def _load(self, short_id: str) -> RunRecord:
        path = self._folder(short_id) / "record.json"
        try:
            return _from_json(path.read_bytes())
        except OSError as error:
            raise RecordFormatError.for_file(path, error.strerror or str(error)) from error
        except RecordFormatError as error:
            raise RecordFormatError.for_file(path, error.problems[0].message) from error

    @contextlib.contextmanager
    def _index(self) -> Iterator[sqlite3.Connection]:
        """Open the index for one piece of work, mending it first where it is damaged."""
        try:
            db = self._open()
            with contextlib.closing(db):
                yield db
        except sqlite3.Error as error:
            raise RunStoreError.for_reason(self.home, str(error)) from error

    def _open(self) -> sqlite3.Connection:
        try:
            db, new = index.connect(self._path)
            if not new:
                db.execute("SELECT count(*) FROM runs").fetchone()  # finds a damaged table
        except sqlite3.DatabaseError as error:
            if not index.is_damage(error):
                raise
            aside = index.set_aside(self._path)
            _LOG.warning("the index of runs was damaged: %s; rebuilding it from the records", aside)
            db, new = index.connect(self._path)
        if new:
            index.upsert(db, [to_values(r, None) for r in self._records()])
        return db

    def _records(self) -> Iterator[RunRecord]:
        """Read every record there is, passing over those that cannot be read."""
        for path in sorted(self.home.glob("runs/*/record.json")):
            try:
                yield self._load(path.parent.name)
            except RecordFormatError as error:
                _LOG.warning("%s", error)


def _fits(row: RunRow, wanted: str) -> bool:
    return bool(wanted) and any(i.lower().startswith(wanted) for i in (row.short_id, row.run_id))


def _write_atomically(path: Path, text: str) -> None:
    """Write beside the file, then rename over it: a reader sees the old or the new, never half."""
    aside = path.with_name(f".{path.name}.{getpid()}")
    try:
        aside.write_text(text, encoding="ascii")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _to_json(record: RunRecord) -> str:
    from eventflow.runs.encode import record_to_json  # noqa: PLC0415 - msgspec, not for listing

    return record_to_json(record)


def _from_json(text: bytes) -> RunRecord:
    from eventflow.runs.encode import record_from_json  # noqa: PLC0415 - msgspec, not for listing

    return record_from_json(text)
