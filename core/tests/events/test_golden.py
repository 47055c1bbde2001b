"""Event JSON of every version that was ever written is read by today's classes.

A file in ``golden`` is never changed. A new version of an event gets a sample here and a file
beside the old ones, which then have to find their way through the upcasters.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from eventflow.events import (
    BaseEvent,
    DataProcessedEvent,
    DataValidatedEvent,
    EventTypes,
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
from eventflow.events.declared import own_types, version_of

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))
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


def golden_of(event: BaseEvent) -> Path:
    """Return the file that holds a sample as it is written."""
    return GOLDEN / f"{event.event_type}.v{event.schema_version}.json"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda e: e.event_type)
def test_what_was_written_is_read_as_the_event_it_was(sample: BaseEvent) -> None:
    """Every field has its value; no field was renamed or has changed its form."""
    text = golden_of(sample).read_text(encoding="utf-8")
    assert EventTypes.defined().decode(text) == sample
    assert json.loads(text).items() <= json.loads(sample.to_json()).items()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_version_ever_written_is_read_by_its_class_of_today(path: Path) -> None:
    """Old files too: they end as an event of the newest version."""
    event = EventTypes.defined().decode(path.read_bytes())
    newest = next(e for e in SAMPLES if e.event_type == event.event_type)
    assert type(event) is type(newest)
    assert event.schema_version == newest.schema_version
    assert event.event_id == HEAD["event_id"]


def test_every_type_of_ours_has_a_sample_and_a_file_of_each_version() -> None:
    """A class without would be free to change unnoticed."""
    ours = [c for c in EventTypes.defined() if c.__module__.startswith("eventflow.events")]
    assert {type(sample) for sample in SAMPLES} == set(ours)
    for sample in SAMPLES:
        versions = range(1, version_of(type(sample)) + 1)
        wanted = [f"{sample.event_type}.v{version}" for version in versions]
        assert {p.stem for p in FILES} >= set(wanted)
        assert own_types(type(sample))
