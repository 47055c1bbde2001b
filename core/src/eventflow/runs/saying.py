"""What a run says of itself in its log, whatever the application's logging is set to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.runs.logs import inform

if TYPE_CHECKING:
    from eventflow.config import BoundConfig
    from eventflow.runs.record import PassRecord, RunRecord


def say_started(record: RunRecord, bound: BoundConfig) -> None:
    """A run has begun to be planned."""
    moment = f", as of {record.as_of.isoformat()}" if record.as_of else ""
    inform("run %s of %s began: %s%s", record.short_id, record.name, bound.source.use.name, moment)


def say_planned(record: RunRecord) -> None:
    """The plan is known, and execution begins."""
    inform("plan: %s", ", ".join(f"{n.name} ({n.component})" for n in record.nodes))


def say_passed(done: PassRecord) -> None:
    """One pass over data is done."""
    rows = f", {done.rows} rows" if done.rows is not None else ""
    inform("pass %s: %.3f s%s", done.label, done.seconds, rows)


def say_ended(record: RunRecord) -> None:
    """The run has ended."""
    why = "".join(f": {p.code} {p.message}" for p in record.problems[:1])
    inform("run %s %s after %.3f s%s", record.short_id, record.state.value, record.seconds, why)
