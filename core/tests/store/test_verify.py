"""Auditing an event store: what was changed, and where it begins."""

from __future__ import annotations

import shutil
import sqlite3
from threading import Event, Thread
from typing import TYPE_CHECKING

import apsw
import pytest

from eventflow.events import BaseEvent
from eventflow.store import EventReader, EventStore, verify
from eventflow.store.errors import EventsMissingError, NotAStoreError, StoreDamagedError
from eventflow.store.layout import keep_start
from eventflow.store.record import Draft, chained

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a store of ten events, closed."""
    place = tmp_path / "events.sqlite"
    with EventStore(place) as store:
        store.append_many(BaseEvent(event_type="a.b", source=f"s{n}") for n in range(10))
    return place


def change(path: Path, statement: str, *values: object) -> None:
    """Change a store behind its back, as someone with any SQLite can."""
    with sqlite3.connect(path) as db:
        db.execute(statement, values)
    db.close()


def test_a_store_that_nobody_touched_is_sound(path: Path) -> None:
    """Every event is counted, and the hash is the last one's."""
    audit = verify(path)
    with EventReader(path) as reader:
        last = list(reader.replay())[-1]
    assert (audit.sound, audit.events, audit.first_bad) == (True, 10, None)
    assert audit.extent is not None
    assert audit.extent.link == last.hash


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET body = CAST(replace(body, 's3', 's4') AS BLOB) WHERE position = 4",
        "UPDATE event SET event_type = 'a.c' WHERE position = 4",
        "UPDATE event SET timestamp = timestamp + 1 WHERE position = 4",
        "UPDATE event SET correlation_id = 'other' WHERE position = 4",
        "UPDATE event SET hash = randomblob(32) WHERE position = 4",
        "DELETE FROM event WHERE position = 4",
    ],
)
def test_the_first_changed_event_is_named(path: Path, statement: str) -> None:
    """Whatever column was changed, or the event removed; those before it are proven."""
    change(path, statement)
    audit = verify(path)
    assert (audit.sound, audit.events, audit.first_bad) == (False, 3, 4)
    with EventReader(path) as reader, pytest.raises(StoreDamagedError, match="at position 4"):
        list(reader.replay())


def test_an_end_that_was_cut_off_is_told_by_the_witness(path: Path) -> None:
    """The chain is whole, yet shorter than what was acknowledged; nobody appends behind it."""
    change(path, "DELETE FROM event WHERE position > 7")
    audit = verify(path)
    assert isinstance(audit.error, EventsMissingError)
    assert (audit.events, audit.first_bad) == (7, 8)
    with pytest.raises(EventsMissingError, match="ends at position 7"):
        EventStore(path)
    with EventReader(path) as reader:
        assert len(list(reader.replay())) == 7


def forge(path: Path) -> None:
    """Rewrite history from the fourth event on, with right checksums and links."""
    with apsw.Connection(str(path)) as db:
        rows = list(db.execute("SELECT * FROM event ORDER BY position"))
        drafts = [Draft(r[1], r[2], r[3], r[4], r[5].replace(b"s3", b"sX")) for r in rows[3:]]
        db.execute("DELETE FROM event WHERE position > 3")
        for e in chained(drafts, 3, rows[2][7]):
            values = (*rows[e.position - 1][:5], e.body, e.crc, e.hash)
            db.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)
    db.close()


def test_a_forger_is_caught_by_a_hash_that_was_noted_down(path: Path) -> None:
    """Who can write the file can write a chain that fits; not the hash kept elsewhere."""
    noted = verify(path).extent
    assert noted is not None
    with EventStore(path) as store:
        store.append(BaseEvent(event_type="later"))
    assert verify(path, link=noted.link).sound
    forge(path)
    assert verify(path).sound
    assert not verify(path, link=noted.link).sound


