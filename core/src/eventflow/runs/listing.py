"""One run in a list, and its place in the index."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from attrs import frozen

from eventflow.liveness import Process
from eventflow.runs.record import OPEN_STATES, RunRecord, RunState

if TYPE_CHECKING:
    import sqlite3

    from eventflow.runs.index import Values


@frozen(kw_only=True)
class RunRow:
    """One run in a list.

    Attributes:
        run_id: UUIDv7 as text.
        short_id: Its last eight characters.
        name: Name of the pipeline.
        state: State; FAILED for a run whose process is gone.
        interrupted: Whether its process is gone without having said how it ended.
        started_at: Start, UTC.
        seconds: Wall time; 0 while it runs.
        rows_read: Rows read; None when none were counted.
        rows_result: Rows in the result; None likewise.
        score: Quality score of the input, 0 to 100; None without a gate.
        features: Number of output columns.
        warnings: Number of warnings.
        problem: First problem, ``EFnnn message``; None when it went well.
        config_path: Configuration file; None when it came from Python.
        report_path: HTML report; None when there is none.
    """

    run_id: str
    short_id: str
    name: str
    state: RunState
    interrupted: bool
    started_at: datetime
    seconds: float
    rows_read: int | None
    rows_result: int | None
    score: float | None
    features: int
    warnings: int
    problem: str | None
    config_path: str | None
    report_path: str | None


def to_values(record: RunRecord, process: Process | None) -> Values:
    """Return what the index keeps of a record, in the order of its columns."""
    ledger, verdict = record.ledger, record.verdict
    problem = next((f"{p.code} {p.message}" for p in record.problems), None)
    return (
        record.run_id,
        record.short_id,
        record.name,
        record.state.value,
        record.started_at.astimezone(UTC).isoformat(timespec="microseconds"),
        record.seconds,
        ledger.read if ledger else None,
        ledger.result if ledger else None,
        verdict.score if verdict else None,
        len(record.features),
        len(record.warnings),
        problem,
        record.config_path,
        record.report_path,
        process.pid if process else None,
        process.host if process else None,
        process.born if process else None,
    )


def from_values(values: sqlite3.Row) -> RunRow:
    """Return a row of the index as people see it: a run whose process is gone has failed."""
    data = dict(values)
    pid, host, born = data.pop("pid"), data.pop("host"), data.pop("born")
    state = RunState(data.pop("state"))
    started_at = datetime.fromisoformat(data.pop("started_at"))
    dead = pid is None or not Process(pid, host, born or "").alive()
    interrupted = state in OPEN_STATES and dead
    shown = RunState.FAILED if interrupted else state
    return RunRow(state=shown, interrupted=interrupted, started_at=started_at, **data)
