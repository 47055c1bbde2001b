"""The built-in transports and the guarded publisher."""

from __future__ import annotations

import logging
from threading import Lock
from typing import TYPE_CHECKING

import pytest

from eventflow.bus.memory import InMemoryTransport
from eventflow.bus.noop import NoOpTransport
from eventflow.bus.publisher import Publisher
from eventflow.events import BaseEvent
from eventflow.events.pipeline import PipelineStartedEvent, QualityCheckEvent

if TYPE_CHECKING:
    from eventflow.types import Event


def started() -> PipelineStartedEvent:
    """Return an event."""
    return PipelineStartedEvent(run_id="r", pipeline="p")


def test_subscribers_get_matching_events_in_order() -> None:
    """Only matching events arrive, in the order of publishing."""
    transport = InMemoryTransport()
    seen: list[str] = []
    transport.subscribe("pipeline.*", lambda e: seen.append(e.event_type))

    for kind in ("pipeline.started", "other.thing", "pipeline.completed"):
        transport.publish(BaseEvent(event_type=kind))

    assert seen == ["pipeline.started", "pipeline.completed"]


def test_failing_handler_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """A handler that raises is counted and logged; the next one still gets the event."""
    transport = InMemoryTransport()
    seen: list[BaseEvent] = []
    transport.subscribe("*", lambda _: 1 / 0)
    transport.subscribe("*", seen.append)

    with caplog.at_level(logging.ERROR):
        transport.publish(started())

    assert len(seen) == 1
    assert transport.failures == 1
    assert "handler of pipeline.started failed" in caplog.text


def test_unsubscribed_handlers_hear_nothing_more() -> None:
    """After unsubscribing, events no longer arrive; unknown ids are ignored."""
    transport = InMemoryTransport()
    seen: list[BaseEvent] = []
    subscription = transport.subscribe("*", seen.append)
    transport.unsubscribe(subscription)
    transport.unsubscribe("never was")

    transport.publish(started())

    assert seen == []


def test_oldest_events_leave_first() -> None:
    """No more events are kept than the option says."""
    transport = InMemoryTransport(keep=2)
    for kind in ("a.a", "a.b", "a.c"):
        transport.publish(BaseEvent(event_type=kind))

    assert [e.event_type for e in transport.events] == ["a.b", "a.c"]


def test_events_survive_json() -> None:
    """What to_json writes, from_json reads back equal."""
    event = QualityCheckEvent(
        run_id="r", pipeline="p", node="quality", score=None, passed=False, dimensions={"v": 1.0}
    )

    assert QualityCheckEvent.from_json(event.to_json()) == event


def test_event_ids_sort_by_time() -> None:
    """Ids are UUIDv7: later events have greater ids across milliseconds."""
    ids = [started().event_id for _ in range(100)]

    assert {i.version for i in ids} == {7}
    assert [i.int >> 80 for i in ids] == sorted(i.int >> 80 for i in ids)


class Broken(NoOpTransport):
    """Fails at everything."""

    def publish(self, event: Event) -> None:
        """Fail."""
        raise ConnectionError

    def close(self) -> None:
        """Fail."""
        raise ConnectionError


def test_broken_transport_is_counted_never_felt() -> None:
    """Publishing to a transport that raises neither raises nor goes unnoticed."""
    publisher = Publisher(Broken())

    publisher.publish(started)
    publisher.close()

    assert publisher.failures == 2


def test_nothing_is_built_when_nothing_listens() -> None:
    """Without a transport the event is not even built."""

    def build() -> BaseEvent:
        pytest.fail("built for nobody")

    publisher = Publisher(None)
    publisher.publish(build)

    assert publisher.failures == 0


def test_a_subclass_may_have_names_of_its_own() -> None:
    """A lock that cannot be taken twice, and handlers of another kind, replace nothing here."""

    class Mine(InMemoryTransport):
        """Keeps a lock and handlers for itself."""

        def __init__(self) -> None:
            super().__init__()
            self._lock, self._handlers = Lock(), None

    transport, got = Mine(), []
    transport.subscribe("*", lambda event: got.append(transport.subscribe("x", event)))
    with transport._lock:
        transport.publish(BaseEvent(event_type="a"))
    assert len(got) == 1