def test_a_backup_without_a_witness_is_sound(path: Path, tmp_path: Path) -> None:
    """The file alone is enough; the next writer makes a new witness."""
    copy = tmp_path / "backup.sqlite"
    shutil.copy(path, copy)
    assert verify(copy).sound
    with EventStore(copy) as store:
        assert store.append(BaseEvent(event_type="a.b")) == 11
    change(copy, "DELETE FROM event WHERE position > 10")
    assert isinstance(verify(copy).error, EventsMissingError)


def test_a_damaged_witness_is_a_note(path: Path) -> None:
    """The store is whole; that the witness cannot be read is told, and mended by who appends."""
    witness = path.with_name(path.name + "-witness")
    witness.write_bytes(b"x" * witness.stat().st_size)
    audit = verify(path)
    assert audit.sound
    assert audit.notes == ("the witness beside the store is damaged",)
    EventStore(path).close()
    assert verify(path).notes == ()


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all" * 400, b"SQLite format 3\0" + b"\xff" * 4_000]
)
def test_other_bytes_are_no_store(tmp_path: Path, content: bytes) -> None:
    """Text, garbage behind SQLite's mark, or nothing at all: an error with a code, no traceback."""
    other = tmp_path / "other.bin"
    other.write_bytes(content)
    with pytest.raises(NotAStoreError):
        verify(other)
    if content:
        with pytest.raises(NotAStoreError):
            EventStore(other)
    assert other.read_bytes() == content


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    """It is not turned into a store."""
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()
    before = other.read_bytes()
    with pytest.raises(NotAStoreError, match="another program"):
        EventStore(other)
    assert other.read_bytes() == before


def test_a_layout_of_another_version_is_told(path: Path) -> None:
    """A newer program's store is neither read nor changed."""
    change(path, "PRAGMA user_version = 9")
    with pytest.raises(NotAStoreError, match="layout 9"):
        EventStore(path)


def test_forgetting_keeps_the_chain_and_the_numbers(path: Path) -> None:
    """What is left can still be proven, and positions go on."""
    with EventStore(path) as store:
        assert store.forget(6) == 6
        assert store.forget(6) == 0
        assert [event.position for event in store.replay()] == [7, 8, 9, 10]
        assert store.append(BaseEvent(event_type="a.b")) == 11
    audit = verify(path)
    assert audit.sound
    assert audit.events == 5
    with EventStore(path) as store:
        assert store.forget(11) == 5
        assert list(store.replay()) == []
        assert store.append(BaseEvent(event_type="a.b")) == 12


def test_forgetting_gives_room_back(path: Path) -> None:
    """The file shrinks when old events go."""
    with EventStore(path) as store:
        store.append_many(BaseEvent(event_type="a.b", source="x" * 10_000) for _ in range(100))
    large = path.stat().st_size
    with EventStore(path) as store:
        store.forget(100)
    assert path.stat().st_size < large / 4
    assert verify(path).sound


def test_a_beginning_that_was_moved_is_damage(path: Path) -> None:
    """Whoever hides events by pretending that they were forgotten breaks the chain."""
    with apsw.Connection(str(path)) as db:
        identity = db.execute("SELECT id FROM store").get
        assert isinstance(identity, bytes)
        db.execute("DELETE FROM event WHERE position <= 2")
        keep_start(db, identity, 2, identity)
    db.close()
    assert verify(path).first_bad == 3


def test_an_audit_and_a_replay_are_sound_while_others_append_and_forget(path: Path) -> None:
    """Both see the store as it was at one moment, or what is left of it."""
    done = Event()

    def work() -> None:
        with EventStore(path) as store:
            while not done.is_set():
                end = store.append_many(BaseEvent(event_type="a.b") for _ in range(20))[-1]
                store.forget(end - 50)

    worker = Thread(target=work)
    worker.start()
    try:
        for _ in range(20):
            audit = verify(path)
            assert audit.sound, audit.error
            with EventReader(path) as reader:
                positions = [event.position for event in reader.replay()]
            assert positions == sorted(positions)
    finally:
        done.set()
        worker.join()
    assert verify(path).sound
