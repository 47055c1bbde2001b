"""The SQLite index of runs: opening, layout, migration, repair. `RunStore` is what others use."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from typing import TYPE_CHECKING

from eventflow.runs.store_errors import RunStoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

BUSY_SECONDS = 10.0
"""How long one process waits for another's transaction."""

_MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE runs (
        run_id TEXT PRIMARY KEY,
        short_id TEXT NOT NULL,
        name TEXT NOT NULL,
        state TEXT NOT NULL,
        started_at TEXT NOT NULL,
        seconds REAL NOT NULL,
        rows_read INTEGER,
        rows_result INTEGER,
        score REAL,
        features INTEGER NOT NULL,
        warnings INTEGER NOT NULL,
        problem TEXT,
        config_path TEXT,
        report_path TEXT,
        pid INTEGER,
        host TEXT,
        born TEXT
    ) STRICT;
    CREATE INDEX runs_by_start ON runs (started_at DESC, run_id DESC);
    CREATE INDEX runs_by_short_id ON runs (short_id);
    """,
)
"""One script per layout; the index of the last one applied is SQLite's `user_version`."""

LAYOUT = len(_MIGRATIONS)

COLUMNS = (
    "run_id", "short_id", "name", "state", "started_at", "seconds", "rows_read", "rows_result",
    "score", "features", "warnings", "problem", "config_path", "report_path", "pid", "host", "born",
)  # fmt: skip

_UPSERT = (
    f"INSERT OR REPLACE INTO runs ({', '.join(COLUMNS)}) "  # noqa: S608 - constants only
    f"VALUES ({', '.join('?' * len(COLUMNS))})"
)
_NEWEST_FIRST = (
    "SELECT * FROM runs WHERE :name IS NULL OR name = :name ORDER BY started_at DESC, run_id DESC"
)

_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

Values = tuple[str | int | float | None, ...]
"""One row of the index, in the order of `COLUMNS`."""


def connect(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open the index, making or migrating it.

    Returns:
        The connection, and whether the index is new (empty) and wants filling from the records.

    Raises:
        RunStoreError: A newer version wrote it, or it cannot be opened at all.
        sqlite3.DatabaseError: It is damaged.
    """
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        return db, _prepare(db, path)
    except BaseException:
        db.close()
        raise


def _prepare(db: sqlite3.Connection, path: Path) -> bool:
    db.row_factory = sqlite3.Row
    (found,) = db.execute("PRAGMA user_version").fetchone()
    if found > LAYOUT:
        raise RunStoreError.for_newer(path, found, LAYOUT)
    db.execute("PRAGMA synchronous = OFF")  # after a power cut it is built again from the records
    return found < LAYOUT and _migrate(db)


def _migrate(db: sqlite3.Connection) -> bool:
    """Bring the layout up to date; return whether there was none."""
    _use_wal(db)
    with transaction(db):
        (found,) = db.execute("PRAGMA user_version").fetchone()
        for script in _MIGRATIONS[found:]:
            for statement in filter(str.strip, script.split(";")):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {LAYOUT}")
    return bool(found == 0)


def _use_wal(db: sqlite3.Connection) -> None:
    """Turn on the write-ahead log; SQLite's busy timeout does not cover this statement."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Take the write lock at once, commit at the end, roll back on any error."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def upsert(db: sqlite3.Connection, rows: Sequence[Values]) -> None:
    """Insert or replace rows in one transaction."""
    with transaction(db):
        db.executemany(_UPSERT, rows)


def newest_first(db: sqlite3.Connection, name: str | None) -> Iterator[sqlite3.Row]:
    """Yield the rows of one pipeline, or of all."""
    yield from db.execute(_NEWEST_FIRST, {"name": name})


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken (not: busy, read-only, out of space)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and (code & 0xFF) in _BROKEN


def set_aside(path: Path) -> Path:
    """Move a damaged index out of the way and return where it went."""
    aside = path.with_name(f"{path.name}.damaged")
    with contextlib.suppress(FileNotFoundError):  # another process was quicker
        path.replace(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside
