"""The step `time.fill`: a row for every period of the calendar, also where nothing happened."""

from __future__ import annotations

from copy import copy
from datetime import UTC, datetime
from math import isnan
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from polars.exceptions import PolarsError
from pydantic import Field

from eventflow.moments import UTC_ZONE, literal
from eventflow.zones import TimeZone  # noqa: TC001 - pydantic reads it
from eventflow_time.bins import Bins
from eventflow_time.clocks import Clock
from eventflow_time.errors import UnfitColumnError, require_columns, require_free
from eventflow_time.history import History, HistoryConfig, HistoryStep
from eventflow_time.lengths import BinLength, of_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.types import Rows

_PERIOD = "__eventflow_period"
_END = "__eventflow_last_period"
_SERIES = "__eventflow_series"


class TemporalFillStep(HistoryStep):
    """Rows for the periods in which an entity has none, from its first to its last.

    Rows that are there stay as they are, however many a period has. A period without any gets one,
    at the period's start, with ``is_filled`` true; nothing is filled before an entity's first row.
    With ``until: as_of`` periods are filled up to the last that is complete at the moment of the
    run; an entity's rows at that moment and later stay, and nothing is filled between them.
    ``until: last`` fills up to an entity's last row: that a filled row exists then tells that a
    later event came. That a period is empty is known at its end, not at its start.

    Values of a filled row: the entity; the period's start; and for other columns what `columns`
    says: a number or true or false, which must fit the column as it is; ``forward``, the entity's
    last known value before; or null, which also holds for columns that are not named. Of
    simultaneous rows ``forward`` takes the last by tie-break, then the largest value. Rows
    without entity or time stay and are not filled between. Periods lie on the calendar as in
    `TemporalBinStep`. Parity: exact. Needs memory for the filled rows; the periods that have
    rows are found with one group-by.

    Raises while the plan is built: `SchemaError` (EF301), `UnknownHistoryError` (EF330),
    `UnfitColumnError` (EF331), `ColumnTakenError` (EF332).
    """

    rows: ClassVar[Rows] = "unknown"

    class Config(HistoryConfig):
        """Options.

        Attributes:
            every: Length of a period: ``1h``, ``1d``, ``1w``, ``1mo``.
            columns: Column → value of filled rows: a number, true, false, ``forward`` or null.
            until: Up to where: each entity's ``last`` row, or ``as_of``.
            as_of: The moment for ``until: as_of``; bound by the run if not given. Naive: UTC.
            flag: Name of the column that tells filled rows.
            timezone: Zone of the calendar; not given: that of the times.
            by: Columns that identify the entity; the schema's entity if not given; ``[]``: one
                series.
            time: Column of the event time; the schema's timestamp if not given.
            tie_break: Columns that order rows of one time, for ``forward``.
        """

        every: BinLength = "1d"
        columns: dict[str, bool | int | float | Literal["forward"] | None] = Field(
            default_factory=dict
        )
        until: Literal["last", "as_of"] = "last"
        as_of: datetime | None = None
        flag: str = Field(default="is_filled", min_length=1)
        timezone: TimeZone | None = None

    as_of: datetime | None = None

    def at(self, as_of: datetime) -> TemporalFillStep:
        """Return a copy that fills up to a moment, if it is asked to and not told to which."""
        bound = copy(self)
        bound.as_of = as_of
        return bound

    def reads(self, schema: Any, columns: Sequence[str]) -> frozenset[str] | None:
        """Every column: filled rows have all of them."""
        del schema, columns
        return None

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the rows, lazily."""
        del state
        history, found, config = self.history(frame), frame.columns(), self.config
        require_columns(config.columns, found, key="columns")
        require_free([config.flag], found, key="flag")
        if history.dtype == pl.Date and not of_days(config.every):
            raise UnfitColumnError.of_length(config.every, history.time, key="every")
        clock = Clock.of(frame, history.time, history.dtype, config.timezone)
        bins = Bins(clock, config.every)
        filled = self._missing(frame.lazy.filter(history.known), history, bins)
        whole = pl.concat(
            [
                frame.lazy.with_columns(pl.lit(False).alias(config.flag)),  # noqa: FBT003 - a value
                filled.select(*self._columns(history, found, bins), self._flag),
            ]
        )
        return frame.with_lazy(whole.with_columns(self._carried(history)))

    @property
    def _flag(self) -> pl.Expr:
        return pl.lit(True).alias(self.config.flag)  # noqa: FBT003 - a value

    def _missing(self, rows: pl.LazyFrame, history: History, bins: Bins) -> pl.LazyFrame:
        """Return the periods without a row, from the first to the last of each entity."""
        keys = list(history.by) or [_SERIES]
        series = [] if history.by else [pl.lit(0, pl.Int8).alias(_SERIES)]
        there = rows.select(*history.by, *series, bins.own.alias(_PERIOD)).unique()
        last = pl.col(_PERIOD).max()
        if self.config.until == "as_of":
            complete = self._last_complete(bins)
            last = pl.lit(None, pl.Date) if complete is None else complete
        spans = there.group_by(keys).agg(pl.col(_PERIOD).min(), last.alias(_END))
        return _periods(spans, keys, bins).join(there, on=[*keys, _PERIOD], how="anti")

    def _last_complete(self, bins: Bins) -> pl.Expr | None:
        """Return the start of the last period that has ended; None without a moment."""
        as_of = self.config.as_of or self.as_of
        if as_of is None:
            return None
        clock = bins.clock
        now = _written(as_of, clock.dtype, clock.frame_zone).alias(clock.column).to_frame()
        last = now.select(bins.moved(bins.own, f"-{bins.every}")).to_series()
        return _constant(last)

    def _columns(self, history: History, found: pl.Schema, bins: Bins) -> list[pl.Expr]:
        """Return the columns of filled rows, as those that are there."""
        out = []
        for column, dtype in found.items():
            value = self.config.columns.get(column)
            if column in history.by:
                made = pl.col(column)
            elif column == history.time:
                made = _as_time(bins).cast(dtype)
            elif value is None or value == "forward":
                made = pl.lit(None, dtype)
            elif _fits(value, dtype):
                made = pl.lit(value).cast(dtype)
            else:
                raise UnfitColumnError.of_constant(column, dtype, value)
            out.append(made.alias(column))
        return out

    def _carried(self, history: History) -> list[pl.Expr]:
        flag = self.config.flag
        return [
            pl.when(flag).then(history.told(pl.col(c).forward_fill(), c)).otherwise(c).alias(c)
            for c, value in self.config.columns.items()
            if value == "forward"
        ]


def _fits(value: float, dtype: pl.DataType) -> bool:
    """Whether a column can hold a constant as it is; a fraction may be rounded to a float."""
    if (dtype == pl.Boolean) is not isinstance(value, bool):
        return False
    if dtype.is_float():
        return not isnan(value)
    if not (dtype == pl.Boolean or dtype.is_integer() or dtype.is_decimal()):
        return False
    try:
        made = pl.Series([value]).cast(dtype, strict=False).item()
    except (OverflowError, PolarsError):  # larger than any integer of Polars
        return False
    return made is not None and float(made) == float(value)


def _periods(spans: pl.LazyFrame, keys: list[str], bins: Bins) -> pl.LazyFrame:
    """Return every period from one point to another, of each key."""
    start, end = pl.col(_PERIOD), pl.col(_END)
    if bins.clock.dtype == pl.Date:
        every = pl.date_ranges(start, end, bins.every)
    elif bins.exact and bins.clock.zone is not None:
        zone = bins.clock.zone
        every = pl.datetime_ranges(_in_utc(start), _in_utc(end), bins.every)
        rows = spans.select(*keys, every.alias(_PERIOD)).explode(_PERIOD, empty_as_null=False)
        return rows.with_columns(pl.col(_PERIOD).dt.convert_time_zone(zone))
    else:
        every = pl.datetime_ranges(start, end, bins.every)
    return spans.select(*keys, every.alias(_PERIOD)).explode(_PERIOD, empty_as_null=False)


def _in_utc(instant: pl.Expr) -> pl.Expr:
    return instant.dt.convert_time_zone(UTC_ZONE)


def _as_time(bins: Bins) -> pl.Expr:
    """Return the start of a period as the time column writes it."""
    period, clock = bins.at(pl.col(_PERIOD)), bins.clock
    own = clock.dtype.time_zone if isinstance(clock.dtype, pl.Datetime) else None
    if not clock.aware or clock.zone == own:
        return period
    if own is not None:
        return period.dt.convert_time_zone(own)
    return period.dt.convert_time_zone(clock.frame_zone).dt.replace_time_zone(None)


def _written(at: datetime, dtype: pl.DataType, zone: str) -> pl.Series:
    """Return a moment as a column of this dtype writes it."""
    own = dtype.time_zone if isinstance(dtype, pl.Datetime) else None
    utc = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    local = pl.Series([utc], dtype=pl.Datetime("us", UTC_ZONE)).dt.convert_time_zone(own or zone)
    return (local if own else local.dt.replace_time_zone(None)).cast(dtype)


def _constant(value: pl.Series) -> pl.Expr:
    dtype = value.dtype
    if isinstance(dtype, pl.Datetime):
        utc = value.dt.convert_time_zone(UTC_ZONE) if dtype.time_zone else value
        return literal(utc.item(), dtype)
    return pl.lit(value.item(), dtype)
