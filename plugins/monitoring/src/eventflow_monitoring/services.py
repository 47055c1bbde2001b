"""Services that listen to performance and validation, and can be asked how things go."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Any, Self

from attrs import define, field, frozen

from eventflow.events import PerformanceEvent, ValidationEvent
from eventflow_monitoring.statistics import Rolling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.bus.bus import EventBus
    from eventflow.types import Event
    from eventflow_monitoring.statistics import Summary

MOST = 1000
"""Names of operations or phases that are told apart; names may be anything a stranger sends."""

OTHERS = "(others)"


@define
class PerformanceMonitoringService:
    """Listens to ``performance.*``, and tells durations of each operation and phase.

    Attributes:
        bus: Where it listens.
        seconds: Length of the window that it speaks of.
    """

    bus: EventBus
    seconds: float = 60.0
    _durations: dict[str, Rolling] = field(factory=dict)
    _metrics: dict[str, Rolling] = field(factory=dict)
    _lock: Lock = field(factory=Lock)
    _subscription: str = ""

    def start(self) -> Self:
        """Begin to listen."""
        self._subscription = self.bus.subscribe("performance.*", self.handle)
        return self

    def stop(self) -> None:
        """Listen no more; what was heard can still be asked."""
        self.bus.unsubscribe(self._subscription)

    def handle(self, event: Event) -> None:
        """Take one event in; those without a duration only count by their metrics."""
        if not isinstance(event, PerformanceEvent):
            return
        if event.status != "started" and not event.metrics:
            name = f"{event.operation}/{event.phase}" if event.phase else event.operation
            self._of(self._durations, name).add(event.duration_ms)
        for metric, value in event.metrics.items():
            self._of(self._metrics, f"{event.operation}/{metric}").add(value)

    def durations(self) -> Mapping[str, Summary]:
        """Return ``operation/phase`` → durations in milliseconds."""
        return self._told(self._durations)

    def metrics(self) -> Mapping[str, Summary]:
        """Return ``operation/metric`` → its values."""
        return self._told(self._metrics)

    def _of(self, kept: dict[str, Rolling], name: str) -> Rolling:
        with self._lock:
            if name not in kept and len(kept) >= MOST:
                name = OTHERS
            return kept.setdefault(name, Rolling(self.seconds))

    def _told(self, kept: Mapping[str, Rolling]) -> dict[str, Summary]:
        with self._lock:
            names = dict(kept)
        return {name: rolling.summary() for name, rolling in names.items()}


@frozen(kw_only=True)
class ValidationSummary:
    """How validation goes, since the service was started.

    Attributes:
        by_status: Status → events: ``started``, ``passed``, ``failed``.
        by_phase: Phase and status, as ``quality/failed`` → events.
        errors: Code, or rule where there is no code → errors.
        durations: Phase → durations in milliseconds, of the window.
        failure_rate: Share of ended validations that failed; None when none has ended.
    """

    by_status: Mapping[str, int]
    by_phase: Mapping[str, int]
    errors: Mapping[str, int]
    durations: Mapping[str, Summary]
    failure_rate: float | None


@define
class ValidationMonitoringService:
    """Listens to ``validation.*`` and tells how validation goes, beside the work itself.

    Attributes:
        bus: Where it listens.
        seconds: Length of the window that durations speak of.
    """

    bus: EventBus
    seconds: float = 60.0
    _status: Counter[str] = field(factory=Counter)
    _phases: Counter[str] = field(factory=Counter)
    _errors: Counter[str] = field(factory=Counter)
    _durations: dict[str, Rolling] = field(factory=dict)
    _lock: Lock = field(factory=Lock)
    _subscription: str = ""

    def start(self) -> Self:
        """Begin to listen."""
        self._subscription = self.bus.subscribe("validation.*", self.handle)
        return self

    def stop(self) -> None:
        """Listen no more; what was heard can still be asked."""
        self.bus.unsubscribe(self._subscription)

    def handle(self, event: Event) -> None:
        """Take one event in."""
        if not isinstance(event, ValidationEvent):
            return
        with self._lock:
            if event.event_type.startswith("validation.error"):
                _count(self._errors, event.code or event.rule or "unknown")
                return
            _count(self._status, event.status or "unknown")
            _count(self._phases, f"{event.phase or 'validation'}/{event.status or 'unknown'}")
            if event.duration_ms is not None and len(self._durations) < MOST:
                rolling = self._durations.setdefault(event.phase, Rolling(self.seconds))
                rolling.add(event.duration_ms)

    def summary(self) -> ValidationSummary:
        """Return how validation goes."""
        with self._lock:
            status: dict[str, Any] = dict(self._status)
            ended = status.get("passed", 0) + status.get("failed", 0)
            return ValidationSummary(
                by_status=status,
                by_phase=dict(self._phases),
                errors=dict(self._errors),
                durations={name: r.summary() for name, r in self._durations.items()},
                failure_rate=status.get("failed", 0) / ended if ended else None,
            )


def _count(counter: Counter[str], name: str) -> None:
    counter[name if name in counter or len(counter) < MOST else OTHERS] += 1
