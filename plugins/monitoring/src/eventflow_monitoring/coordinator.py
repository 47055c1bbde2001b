"""Publishing how long work takes."""

from __future__ import annotations

from contextlib import contextmanager
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from attrs import frozen

from eventflow.events import PerformanceEvent, ResourceUsage
from eventflow.runs.meter import peak_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.bus.bus import EventBus


@frozen
class EventDrivenPerformanceCoordinator:
    """Publishes what work takes as `PerformanceEvent`s; nothing it does can disturb the work.

    Example:
        >>> coordinator = EventDrivenPerformanceCoordinator(bus, context_id="request-7")
        >>> with coordinator.phase("parse", operation="validation"):
        ...     ...

    Attributes:
        bus: Where they go; of a bus that carries nothing, nothing is built.
        context_id: What the work belongs to: a run, a request, a session.
        source: Who says so.
    """

    bus: EventBus
    context_id: str
    source: str = ""

    @contextmanager
    def phase(self, phase: str, *, operation: str, field_path: str = "") -> Iterator[None]:
        """Publish that a phase starts, and how it ended: ``performance.phase.start``, ``.end``.

        Its end tells the duration, the processor time of the process meanwhile and its peak memory
        so far; its status is ``completed``, or ``failed`` when the work raised.
        """
        if not self.bus.active:
            yield
            return
        same: dict[str, Any] = {"phase": phase, "operation": operation, "field_path": field_path}
        self._publish("performance.phase.start", status="started", **same)
        began, worked = perf_counter(), process_time()
        status = "failed"
        try:
            yield
            status = "completed"
        finally:
            used = ResourceUsage(
                cpu_seconds=process_time() - worked, peak_memory_bytes=peak_memory()
            )
            spent = (perf_counter() - began) * 1000
            self._publish(
                "performance.phase.end",
                status=status,
                duration_ms=spent,
                resource_usage=used,
                **same,
            )

    def operation(self, operation: str, duration_ms: float, *, status: str = "completed") -> None:
        """Publish that an operation is done: ``performance.operation.complete``."""
        if self.bus.active:
            self._publish(
                "performance.operation.complete",
                operation=operation,
                duration_ms=duration_ms,
                status=status,
            )

    def metrics(self, operation: str, **values: float) -> None:
        """Publish numbers by name: ``performance.metric.recorded``."""
        if self.bus.active:
            self._publish("performance.metric.recorded", operation=operation, metrics=values)

    def _publish(self, event_type: str, *, duration_ms: float = 0.0, **facts: Any) -> None:
        self.bus.publish(
            PerformanceEvent(
                event_type=event_type,
                context_id=self.context_id,
                source=self.source,
                correlation_id=self.context_id,
                duration_ms=duration_ms,
                **facts,
            )
        )
