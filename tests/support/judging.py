"""Judging small frames, as the tests of the gate do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from eventflow.frame import EventFrame
from eventflow.schema import EventSchema
from eventflow_quality.gate import QualityGate

if TYPE_CHECKING:
    from datetime import datetime

    from eventflow.quality import CheckResult, Verdict


def judged(
    data: dict[str, Any] | pl.DataFrame,
    schema: EventSchema | None = None,
    at: datetime | None = None,
    **options: Any,
) -> Verdict:
    """Judge a small frame, at a moment if one is given."""
    gate = QualityGate(**options)
    gate = gate if at is None else gate.at(at)
    frame = EventFrame(pl.DataFrame(data).lazy()).under(schema or EventSchema())
    return gate.judge(gate.measure(frame).collect())


def the(verdict: Verdict, check: str) -> CheckResult:
    """Return the one check of this name."""
    [found] = [c for c in verdict.checks if c.check == check]
    return found
