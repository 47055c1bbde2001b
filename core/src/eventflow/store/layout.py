"""The tables of an event store, and opening its file."""

from __future__ import annotations

import os
import time
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import apsw

from eventflow.store.errors import (
    NotAStoreError,
    StoreBusyError,
    StoreDamagedError,
    StoreFailedError,
    StoreFullError,
    StoreUnusableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APPLICATION = 0x45564654  # "EVFT", in the file's header
LAYOUT = 1
BUSY_SECONDS = 10.0
SYNCHRONOUS = "FULL"  # a commit returns when the disk has it
GENESIS = 32  # random bytes: the store's id, and the link before its first event
TABLES = (
    """CREATE TABLE store (
    id BLOB NOT NULL, start INTEGER NOT NULL, link BLOB NOT NULL, crc INTEGER NOT NULL
) STRICT""",
    """CREATE TABLE event (
    position INTEGER PRIMARY KEY, event_id TEXT NOT NULL, event_type TEXT NOT NULL,
    timestamp INTEGER NOT NULL, correlation_id TEXT NOT NULL, body BLOB NOT NULL,
    crc INTEGER NOT NULL, hash BLOB NOT NULL
) STRICT""",
    "CREATE UNIQUE INDEX event_by_id ON event (event_id)",
    "CREATE INDEX event_by_type ON event (event_type)",
    "CREATE INDEX event_by_time ON event (timestamp)",
    "CREATE INDEX event_by_correlation ON event (correlation_id) WHERE correlation_id <> ''",
)

_DAMAGE = (
    apsw.CorruptError,
    apsw.SQLError,
    apsw.SchemaChangeError,
    apsw.MismatchError,
    apsw.FormatError,
    apsw.ConstraintError,
    UnicodeDecodeError,
)
"""What SQLite, or reading its texts, raises where the bytes are not what was written."""


def open_to_write(path: Path) -> apsw.Connection:
    """Open a store, and make one where there is none.

    Raises:
        StoreUnusableError: The folder is not there, or nothing may be written.
        NotAStoreError: The file is something else, or of another version.
        StoreDamagedError: SQLite finds it damaged.
        StoreFullError: There is no room for it.
        StoreBusyError: Another process keeps it for itself.
        StoreFailedError: The disk fails.
    """
    with coded(path):
        db = apsw.Connection(str(path))
        try:
            db.set_busy_timeout(round(BUSY_SECONDS * 1000))
            _prepare(db, path)
        except BaseException:
            db.close()
            raise
    return db


def open_to_read(path: Path) -> apsw.Connection:
    """Open a store without ever writing to it; errors as in `open_to_write`.

    Where the folder itself may not be written and no other process has the store open, SQLite
    cannot share memory; the file is then read as one that nobody changes.
    """
    if not path.is_file():
        raise StoreUnusableError.for_absent(path)
    alone = not os.access(path.parent, os.W_OK) and not _beside(path, "-wal").exists()
    name = f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if alone else ''}"
    with coded(path):
        db = apsw.Connection(name, flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        try:
            db.set_busy_timeout(round(BUSY_SECONDS * 1000))
            _is_ours(db, path)
        except BaseException:
            db.close()
            raise
    return db


@contextmanager
def coded(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into errors of the store."""
    try:
        yield
    except apsw.FullError as error:
        raise StoreFullError.for_path(path) from error
    except apsw.NotADBError as error:
        raise NotAStoreError.for_bytes(path) from error
    except (apsw.ReadOnlyError, apsw.CantOpenError, apsw.PermissionsError) as error:
        raise StoreUnusableError.for_reason(path, str(error)) from error
    except (apsw.BusyError, apsw.LockedError) as error:
        raise StoreBusyError.for_seconds(path, BUSY_SECONDS) from error
    except apsw.ConnectionClosedError as error:
        raise StoreUnusableError.for_closed(path) from error
    except apsw.IOError as error:
        raise StoreFailedError.for_reason(path, str(error)) from error
    except _DAMAGE as error:
        raise StoreDamagedError.for_structure(path, str(error)) from error


@contextmanager
def transaction(db: apsw.Connection) -> Iterator[None]:
    """Commit what happens within, or none of it; other writers wait."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def start_of(db: apsw.Connection, path: Path) -> tuple[bytes, int, bytes]:
    """Return the store's id, the last position that was forgotten, and its hash.

    Raises:
        StoreDamagedError: They are not what was written.
    """
    rows = list(db.execute("SELECT id, start, link, crc FROM store"))
    if len(rows) != 1:
        raise StoreDamagedError.for_structure(path, "its beginning is not told once")
    identity, start, link, crc = rows[0]
    formed = list(map(type, rows[0])) == [bytes, int, bytes, int]
    if not formed or crc != _crc(identity, start, link):
        raise StoreDamagedError.for_structure(path, "its beginning does not fit its checksum")
    return identity, start, link


def keep_start(db: apsw.Connection, identity: bytes, start: int, link: bytes) -> None:
    """Write where the store begins; call it in a transaction."""
    db.execute("DELETE FROM store")
    values = (identity, start, link, _crc(identity, start, link))
    db.execute("INSERT INTO store VALUES (?, ?, ?, ?)", values)


def _crc(identity: bytes, start: int, link: bytes) -> int:
    return zlib.crc32(b"%b|%d|%b" % (identity, start, link))


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _prepare(db: apsw.Connection, path: Path) -> None:
    if _number(db, "schema_version") == 0:
        _create(db)
    _is_ours(db, path)
    _use_wal(db)
    db.execute(f"PRAGMA synchronous={SYNCHRONOUS}")


def _create(db: apsw.Connection) -> None:
    """Make the tables; another process may do so at the same moment, and one of the two does."""
    if _number(db, "application_id") == 0:
        db.execute("PRAGMA auto_vacuum=INCREMENTAL")
    with transaction(db):
        if _number(db, "schema_version"):
            return
        for table in TABLES:
            db.execute(table)
        identity = os.urandom(GENESIS)
        keep_start(db, identity, 0, identity)
        db.execute(f"PRAGMA application_id={APPLICATION}")
        db.execute(f"PRAGMA user_version={LAYOUT}")


def _is_ours(db: apsw.Connection, path: Path) -> None:
    db.execute("PRAGMA cell_size_check=ON")
    db.execute("PRAGMA trusted_schema=OFF")
    if _number(db, "application_id") != APPLICATION:
        raise NotAStoreError.for_application(path)
    if _number(db, "user_version") != LAYOUT:
        raise NotAStoreError.for_layout(path, _number(db, "user_version"), LAYOUT)


def _use_wal(db: apsw.Connection) -> None:
    """Switch to the write-ahead log; SQLite does not wait for others here by itself."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _number(db: apsw.Connection, pragma: str) -> int:
    value = db.execute(f"PRAGMA {pragma}").get
    return value if isinstance(value, int) else 0
