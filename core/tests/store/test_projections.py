"""Projections: tables that are built from events, and built again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from eventflow.events import BaseEvent, PipelineStartedEvent
from eventflow.store import EventStore, ReadModel, RunTable
from eventflow.store.errors import EventsMissingError

if TYPE_CHECKING:
    from pathlib import Path

    import apsw

    from eventflow.store import StoredEvent


class Counts:
    """Counts events per type; fails at a type that it is told to fail at."""

    name: ClassVar[str] = "counts"
    version: ClassVar[int] = 1
    pattern: ClassVar[str] = "*"

    def __init__(self, fails_at: str = "") -> None:
        self.fails_at = fails_at

    def reset(self, db: apsw.Connection) -> None:
        """Make the table anew."""
        db.execute("DROP TABLE IF EXISTS counted")
        db.execute("CREATE TABLE counted (kind TEXT PRIMARY KEY, number INTEGER)")

    def apply(self, db: apsw.Connection, event: StoredEvent) -> None:
        """Count."""
        if event.event_type == self.fails_at:
            raise RuntimeError(event.event_type)
        db.execute(
            "INSERT INTO counted VALUES (?, 1) ON CONFLICT DO UPDATE SET number = number + 1",
            (event.event_type,),
        )


class Newer(Counts):
    """The same, of another version."""

    version: ClassVar[int] = 2


QUERY = "SELECT kind, number FROM counted ORDER BY kind"


@pytest.fixture
def store(tmp_path: Path) -> EventStore:
    """Return a store with three events."""
    opened = EventStore(tmp_path / "events.sqlite")
    opened.append_many(BaseEvent(event_type=kind) for kind in ("a", "b", "a"))
    return opened


def test_each_event_is_applied_once(store: EventStore, tmp_path: Path) -> None:
    """Catching up goes on where it ended, also after the file was closed."""
    with store, ReadModel(tmp_path / "m.sqlite", Counts()) as model:
        assert model.catch_up(store) == 3
        assert model.catch_up(store) == 0
        store.append(BaseEvent(event_type="b"))
        assert model.catch_up(store) == 1
        store.append(BaseEvent(event_type="c"))
        with ReadModel(tmp_path / "m.sqlite", Counts()) as again:
            assert again.catch_up(store) == 1
            assert again.rows(QUERY) == [("a", 2), ("b", 2), ("c", 1)]
            assert again.position(again.projections[0]) == 5


def test_what_fails_leaves_neither_rows_nor_position(store: EventStore, tmp_path: Path) -> None:
    """Rows and position are one transaction: nothing is counted twice after the failure."""
    with store, ReadModel(tmp_path / "m.sqlite", Counts(fails_at="b")) as model:
        with pytest.raises(RuntimeError):
            model.catch_up(store)
        assert model.rows(QUERY) == []
        with ReadModel(tmp_path / "m.sqlite", Counts()) as mended:
            assert mended.catch_up(store) == 3
            assert mended.rows(QUERY) == [("a", 2), ("b", 1)]


def test_another_version_or_another_store_begins_again(store: EventStore, tmp_path: Path) -> None:
    """What was built by other rules, or from other events, is not kept."""
    with store, ReadModel(tmp_path / "m.sqlite", Counts()) as model:
        model.catch_up(store)
        with ReadModel(tmp_path / "m.sqlite", Newer()) as newer:
            assert newer.catch_up(store) == 3
            assert newer.rows(QUERY) == [("a", 2), ("b", 1)]
        with EventStore(tmp_path / "other.sqlite") as other:
            other.append(BaseEvent(event_type="z"))
            with ReadModel(tmp_path / "m.sqlite", Newer()) as newer:
                assert newer.catch_up(other) == 1
                assert newer.rows(QUERY) == [("z", 1)]


def test_rebuilding_gives_the_same_table(store: EventStore, tmp_path: Path) -> None:
    """From the beginning, whatever became of the rows."""
    with store, ReadModel(tmp_path / "m.sqlite", Counts()) as model:
        model.catch_up(store)
        before = model.rows(QUERY)
        model.rows("UPDATE counted SET number = 99")
        assert model.rebuild(store) == 3
        assert model.rows(QUERY) == before


def test_events_that_were_forgotten_unseen_are_an_error(store: EventStore, tmp_path: Path) -> None:
    """A projection that has missed some says so; rebuilding begins with what is left."""
    with store, ReadModel(tmp_path / "m.sqlite", Counts()) as model:
        model.catch_up(store)
        store.append_many(BaseEvent(event_type=kind) for kind in ("c", "d"))
        store.forget(4)
        with pytest.raises(EventsMissingError, match="position 4 of the event store"):
            model.catch_up(store)
        assert model.rebuild(store) == 1
        assert model.rows(QUERY) == [("d", 1)]


def test_a_pattern_passes_over_other_events(store: EventStore, tmp_path: Path) -> None:
    """The position moves on all the same."""

    class OnlyB(Counts):
        """Counts one type."""

        pattern: ClassVar[str] = "b"

    with store, ReadModel(tmp_path / "m.sqlite", OnlyB()) as model:
        assert model.catch_up(store) == 1
        assert model.position(model.projections[0]) == 3
        assert model.rows(QUERY) == [("b", 1)]


def test_events_that_only_look_like_a_runs_are_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A stranger's event of a pipeline type is logged; the table holds the others."""
    with EventStore(tmp_path / "e.sqlite") as store, ReadModel(":memory:", RunTable()) as model:
        store.append(BaseEvent(event_type="pipeline.started"))
        store.append(PipelineStartedEvent(run_id="r", pipeline="p"))
        model.catch_up(store)
        assert [(run.run_id, run.state) for run in RunTable.runs(model)] == [("r", "IN_PROGRESS")]
    assert "event 1 is no PipelineStartedEvent" in caplog.text
