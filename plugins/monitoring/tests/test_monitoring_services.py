"""Work publishes what it takes, and services tell how it goes."""

from __future__ import annotations

import pytest

from eventflow.bus.bus import EventBus
from eventflow.bus.memory import InMemoryTransport
from eventflow.bus.noop import NoOpTransport
from eventflow.events import BaseEvent, PerformanceEvent, ValidationEvent
from eventflow_monitoring import (
    EventDrivenPerformanceCoordinator,
    PerformanceMonitoringService,
    ValidationMonitoringService,
)
from eventflow_monitoring.services import MOST, OTHERS


def test_a_phase_tells_its_start_and_its_end_with_what_it_took() -> None:
    """Also one that raises: its status says so, and the error goes on."""
    transport = InMemoryTransport()
    coordinator = EventDrivenPerformanceCoordinator(EventBus(transport), "request-7", "api")
    with coordinator.phase("parse", operation="validation", field_path="order.price"):
        sum(range(100_000))
    with pytest.raises(ZeroDivisionError), coordinator.phase("load", operation="validation"):
        raise ZeroDivisionError
    events = [e for e in transport.events if isinstance(e, PerformanceEvent)]
    told = [(e.event_type, e.phase, e.status, e.field_path) for e in events]
    assert told == [
        ("performance.phase.start", "parse", "started", "order.price"),
        ("performance.phase.end", "parse", "completed", "order.price"),
        ("performance.phase.start", "load", "started", ""),
        ("performance.phase.end", "load", "failed", ""),
    ]
    assert events[1].duration_ms > 0
    assert events[1].resource_usage is not None
    assert {e.context_id for e in events} == {"request-7"}


def test_nothing_is_built_for_a_bus_that_carries_nothing() -> None:
    """The work runs all the same."""
    done = []
    coordinator = EventDrivenPerformanceCoordinator(EventBus(NoOpTransport()), "c")
    with coordinator.phase("p", operation="o"):
        done.append(1)
    coordinator.operation("o", 1.0)
    coordinator.metrics("o", rows=3)
    assert done == [1]


def test_durations_and_metrics_are_told_by_operation() -> None:
    """A start has no duration; a metric is no duration either."""
    with EventBus() as bus:
        service = PerformanceMonitoringService(bus).start()
        coordinator = EventDrivenPerformanceCoordinator(bus, "c")
        for duration in (1.0, 2.0, 3.0):
            coordinator.operation("score", duration)
        coordinator.metrics("score", rows=10.0)
        with coordinator.phase("fit", operation="train"):
            pass
        bus.publish(BaseEvent(event_type="performance.of.others"))
        service.stop()
        coordinator.operation("score", 99.0)
    durations = service.durations()
    assert set(durations) == {"score", "train/fit"}
    assert (durations["score"].count, durations["score"].p50) == (3, 2.0)
    assert service.metrics()["score/rows"].mean == 10.0


def test_names_of_strangers_do_not_fill_the_memory() -> None:
    """Beyond a number of names the others count together."""
    with EventBus() as bus:
        service = PerformanceMonitoringService(bus).start()
        coordinator = EventDrivenPerformanceCoordinator(bus, "c")
        for n in range(MOST + 5):
            coordinator.operation(f"o{n}", 1.0)
    assert len(service.durations()) == MOST + 1
    assert service.durations()[OTHERS].count == 5


def test_validation_is_told_by_status_phase_and_error() -> None:
    """The share that failed is of those that ended."""

    def told(kind: str, **facts: object) -> ValidationEvent:
        return ValidationEvent(event_type=f"validation.{kind}", context_id="c", **facts)  # type: ignore[arg-type] # from the calls below

    with EventBus() as bus:
        service = ValidationMonitoringService(bus).start()
        assert service.summary().failure_rate is None
        bus.publish(told("started", status="started"))
        bus.publish(told("phase.completed", phase="schema", status="passed", duration_ms=2.0))
        bus.publish(told("phase.completed", phase="quality", status="failed", duration_ms=8.0))
        bus.publish(told("error.occurred", code="EF301"))
        bus.publish(told("error.occurred", rule="positive"))
    found = service.summary()
    assert found.by_status == {"started": 1, "passed": 1, "failed": 1}
    assert found.by_phase["quality/failed"] == 1
    assert found.errors == {"EF301": 1, "positive": 1}
    assert found.failure_rate == 0.5
    assert found.durations["quality"].largest == 8.0
