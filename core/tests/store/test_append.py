"""Appending to an event store, and reading it back."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.events import BaseEvent
from eventflow.events.codec import MAX_BYTES
from eventflow.events.errors import EventTooLargeError, UnwritableEventError
from eventflow.events.patterns import matches
from eventflow.store import EventReader, EventStore, verify
from eventflow.store.commit import Ticket
from eventflow.store.errors import (
    EventRefusedError,
    StoreBusyError,
    StoreFailedError,
    StoreUnusableError,
)
from eventflow.store.record import Draft

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = datetime(2026, 3, 1, tzinfo=UTC)
KINDS = ["order.placed", "order.item.added", "payment.failed", "x.error.y"]


@frozen(kw_only=True)
class Told(BaseEvent):
    """An event with anything in it."""

    event_type: str = "told.something"
    payload: Any = None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a store may be."""
    return tmp_path / "events.sqlite"


def test_what_is_appended_is_replayed_byte_for_byte(path: Path) -> None:
    """Positions count from 1 without gaps; bodies are the JSON of the events."""
    events = [Told(payload=text) for text in ("", "ü\u0000\U0001f600", "x" * 100_000)]
    with EventStore(path) as store:
        positions = [store.append(events[0]), *store.append_many(events[1:])]
        replayed = list(store.replay())
    assert positions == [1, 2, 3] == [event.position for event in replayed]
    assert [event.body.decode() for event in replayed] == [e.to_json() for e in events]
    assert [event.decode(Told) for event in replayed] == events
    assert [event.moment for event in replayed] == [event.timestamp for event in events]


def test_events_are_still_there_when_the_store_is_opened_again(path: Path) -> None:
    """Positions go on where they ended."""
    for number in range(1, 4):
        with EventStore(path) as store:
            assert store.append(Told(payload=number)) == number
    with EventReader(path) as reader:
        assert [event.decode(Told).payload for event in reader.replay()] == [1, 2, 3]


def test_each_link_covers_the_link_before_and_the_event(path: Path) -> None:
    """The chain can be followed with nothing but SHA-256 and the documented layout of a record."""
    with EventStore(path) as store:
        store.append_many([Told(payload=n, correlation_id="r") for n in range(3)])
        link = store.extent().identity
        for e in store.replay():
            texts = [t.encode() for t in (e.event_id, e.event_type, e.correlation_id)] + [e.body]
            record = b"".join([
                e.position.to_bytes(8, "little"),
                e.timestamp.to_bytes(8, "little"),
                *(len(t).to_bytes(4, "little") for t in texts),
                *texts,
            ])  # fmt: skip
            link = sha256(link + record).digest()
            assert e.hash == link
        assert store.extent().link == link


def test_an_event_that_is_appended_again_is_stored_once(path: Path) -> None:
    """Its position is returned, alone, in a batch with new ones, and twice in one batch."""
    first, second, third = Told(payload=1), Told(payload=2), Told(payload=3)
    with EventStore(path) as store:
        assert [store.append(first), store.append(first)] == [1, 1]
        assert store.append_many([second, first, second, third]) == [2, 1, 2, 3]
    with EventStore(path) as store:
        assert store.append(second) == 2
        assert store.extent().end == 3


def test_another_event_with_a_known_id_is_refused(path: Path) -> None:
    """Equal ids are the same event; the batch it is in is refused whole."""
    known = Told(payload="first")
    other = Told(payload="second", event_id=known.event_id)
    with EventStore(path) as store:
        store.append(known)
        with pytest.raises(EventRefusedError, match="at position 1 with other content"):
            store.append_many([Told(), other])
        assert [event.decode(Told).payload for event in store.replay()] == ["first"]


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (object(), UnwritableEventError),
        ("\ud800", UnwritableEventError),
        ("x" * 2_000, EventRefusedError),
        ("x" * (MAX_BYTES + 1), EventTooLargeError),
    ],
    ids=["object", "surrogate", "large", "larger"],
)
def test_an_event_that_cannot_be_stored_is_refused_alone(
    path: Path, payload: Any, error: type[Exception]
) -> None:
    """No JSON, or too large: an error with a code, and the store goes on."""
    with EventStore(path, largest=1_000) as store:
        with pytest.raises(error):
            store.append(Told(payload=payload))
        assert store.append(Told(payload="fine")) == 1


def test_threads_share_commits_and_lose_nothing(path: Path) -> None:
    """Every append gets a position of its own, and each thread's events keep their order."""
    with EventStore(path) as store:

        def publish(thread: int) -> list[int]:
            return [store.append(Told(source=f"t{thread}", payload=n)) for n in range(25)]

        with ThreadPoolExecutor(8) as pool:
            positions = list(pool.map(publish, range(8)))
        assert sorted(p for each in positions for p in each) == list(range(1, 201))
        assert all(each == sorted(each) for each in positions)
        for thread in range(8):
            mine = [event.decode(Told) for event in store.replay()]
            assert [e.payload for e in mine if e.source == f"t{thread}"] == list(range(25))


PUBLISHER = """
import sys
from eventflow.events import BaseEvent
from eventflow.events.codec import MAX_BYTES
from eventflow.events.errors import EventTooLargeError, UnwritableEventError
from eventflow.store import EventStore
with EventStore(sys.argv[1]) as store:
    for number in range(40):
        store.append(BaseEvent(event_type="told.something", source=sys.argv[2]))
"""


def test_two_processes_append_to_one_store(path: Path) -> None:
    """Both make it, both append; one chain holds the events of both, each in its order."""
    others = [subprocess.Popen([sys.executable, "-c", PUBLISHER, path, name]) for name in "ab"]
    assert [process.wait(60) for process in others] == [0, 0]
    with EventReader(path) as reader:
        sources = [event.decode(BaseEvent).source for event in reader.replay()]
    assert sorted(sources) == ["a"] * 40 + ["b"] * 40
    assert verify(path).sound


