"""One event of each class of ours, with every field filled in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from eventflow.events import (
    BaseEvent,
    DataProcessedEvent,
    DataValidatedEvent,
    PerformanceEvent,
    PipelineCompletedEvent,
    PipelineFailedEvent,
    PipelineStartedEvent,
    QualityCheckEvent,
    ResourceUsage,
    SystemErrorEvent,
    SystemHealthEvent,
    ValidationEvent,
)

HEAD: dict[str, Any] = {
    "event_id": UUID("0193519c-32a2-7000-8000-0123456789ab"),
    "timestamp": datetime(2026, 11, 21, 12, 30, 0, 250_000, tzinfo=UTC),
    "source": "churn",
    "correlation_id": "0193519c-32a2-7000-8000-000000000001",
    "causation_id": UUID("0193519c-32a2-7000-8000-000000000002"),
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "tracestate": "acme=t61rcWkgMzE",
}
RUN: dict[str, Any] = {"run_id": HEAD["correlation_id"], "pipeline": "churn", **HEAD}
USAGE = ResourceUsage(cpu_seconds=0.5, peak_memory_bytes=2**33, read_bytes=10, written_bytes=0)
SAMPLES: tuple[BaseEvent, ...] = (
    PipelineStartedEvent(**RUN, as_of="2026-11-21T00:00:00+00:00"),
    DataValidatedEvent(**RUN, columns=8, warnings=("naïve column “a”",)),
    DataProcessedEvent(**RUN, nodes=("source", "steps.0"), seconds=1.25, rows=10**12),
    QualityCheckEvent(**RUN, node="quality", score=98.5, passed=False,
                      dimensions={"validity": 0.985}, reasons=("completeness below 0.95",)),
    PipelineCompletedEvent(**RUN, seconds=3.5, rows_read=541909, rows_result=4372),
    PipelineFailedEvent(**RUN, state="FAILED", code="EF520", message="the source is gone"),
    PerformanceEvent(**HEAD, event_type="performance.operation.complete", context_id="run 7",
                     field_path="order.lines.0.price", operation="validation", duration_ms=12.5,
                     resource_usage=USAGE, phase="schema", status="completed",
                     metrics={"rows_per_second": 1e6}),
    ValidationEvent(**HEAD, event_type="validation.error.occurred", context_id="run 7",
                    field_path="price", phase="schema", status="failed", duration_ms=0.25,
                    rule="not null", code="EF310", message="2 of 10 rows have no price"),
    SystemHealthEvent(**HEAD, event_type="system.health.checked", component="redis",
                      message="slow", status="degraded", resource_usage=USAGE),
    SystemErrorEvent(**HEAD, event_type="system.error.occurred", component="redis",
                     message="refused", code="EF701", kind="ConnectionError"),
)  # fmt: skip
