"""From rows of any grain to one row per series and day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl

from eventflow import moments
from eventflow.base import BaseStep, ComponentConfig
from eventflow.blueprint import Binding  # noqa: TC001 - pydantic resolves it at runtime
from eventflow.frame import Rejection
from eventflow.schema import EventSchema
from eventflow.types import aggregate
from eventflow_revenue import names as n
from eventflow_revenue.options import RevenueConfig  # noqa: TC001 - pydantic resolves it at runtime

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.types import Locality, Rows

LARGEST: Final = 1e12
"""Beyond this, sums of squares in integers could overflow."""

NO_DATE: Final = "no date"
NO_SERIES: Final = "no series"
NO_REVENUE: Final = "no revenue"
TOO_LARGE: Final = "revenue beyond a million million"
FUTURE: Final = "on or after as_of"


class RowsConfig(ComponentConfig):
    """What to prepare.

    Attributes:
        binding: Columns and moment.
        options: Options of the blueprint.
    """

    binding: Binding
    options: RevenueConfig


class PrepareRevenue(BaseStep):
    """Keep the rows that were known before a moment, and what is added up of each.

    Shape: rows without date, series or revenue, or with one beyond 10^12, are quarantined; rows on
    or after the moment are dropped; each with its reason. Columns: series, date (the day in the
    frame's zone), revenue in ten-thousandths (Int64), and customers, counted or named.
    """

    Config: ClassVar[type[BaseModel]] = RowsConfig
    rows: ClassVar[Rows] = "accounted"

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read the bound columns, and those that the amount names."""
        del schema, columns
        bound, amount = self.config.binding.columns, self.config.options.amount
        named = frozenset() if amount is None else amount.columns()
        return named.union(
            column for field, column in bound.items() if field != n.REVENUE or amount is None
        )

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Reject what is not known before the moment, and select."""
        del state
        found = frame.columns()
        known = frame.reject(*self._rules(found))
        schema = EventSchema(entity=n.KEY, timestamp=n.DATE)
        return known.with_lazy(known.lazy.select(*self._columns(found)), schema=schema)

    def _rules(self, found: Mapping[str, pl.DataType]) -> Iterator[Rejection]:
        binding: Binding = self.config.binding
        date, amount = binding.columns[n.DATE], self._amount(found)
        yield Rejection(NO_DATE, pl.col(date).is_null(), "quarantined")
        if n.SERIES in binding.columns:
            yield Rejection(NO_SERIES, pl.col(binding.columns[n.SERIES]).is_null(), "quarantined")
        late = moments.instant(date, found[date]) >= binding.moment(found[date])
        yield Rejection(FUTURE, late)
        yield Rejection(NO_REVENUE, amount.is_null() | amount.is_infinite(), "quarantined")
        yield Rejection(TOO_LARGE, amount.abs() > LARGEST, "quarantined")

    def _columns(self, found: Mapping[str, pl.DataType]) -> Iterator[pl.Expr]:
        binding: Binding = self.config.binding
        names, date = binding.columns, binding.columns[n.DATE]
        yield (pl.col(names[n.SERIES]) if n.SERIES in names else pl.lit("")).alias(n.KEY)
        yield moments.day(date, found[date], binding.zone).alias(n.DATE)
        yield (self._amount(found) * n.UNITS).round().cast(pl.Int64).alias(n.REVENUE)
        if n.COUNT in names:
            yield pl.col(names[n.COUNT]).cast(pl.Float64).round().cast(pl.Int64).alias(n.COUNT)
        elif n.CUSTOMER in names:
            yield pl.col(names[n.CUSTOMER]).alias(n.CUSTOMER)

    def _amount(self, found: Mapping[str, pl.DataType]) -> pl.Expr:
        amount = self.config.options.amount
        if amount is None:
            return pl.col(self.config.binding.columns[n.REVENUE]).cast(pl.Float64)
        value: pl.Expr = amount.without_nan(found)
        return value.cast(pl.Float64)


class FoldDays(BaseStep):
    """Add up prepared rows per series and day, in one streaming group-by.

    Shape: one row per series and day that has one; columns series, date, revenue in ten-thousandths
    and, where known, customer_count (Int64). Exact for any order and split of the rows.
    """

    rows: ClassVar[Rows] = "unknown"

    @property
    def locality(self) -> Locality:
        """All rows of a day of a series, in any order."""
        return aggregate(n.KEY, n.DATE)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read every prepared column."""
        del schema
        return frozenset(columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Aggregate per series and day."""
        del state
        found = frame.columns()
        sums = [pl.col(name).sum() for name in (n.REVENUE, n.COUNT) if name in found]
        if n.CUSTOMER in found:
            sums.append(_distinct(n.CUSTOMER).alias(n.COUNT))
        return frame.with_lazy(frame.lazy.group_by(n.KEY, n.DATE).agg(sums))


def _distinct(column: str) -> pl.Expr:
    """Count distinct values without null, which `n_unique` counts as one."""
    values = pl.col(column)
    return values.n_unique().cast(pl.Int64) - (values.null_count() > 0).cast(pl.Int64)
