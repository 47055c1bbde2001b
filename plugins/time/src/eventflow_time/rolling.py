"""The step `time.rolling`: what happened to an entity in the time just before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from pydantic import Field, PositiveInt

from eventflow_time.errors import UnfitColumnError, require_columns, require_free
from eventflow_time.history import History, HistoryConfig, HistoryStep
from eventflow_time.lengths import Length, of_days
from eventflow_time.polars_rolling import Rolled, rolled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.frame import EventFrame
    from eventflow.types import Rows


class TemporalRollingStep(HistoryStep):
    """Aggregates of an entity's events in the window ``[t - W, t)`` before each of them.

    Neither the row itself nor any other event at its time is in its window, so `tie_break` plays
    no part; an event exactly W before is. ``h``, ``m``, ``s`` are exact lengths; ``d`` and longer
    go by the calendar of the time's zone (the frame's, where it has none), so that a day over a
    clock change has 23 or 25 hours.

    Names: ``events_30d`` for ``count``, ``amount_sum_30d`` for the others. Unit: that of the
    column; of ``var`` its square. Values that are null do not count;
    decimals are computed as f64. A sum of integers that i64 cannot hold is null.

    | aggregate | answers | dtype | empty window | parity |
    |---|---|---|---|---|
    | count | events in the window | i64 | 0 | exact |
    | sum | sum of the values | i64, f64 | 0 | exact; floats close(1e-9) |
    | mean, median | of the values | f64 | null | close(1e-9) |
    | min, max | smallest, largest | integers as they are, f64 | null | exact |
    | std, var | sample deviation (ddof 1), its square | f64 | null up to 1 value | close(1e-6) |

    Null beyond that: fewer known values than `min_samples`, no entity, no time. Memory: an entity's
    rows at a time. Definition: SQL ``RANGE BETWEEN W PRECEDING AND CURRENT ROW`` without the
    current row and its peers.

    Raises while the plan is built: `SchemaError` (EF301), `UnknownHistoryError` (EF330),
    `UnfitColumnError` (EF331), `ColumnTakenError` (EF332).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(HistoryConfig):
        """Options.

        Attributes:
            windows: Lengths of the windows: ``12h``, ``7d``, ``1mo``.
            columns: Columns that are aggregated; none: events are counted.
            aggregates: What is computed in each window.
            min_samples: Known values a window must have; with fewer, all but ``count`` is null.
                Not given: what the table says of an empty window.
            by: Columns that identify the entity; the schema's entity if not given; ``[]``: one
                series.
            time: Column of the event time; the schema's timestamp if not given.
            tie_break: Plays no part here.
        """

        windows: tuple[Length, ...] = Field(min_length=1)
        columns: tuple[str, ...] = ()
        aggregates: tuple[Literal["count"] | Rolled, ...] = Field(
            default=("count", "sum", "mean"), min_length=1
        )
        min_samples: PositiveInt | None = None

    def named(self) -> Sequence[str]:
        """Columns it aggregates."""
        return tuple(self.config.columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        history, found = self.history(frame), frame.columns()
        require_columns(self.config.columns, found, key="columns")
        for window in self.config.windows:
            if history.dtype == pl.Date and not of_days(window):
                raise UnfitColumnError.of_length(window, history.time, key="windows")
        made = list(self._features(history, found))
        require_free([name for name, _ in made], found, key="columns")
        return frame.with_lazy(frame.lazy.with_columns(**dict(made)))

    def _features(self, history: History, found: pl.Schema) -> Iterator[tuple[str, pl.Expr]]:
        wanted = self.config.aggregates
        for window in self.config.windows:
            if "count" in wanted:
                yield f"events_{window}", _counted(history, pl.col(history.time), window)
            for column in self.config.columns:
                for name in wanted:
                    if name != "count":
                        made = self._aggregate(history, column, found[column], window, name)
                        yield f"{column}_{name}_{window}", made

    def _aggregate(
        self, history: History, column: str, dtype: pl.DataType, window: str, name: Rolled
    ) -> pl.Expr:
        if name == "sum" and dtype in (pl.Int64, pl.UInt64):
            made = _summed(history, column, window)
        else:
            values = _values(column, dtype, name)
            made = _over(history, rolled(values, history.instant, window, name))
        if self.config.min_samples is None:
            return made
        known = _counted(history, pl.col(column), window)
        return pl.when(known >= self.config.min_samples).then(made)


def _counted(history: History, values: pl.Expr, window: str) -> pl.Expr:
    known = values.is_not_null().cast(pl.Int64)
    return _over(history, rolled(known, history.instant, window, "sum"))


def _summed(history: History, column: str, window: str) -> pl.Expr:
    """Add integers of 64 bits as halves, whose sums do not wrap; null where i64 cannot hold it."""
    value, half = pl.col(column), 2**32
    high, low = (value // half).cast(pl.Int64), (value % half).cast(pl.Int64)
    sums = [_over(history, rolled(part, history.instant, window, "sum")) for part in (high, low)]
    whole = sums[0].cast(pl.Int128) * half + sums[1].cast(pl.Int128)
    return whole.cast(pl.Int64, strict=False)


def _over(history: History, windowed: pl.Expr) -> pl.Expr:
    """Compute per entity; ``rolling_*_by`` puts the rows in order itself."""
    made = windowed.over(history.by) if history.by else windowed
    return pl.when(history.known).then(made)


def _values(column: str, dtype: pl.DataType, name: Rolled) -> pl.Expr:
    if dtype.is_integer() or dtype == pl.Boolean:
        wide = pl.Int64 if name == "sum" else pl.Float64
        return pl.col(column) if name in ("min", "max") else pl.col(column).cast(wide)
    if dtype.is_float() or dtype.is_decimal():
        return pl.col(column).cast(pl.Float64)
    raise UnfitColumnError.of_value(column, dtype, "numbers")