def test_a_store_that_another_keeps_is_busy(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time that is stated: an error with a code, nothing stored, and later it goes on."""
    monkeypatch.setattr("eventflow.store.layout.BUSY_SECONDS", 0.05)
    with EventStore(path) as store, EventStore(path) as other:
        assert other._writer is not None
        other._writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError):
            store.append(Told())
        other._writer.execute("ROLLBACK")
        assert store.append(Told()) == 1


def test_a_replay_ends_where_the_store_ended_when_it_began(path: Path) -> None:
    """A consumer that appends while it reads does not follow its own tail."""
    with EventStore(path) as store:
        store.append_many([Told(payload=n) for n in range(3)])
        for event in store.replay():
            store.append(Told(payload=event.position))
        assert store.extent().end == 6


def test_a_closed_store_says_so(path: Path) -> None:
    """Appending after closing is an error with a code; closing twice is none."""
    store = EventStore(path)
    store.close()
    store.close()
    with pytest.raises(StoreUnusableError, match="was closed"):
        store.append(Told())
    with pytest.raises(StoreUnusableError, match="was closed"):
        list(store.replay())


kept = st.builds(
    lambda kind, run, minute: Told(
        event_type=kind, correlation_id=run, timestamp=DAY + timedelta(minutes=minute)
    ),
    st.sampled_from(KINDS),
    st.sampled_from(["", "r1", "r2"]),
    st.integers(-10, 10),
)


@settings(max_examples=25)
@given(
    events=st.lists(kept, max_size=30),
    run=st.sampled_from([None, "r1", "r3"]),
    pattern=st.sampled_from(["*", "order.*", "*.error.*", "payment.failed", "nothing"]),
    since=st.none() | st.integers(-10, 10),
    until=st.none() | st.integers(-10, 10),
    after=st.integers(0, 12),
)
def test_a_replay_is_the_list_filtered(  # noqa: PLR0913, PLR0917 - one argument per condition
    tmp_path_factory: pytest.TempPathFactory,
    events: list[Told],
    run: str | None,
    pattern: str,
    since: int | None,
    until: int | None,
    after: int,
) -> None:
    """Run, pattern, time and position select what a naive loop over the appended list selects."""

    def wanted(position: int, event: Told) -> bool:
        return (
            position > after
            and (run is None or event.correlation_id == run)
            and matches(pattern, event.event_type)
            and (since is None or event.timestamp >= DAY + timedelta(minutes=since))
            and (until is None or event.timestamp < DAY + timedelta(minutes=until))
        )

    with EventStore(tmp_path_factory.mktemp("store") / "e.sqlite") as store:
        store.append_many(events)
        found = store.replay(
            correlation_id=run,
            pattern=pattern,
            since=None if since is None else DAY + timedelta(minutes=since),
            until=None if until is None else DAY + timedelta(minutes=until),
            after=after,
        )
        assert [e.position for e in found] == [
            n for n, event in enumerate(events, 1) if wanted(n, event)
        ]
        assert store.types() == sorted({event.event_type for event in events})


def test_a_clock_that_goes_back_changes_no_order(path: Path) -> None:
    """Positions say what came first; times are only what publishers claim."""
    moments = [DAY, DAY - timedelta(days=400), DAY.replace(year=1960), DAY + timedelta(days=1)]
    with EventStore(path) as store:
        store.append_many([Told(timestamp=moment) for moment in moments])
        assert [event.moment for event in store.replay()] == moments
        assert [event.position for event in store.replay(since=DAY)] == [1, 4]


def test_waiting_appends_are_committed_together(path: Path) -> None:
    """While one holds the disk, the others gather: 64 appends of 8 threads are few commits."""
    with EventStore(path) as store:
        commits: list[int] = []
        plain = store._group._commit

        def slow(tickets: list[Ticket]) -> None:
            commits.append(len(tickets))
            time.sleep(0.02)
            plain(tickets)

        store._group._commit = slow
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: store.append(Told(payload=n)), range(64)))
        assert store.extent().end == 64
        assert sum(commits) == 64
        assert len(commits) < 32


class Interrupted(Event):
    """A wait that Ctrl-C ends; perhaps just after the turn had come."""

    def __init__(self, before: Callable[[], None]) -> None:
        super().__init__()
        self._before = before

    def wait(self, timeout: float | None = None) -> bool:
        self._before()
        raise KeyboardInterrupt


@pytest.mark.parametrize("named", [False, True], ids=["waiting", "its-turn"])
def test_a_thread_that_is_interrupted_while_it_waits_holds_up_nobody(
    path: Path, *, named: bool
) -> None:
    """Neither one that only waits, nor one whose turn it was to commit for the others."""
    with EventStore(path) as store:
        group = store._group
        leading, leaving = Ticket([]), Ticket([Draft.of(Told(), 1_000)])
        group._leader = leading

        def pass_on() -> None:
            if named:
                group._name_heir()

        leaving.turn = Interrupted(pass_on)
        with pytest.raises(KeyboardInterrupt):
            group.settle(leaving)
        if not named:
            group._name_heir()  # as the one that led does when it is done
        assert store.append(Told()) == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_who_waits_for_a_commit_that_is_interrupted_is_told(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """Nobody is promised anything; the next append is stored."""

    def interrupted(*_: object) -> None:
        raise error

    with EventStore(path) as store:
        with monkeypatch.context() as patch:
            patch.setattr("eventflow.store.store.write", interrupted)
            with pytest.raises((error, StoreFailedError)):
                store.append(Told())
        assert store.append(Told()) == 1
