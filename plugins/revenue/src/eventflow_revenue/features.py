"""The features of every day of the calendar, as of the end of that day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from eventflow.base import BaseStep, ComponentConfig
from eventflow.blueprint import Binding  # noqa: TC001 - pydantic resolves it at runtime
from eventflow.schema import ColumnSchema, EventSchema
from eventflow.types import ordered
from eventflow_revenue import names as n
from eventflow_revenue.calendar import FIRST, LastDay, complete
from eventflow_revenue.dictionary import FEATURES
from eventflow_revenue.seasons import with_seasons

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.types import Locality, Rows

_AGE = "__days"
_SUM = "__sum"
_SQUARES = "__squares"


class FeaturesConfig(ComponentConfig):
    """What to compute.

    Attributes:
        binding: Columns and moment.
    """

    binding: Binding


class RevenueFeatures(BaseStep):
    """Complete the calendar of each series, and describe each of its days.

    Shape: one row per series and day, from the series' first row to the last day before the moment;
    columns series (where bound), date, revenue (Float64), customer_count (Int64, where known) and
    the features, with the units and null rules of the feature dictionary.

    Sums and sums of squares are integers of 128 bits: windows are differences of running totals,
    and neither order nor engine can be seen in the answer.
    """

    Config: ClassVar[type[BaseModel]] = FeaturesConfig
    rows: ClassVar[Rows] = "unknown"

    @property
    def locality(self) -> Locality:
        """All days of a series, in order."""
        return ordered(n.KEY, time=n.DATE)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read every folded column."""
        del schema
        return frozenset(columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Complete, compute, and name the columns as people know them."""
        del state
        binding: Binding = self.config.binding
        last = LastDay.before(binding.as_of, binding.zone)
        counted = n.COUNT in frame.columns()
        days = with_seasons(_with_totals(complete(frame.lazy, last)))
        features = {expression.meta.output_name(): expression for expression in _features(last)}
        wanted = [f.name for f in FEATURES if counted or f.name != n.PER_CUSTOMER]
        told = [features.get(name, pl.col(name)) for name in wanted]
        lazy = days.select(*_carried(binding, counted=counted), *told)
        return frame.with_lazy(lazy, schema=_schema(binding, wanted))


def _with_totals(days: pl.LazyFrame) -> pl.LazyFrame:
    revenue = pl.col(n.REVENUE).cast(pl.Int128)
    return days.with_columns(
        (pl.col(n.DATE) - pl.col(FIRST)).dt.total_days().add(1).alias(_AGE),
        revenue.cum_sum().alias(_SUM),
        (revenue * revenue).cum_sum().alias(_SQUARES),
    )


def _carried(binding: Binding, *, counted: bool) -> Iterator[pl.Expr]:
    if binding.has(n.SERIES):
        yield pl.col(n.KEY).alias(n.SERIES)
    yield pl.col(n.DATE)
    # Polars multiplies by the inverse of a number, which rounding to the decimals mends.
    yield (pl.col(n.REVENUE) / n.UNITS).round(n.DECIMALS).alias(n.REVENUE)
    if counted:
        yield pl.col(n.COUNT)


def _features(last: LastDay) -> Iterator[pl.Expr]:
    unfinished = (pl.col(n.DATE) == pl.lit(last.day, pl.Date)) & (not last.over)
    yield unfinished.alias(n.INCOMPLETE)
    for days in n.WINDOWS:
        yield _mean(days).alias(n.mean(days))
        yield _deviation(days).alias(n.volatility(days))
    for days in n.LAGS:
        yield _growth(days).alias(n.growth(days))
    customers = pl.when(pl.col(n.COUNT) > 0).then(pl.col(n.COUNT))
    yield (pl.col(n.REVENUE) / customers / n.UNITS).alias(n.PER_CUSTOMER)


def _over(total: str, days: int) -> pl.Expr:
    """Return what a running total gained over a window; rows lie in order, without gaps."""
    return pl.col(total) - pl.col(total).shift(days, fill_value=0)


def _mean(days: int) -> pl.Expr:
    sum_ = _over(_SUM, days).cast(pl.Float64)
    return pl.when(pl.col(_AGE) >= days).then(sum_ / (days * n.UNITS))


def _deviation(days: int) -> pl.Expr:
    """Return the sample deviation, from exact sums: W * sum of squares - square of the sum."""
    sum_, squares = _over(_SUM, days), _over(_SQUARES, days)
    spread = (squares * days - sum_ * sum_).cast(pl.Float64)
    variance = spread / (days * (days - 1))
    return pl.when(pl.col(_AGE) >= days).then(variance.sqrt() / n.UNITS)


def _growth(days: int) -> pl.Expr:
    now, base = pl.col(n.REVENUE), pl.col(n.REVENUE).shift(days)
    known = (pl.col(_AGE) > days) & (base != 0)
    return pl.when(known).then((now - base) / base.abs())


def _schema(binding: Binding, wanted: Sequence[str]) -> EventSchema:
    told = {f.name: f for f in FEATURES}
    columns = {n.DATE: ColumnSchema(nullable=False), n.REVENUE: ColumnSchema(unit="revenue")}
    for name in wanted:
        columns[name] = ColumnSchema(unit=told[name].unit, description=told[name].formula)
    entity = n.SERIES if binding.has(n.SERIES) else None
    return EventSchema(entity=entity, timestamp=n.DATE, value=n.REVENUE, columns=columns)
