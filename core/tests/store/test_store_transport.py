"""The transport that publishes into an event store, beyond what the contract asks."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import pytest
from attrs import frozen

from eventflow.events import BaseEvent
from eventflow.store import EventReader, EventStore
from eventflow.store.errors import StoreUnusableError
from eventflow.store.transport import StoreTransport

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.types import Event


@frozen(kw_only=True)
class LampLit(BaseEvent):
    """An event of this test's own."""

    event_type: str = "lamp.lit"
    lumen: int


def test_nothing_is_made_before_something_is_published(tmp_path: Path) -> None:
    """Checking a configuration builds transports; it must not write."""
    transport = StoreTransport(path=tmp_path / "deep" / "e.sqlite")
    assert list(tmp_path.iterdir()) == []
    transport.publish(LampLit(lumen=1))
    transport.close()
    assert (tmp_path / "deep" / "e.sqlite").is_file()


def test_events_arrive_as_what_they_were_from_any_process(tmp_path: Path) -> None:
    """What another writer appended comes too, decoded to its class."""
    got: list[Event] = []
    arrived = threading.Semaphore(0)

    def take(event: Event) -> None:
        got.append(event)
        arrived.release()

    transport = StoreTransport(path=tmp_path / "e.sqlite", poll_seconds=0.01)
    transport.subscribe("lamp.*", take)
    mine, other = LampLit(lumen=1), LampLit(lumen=2)
    transport.publish(mine)
    assert arrived.acquire(timeout=10)
    with EventStore(tmp_path / "e.sqlite") as store:
        store.append(other)
    assert arrived.acquire(timeout=10)
    transport.close()
    assert got == [mine, other]


def test_what_was_published_before_closing_is_handed_over(tmp_path: Path) -> None:
    """Closing waits for the handlers."""
    got: list[int] = []
    transport = StoreTransport(path=tmp_path / "e.sqlite", poll_seconds=60)
    transport.subscribe("*", lambda event: got.append(event.lumen))
    for lumen in range(50):
        transport.publish(LampLit(lumen=lumen))
    transport.close()
    assert got == list(range(50))


def test_a_handler_that_hangs_does_not_hold_up_closing(tmp_path: Path) -> None:
    """Closing waits no longer than its patience; the events are stored."""
    hangs, go = threading.Event(), threading.Event()

    def hang(_: BaseEvent) -> None:
        hangs.set()
        go.wait(30)

    transport = StoreTransport(path=tmp_path / "e.sqlite", patience_seconds=0.05)
    transport.subscribe("*", hang)
    transport.publish(LampLit(lumen=1))
    assert hangs.wait(10)
    transport.close()
    go.set()
    with EventReader(tmp_path / "e.sqlite") as reader:
        assert reader.extent().end == 1


@pytest.mark.parametrize(
    ("start", "expected"), [("earliest", [1, 2, 3]), ("2", [2, 3]), ("new", [3])]
)
def test_a_receiver_begins_where_it_is_told_to(
    tmp_path: Path, start: str, expected: list[int]
) -> None:
    """With the first event, at a position, or now."""
    transport = StoreTransport(path=tmp_path / "e.sqlite")
    assert transport.send([LampLit(lumen=1), LampLit(lumen=2)]) == ["1", "2"]
    receiver = transport.open("lamp.*", start=start)
    transport.publish(LampLit(lumen=3))
    got: list[Event] = []
    while len(got) < len(expected):
        got += [delivery.event for delivery in receiver.receive(10, wait=10)]
    receiver.close()
    transport.close()
    assert [event.lumen for event in got if isinstance(event, LampLit)] == expected


def test_a_publisher_that_asks_is_told_of_failure(tmp_path: Path) -> None:
    """`send` raises where `publish` only counts."""
    transport = StoreTransport(path=tmp_path / "e.sqlite")
    transport.close()
    transport.publish(LampLit(lumen=1))
    assert transport.failures == 0
    with pytest.raises(StoreUnusableError, match="was closed"):
        transport.send([LampLit(lumen=1)])


def test_a_place_that_cannot_be_written_is_counted_never_felt(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The publisher goes on; failures are counted, the first is kept in words."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    transport = StoreTransport(path=tmp_path / "file" / "e.sqlite")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            transport.publish(LampLit(lumen=1))
    transport.close()
    assert transport.failures == 3
    assert "lamp.lit was not sent" in transport.first_failure
