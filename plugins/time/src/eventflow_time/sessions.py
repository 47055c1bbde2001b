"""The step `time.session`: runs of events without a long pause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from pydantic import Field, field_validator

from eventflow.config.types import Duration  # noqa: TC001 - pydantic reads it
from eventflow_time.errors import require_free
from eventflow_time.history import History, HistoryConfig, HistoryStep
from eventflow_time.lags import in_units

if TYPE_CHECKING:
    from datetime import timedelta

    from eventflow.frame import EventFrame
    from eventflow.types import Rows

Column = Literal["id", "start", "index", "elapsed", "end", "duration", "events"]
_WHOLE = {"end", "duration", "events"}


class TemporalSessionStep(HistoryStep):
    """Sessions: an entity's events, cut where nothing happened for `gap` or longer.

    The session's interval is half-open, ``[first event, last event + gap)``: an event exactly `gap`
    after the last begins a new one (as Spark's ``session_window``).

    | column | what | unit, dtype |
    |---|---|---|
    | session_id | entity and first event: ``ada@1577836800000000`` | text |
    | session_start | time of the first event | as the time |
    | session_index | 1 + events of the session strictly before; simultaneous ones share it | i64 |
    | session_elapsed | time since the first event | seconds, f64 |
    | session_end | time of the last event | as the time |
    | session_duration | from the first event to the last | seconds, f64 |
    | session_events | events of the session | i64 |

    The id is made of the entity and of microseconds since 1970 (days, where times are dates), so it
    does not change with the order of rows or with what else is in the data. The last three speak of
    the whole session and are known only `gap` after its last event: they see ahead of a row, and
    are made only when asked for. Null: no entity, no time. Parity: exact.

    Raises while the plan is built: `SchemaError` (EF301), `UnknownHistoryError` (EF330),
    `UnfitColumnError` (EF331), `ColumnTakenError` (EF332).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(HistoryConfig):
        """Options.

        Attributes:
            gap: The pause that ends a session: ``30m``.
            columns: Which columns are made; not given: those that do not see ahead.
            prefix: What their names begin with.
            by: Columns that identify the entity; the schema's entity if not given; ``[]``: one
                series.
            time: Column of the event time; the schema's timestamp if not given.
            tie_break: Columns that order events of one time, for ``session_index``.
        """

        gap: Duration
        columns: tuple[Column, ...] = Field(
            default=("id", "start", "index", "elapsed"), min_length=1
        )
        prefix: str = "session_"

        @field_validator("gap")
        @classmethod
        def _longer_than_nothing(cls, value: timedelta) -> timedelta:
            if value.total_seconds() <= 0:
                msg = "gap must be longer than nothing"
                raise ValueError(msg)
            return value

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        history, prefix, wanted = self.history(frame), self.config.prefix, self.config.columns
        require_free([f"{prefix}{c}" for c in wanted], frame.columns(), key="prefix")
        start = "__eventflow_session_start"
        lazy = frame.lazy.with_columns(self._start(history).alias(start))
        made = {f"{prefix}{c}": self._column(history, c, pl.col(start)) for c in wanted}
        return frame.with_lazy(lazy.with_columns(**made).drop(start))

    def _start(self, history: History) -> pl.Expr:
        at = history.instant
        begins = (at - at.shift(1) >= self.config.gap).fill_null(value=True)
        return history.told(pl.when(begins).then(history.instant).forward_fill())

    def _column(self, history: History, column: Column, start: pl.Expr) -> pl.Expr:
        match column:
            case "id":
                return _id(history, start)
            case "start":
                return _as_time(history, start)
            case "index":
                return _index(history, start)
            case "elapsed":
                return in_units(history.instant - start, "s")
        session = [*history.by, start]
        last = history.instant.max().over(session)
        whole = {
            "end": _as_time(history, last),
            "duration": in_units(last - start, "s"),
            "events": pl.len().over(session).cast(pl.Int64),
        }
        return pl.when(history.known).then(whole[column])


def _index(history: History, start: pl.Expr) -> pl.Expr:
    """Return one more than the events of the session that are strictly before."""
    session = History(
        (*history.by, start.meta.output_name()),
        history.time,
        history.tie_break,
        history.dtype,
        history.zone,
    )
    return session.told(session.earlier + 1)


def _as_time(history: History, instant: pl.Expr) -> pl.Expr:
    """Return an instant as the time column writes it: with its zone, or as its wall clock."""
    if history.instant.meta.eq(pl.col(history.time)):
        return instant
    return instant.dt.replace_time_zone(None)


def _id(history: History, start: pl.Expr) -> pl.Expr:
    moment = start.to_physical() if history.dtype == pl.Date else start.dt.epoch("us")
    if len(history.by) > 1:
        parts = [_escaped(c) for c in history.by]
    else:
        parts = [pl.col(c).cast(pl.String) for c in history.by]
    return pl.concat_str([pl.concat_str(parts, separator="/"), moment.cast(pl.String)],
                         separator="@") if parts else moment.cast(pl.String)  # fmt: skip


def _escaped(column: str) -> pl.Expr:
    """Keep keys of several columns apart: ``a/b`` and ``c`` are not ``a`` and ``b/c``."""
    text = pl.col(column).cast(pl.String)
    return text.str.replace_all("\\", "\\\\", literal=True).str.replace_all(
        "/", "\\/", literal=True
    )
