"""How fast events become JSON and come back, beside cattrs with orjson on the same classes."""

from __future__ import annotations

from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson
from cattrs.preconf.orjson import make_converter

from eventflow.events import EventTypes, PerformanceEvent, QualityCheckEvent, ResourceUsage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

EVENTS = (
    PerformanceEvent(
        event_type="performance.operation.complete",
        context_id="0193519c-32a2-7000-8000-000000000001",
        operation="validation",
        duration_ms=12.5,
        resource_usage=ResourceUsage(cpu_seconds=0.5, peak_memory_bytes=2**33),
        phase="schema",
        status="completed",
        source="churn",
    ),
    QualityCheckEvent(
        run_id="0193519c-32a2-7000-8000-000000000001",
        pipeline="churn",
        node="quality",
        score=98.5,
        passed=True,
        dimensions={"completeness": 0.98, "validity": 1.0, "uniqueness": 1.0},
        source="churn",
    ),
)
BATCH, ROUNDS = 2_000, 30


def bench(folder: Path) -> Iterable[str]:
    """Time writing, reading and both, contestants in turn; what comes back is asserted first."""
    del folder
    yield "\n## Events as JSON"
    yield f"{ROUNDS} interleaved rounds of {BATCH} events; µs per event, ratios of medians\n"
    yield "| event | work | eventflow | cattrs + orjson | times as fast |"
    yield "|---|---|--:|--:|--:|"
    for event in EVENTS:
        for work, (ours, theirs) in _contests(event).items():
            a, b = _compete(ours, theirs)
            yield f"| {type(event).__name__} | {work} | {a:.2f} | {b:.2f} | {b / a:.2f} |"


def _contests(event: Any) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    types, converter, cls = EventTypes.defined(), make_converter(), type(event)
    converter.register_unstructure_hook(UUID, str)
    converter.register_structure_hook(UUID, lambda value, _: UUID(value))
    ours, theirs = event.to_bytes(), converter.dumps(event)
    assert types.decode(ours) == converter.loads(theirs, cls) == event
    assert orjson.loads(ours).keys() == orjson.loads(theirs).keys()
    return {
        "write": (event.to_bytes, lambda: converter.dumps(event)),
        "read, class known": (lambda: cls.from_json(ours), lambda: converter.loads(theirs, cls)),
        "read, class found by type": (
            lambda: types.decode(ours),
            lambda: converter.loads(theirs, cls),
        ),
        "write and read": (
            lambda: types.decode(event.to_bytes()),
            lambda: converter.loads(converter.dumps(event), cls),
        ),
    }


def _compete(*contestants: Callable[[], Any]) -> list[float]:
    """Return the median µs of each, measured in turn."""
    took: list[list[float]] = [[] for _ in contestants]
    for _ in range(ROUNDS):
        for times, work in zip(took, contestants, strict=True):
            began = perf_counter()
            for _ in range(BATCH):
                work()
            times.append((perf_counter() - began) / BATCH * 1e6)
    return [median(times) for times in took]
