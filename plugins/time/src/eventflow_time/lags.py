"""What came before: values, differences, and how long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from pydantic import Field, PositiveInt

from eventflow_time.errors import UnfitColumnError, require_columns, require_free
from eventflow_time.history import HistoryConfig, HistoryStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.types import Rows

_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class TemporalLagStep(HistoryStep):
    """The value of an entity's k-th event before: ``amount_lag_1``, ``amount_lag_2``.

    Events that share a time (and the tie-break) are simultaneous and do not see one another: each
    is told of the events strictly before. Among simultaneous events that are counted back over,
    the larger value is the later.

    Unit and dtype: those of the column. Null: fewer than k events before, that event's value is
    null, or the row has no entity or no time. Parity: exact. Definition: SQL ``LAG(x, k) OVER
    (PARTITION BY entity ORDER BY time, tie_break)``, with peers left out.

    Raises while the plan is built: `SchemaError` (EF301), `UnknownHistoryError` (EF330),
    `UnfitColumnError` (EF331), `ColumnTakenError` (EF332).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(HistoryConfig):
        """Options.

        Attributes:
            columns: Columns whose earlier values are wanted.
            lags: How many events back.
            by: Columns that identify the entity; the schema's entity if not given; ``[]``: one
                series.
            time: Column of the event time; the schema's timestamp if not given.
            tie_break: Columns that order events of one time.
        """

        columns: tuple[str, ...] = Field(min_length=1)
        lags: tuple[PositiveInt, ...] = Field(default=(1,), min_length=1)

    def named(self) -> Sequence[str]:
        """Columns it takes values of."""
        return tuple(self.config.columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        history, found = self.history(frame), frame.columns()
        require_columns(self.config.columns, found, key="columns")
        made = {
            f"{c}_lag_{k}": history.told(history.back(pl.col(c), k), c)
            for c in self.config.columns
            for k in self.config.lags
        }
        require_free(made, found, key="columns")
        return frame.with_lazy(frame.lazy.with_columns(**made))


class TemporalDiffStep(HistoryStep):
    """The value less that of the entity's k-th event before: ``amount_diff_1``.

    As `TemporalLagStep`, whose rules for simultaneous events hold. Unit: that of the column.
    dtype: integers give i64, times durations, others their own. Null: one of the two values is,
    or the difference fits no i64. Parity: exact; floats close(1e-9).

    Raises while the plan is built: `SchemaError` (EF301), `UnknownHistoryError` (EF330),
    `UnfitColumnError` (EF331: text has no difference), `ColumnTakenError` (EF332).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(HistoryConfig):
        """Options.

        Attributes:
            columns: Columns of numbers or times.
            lags: How many events back.
            by: Columns that identify the entity; the schema's entity if not given; ``[]``: one
                series.
            time: Column of the event time; the schema's timestamp if not given.
            tie_break: Columns that order events of one time.
        """

        columns: tuple[str, ...] = Field(min_length=1)
        lags: tuple[PositiveInt, ...] = Field(default=(1,), min_length=1)

    def named(self) -> Sequence[str]:
        """Columns it takes values of."""
        return tuple(self.config.columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        history, found = self.history(frame), frame.columns()
        require_columns(self.config.columns, found, key="columns")
        made = {}
        for column in self.config.columns:
            value = _subtractable(column, found[column])
            for k in self.config.lags:
                before = history.told(history.back(value, k), column)
                made[f"{column}_diff_{k}"] = _less(value, before, found[column])
        require_free(made, found, key="columns")
        return frame.with_lazy(frame.lazy.with_columns(**made))


class TemporalSincePreviousStep(HistoryStep):
    """How long ago the entity's event before was: ``since_previous``, in seconds.

    Simultaneous events do not see one another, so it is never 0 unless a tie-break orders events
    of one time. Exact length between instants, also where clocks change; from dates, 24 hours a
    day. dtype: f64. Null: first event, no entity, no time. Parity: exact.

    Raises while the plan is built: `SchemaError` (EF301), `UnknownHistoryError` (EF330),
    `UnfitColumnError` (EF331), `ColumnTakenError` (EF332).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(HistoryConfig):
        """Options.

        Attributes:
            unit: What one stands for: ``us``, ``ms``, ``s``, ``m``, ``h`` or ``d`` (24 hours).
            name: Name of the new column.
            by: Columns that identify the entity; the schema's entity if not given; ``[]``: one
                series.
            time: Column of the event time; the schema's timestamp if not given.
            tie_break: Columns that order events of one time.
        """

        unit: Literal["us", "ms", "s", "m", "h", "d"] = "s"
        name: str = Field(default="since_previous", min_length=1)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the column, lazily."""
        del state
        history = self.history(frame)
        require_free([self.config.name], frame.columns(), key="name")
        passed = history.instant - history.told(history.back(history.instant))
        return frame.with_lazy(
            frame.lazy.with_columns(in_units(passed, self.config.unit).alias(self.config.name))
        )


def in_units(duration: pl.Expr, unit: str) -> pl.Expr:
    """Return a duration as a number of units, f64."""
    return duration.dt.total_microseconds() / (_SECONDS[unit] / _SECONDS["us"])


def _less(value: pl.Expr, before: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if not dtype.is_integer():
        return value - before
    return (value.cast(pl.Int128) - before.cast(pl.Int128)).cast(pl.Int64, strict=False)


def _subtractable(column: str, dtype: pl.DataType) -> pl.Expr:
    if dtype.is_numeric() or dtype in (pl.Date, pl.Datetime, pl.Duration):
        return pl.col(column)
    raise UnfitColumnError.of_value(column, dtype, "numbers or times")
