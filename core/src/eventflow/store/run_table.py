"""The table of runs, built from their events alone."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from attrs import frozen

from eventflow.errors import EventflowError
from eventflow.events.pipeline import (
    PipelineCompletedEvent,
    PipelineEvent,
    PipelineFailedEvent,
    PipelineStartedEvent,
    QualityCheckEvent,
)

if TYPE_CHECKING:
    import apsw

    from eventflow.store.projection import ReadModel
    from eventflow.store.record import StoredEvent

_log = logging.getLogger(__name__)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS: dict[str, type[PipelineEvent]] = {
    "pipeline.started": PipelineStartedEvent,
    "pipeline.quality.checked": QualityCheckEvent,
    "pipeline.completed": PipelineCompletedEvent,
    "pipeline.failed": PipelineFailedEvent,
}
_TABLE = """CREATE TABLE run (
    run_id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, started INTEGER NOT NULL,
    seconds REAL, rows_read INTEGER, rows_result INTEGER, problem TEXT
) STRICT"""


@frozen(kw_only=True)
class Run:
    """A run, as its events tell it.

    Attributes:
        run_id: UUIDv7 as text.
        name: Name of the pipeline.
        state: ``IN_PROGRESS`` until an event says how it ended; then ``COMPLETED``, ``FAILED`` or
            ``CANCELLED``.
        started_at: When it began, UTC.
        seconds: Wall time; None while it runs.
        rows_read: Rows that the source delivered; None unless it completed.
        rows_result: Rows in the result; None likewise.
        problem: ``EFnnn message``; None when it went well.
    """

    run_id: str
    name: str
    state: str
    started_at: datetime
    seconds: float | None
    rows_read: int | None
    rows_result: int | None
    problem: str | None


class RunTable:
    """A projection: one row per run of which an event is stored.

    An event of the pipeline's types that lacks their fields is logged and left out.
    """

    name: ClassVar[str] = "runs"
    version: ClassVar[int] = 1
    pattern: ClassVar[str] = "pipeline.*"

    def reset(self, db: apsw.Connection) -> None:
        """Make the table anew."""
        db.execute("DROP TABLE IF EXISTS run")
        db.execute(_TABLE)

    def apply(self, db: apsw.Connection, event: StoredEvent) -> None:
        """Add the run, or say how it ended."""
        kind = _KINDS.get(event.event_type)
        if kind is None:
            return
        try:
            told = event.decode(kind)
        except EventflowError:
            _log.warning("event %d is no %s", event.position, kind.__name__, exc_info=True)
            return
        db.execute(
            "INSERT OR IGNORE INTO run (run_id, name, state, started) VALUES (?, ?, ?, ?)",
            (told.run_id, told.pipeline, "IN_PROGRESS", event.timestamp),
        )
        if isinstance(told, PipelineCompletedEvent):
            db.execute(
                "UPDATE run SET state = 'COMPLETED', seconds = ?, rows_read = ?, rows_result = ? "
                "WHERE run_id = ?",
                (told.seconds, told.rows_read, told.rows_result, told.run_id),
            )
        elif isinstance(told, PipelineFailedEvent):
            db.execute(
                "UPDATE run SET state = ?, seconds = (? - started) / 1e6, problem = ? "
                "WHERE run_id = ?",
                (told.state, event.timestamp, f"{told.code} {told.message}", told.run_id),
            )

    @staticmethod
    def runs(model: ReadModel) -> list[Run]:
        """Return the runs that a read model holds, the newest first."""
        query = (
            "SELECT run_id, name, state, started, seconds, rows_read, rows_result, problem "
            "FROM run ORDER BY started DESC, run_id DESC"
        )
        return [
            Run(
                run_id=run_id,
                name=name,
                state=state,
                started_at=_EPOCH + timedelta(microseconds=started),
                seconds=seconds,
                rows_read=read,
                rows_result=result,
                problem=problem,
            )
            for run_id, name, state, started, seconds, read, result, problem in model.rows(query)
        ]
