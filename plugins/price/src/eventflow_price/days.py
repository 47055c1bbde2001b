"""From rows of any grain to one row per product and day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl

from eventflow import moments
from eventflow.base import BaseStep, ComponentConfig
from eventflow.blueprint import Binding  # noqa: TC001 - pydantic resolves it at runtime
from eventflow.frame import Rejection
from eventflow.schema import EventSchema
from eventflow.types import aggregate
from eventflow_price import names as n

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.types import Locality, Rows

LARGEST: Final = 1e9
"""Prices and quantities beyond this are quarantined: their products would overflow integers."""

NO_PRODUCT: Final = "no product_id"
NO_DATE: Final = "no date"
FUTURE: Final = "on or after as_of"
NO_PRICE: Final = "no price"
BAD_PRICE: Final = "price not positive"
NO_QUANTITY: Final = "no quantity_sold"
BAD_QUANTITY: Final = "quantity_sold negative"
TOO_LARGE: Final = "price or quantity_sold beyond a thousand million"

_OFFERED = "__offered"
_ROWS = "__rows"


class RowsConfig(ComponentConfig):
    """What to prepare.

    Attributes:
        binding: Columns and moment.
    """

    binding: Binding


class PrepareSales(BaseStep):
    """Keep the sales that were known before a moment and can be priced.

    Shape: rows without product, date, price or quantity, with a price that is not positive or a
    quantity below zero, are quarantined; rows on or after the moment are dropped; each with its
    reason. A quantity of zero stays: nobody bought at that price. Columns: product_id, date (the
    day in the frame's zone), price and quantity_sold in ten-thousandths, revenue in ten-thousandths
    (Int64), and category and promotion where bound.
    """

    Config: ClassVar[type[BaseModel]] = RowsConfig
    rows: ClassVar[Rows] = "accounted"

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read the bound columns."""
        del schema, columns
        return frozenset(self.config.binding.columns.values())

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Reject what cannot be priced before the moment, and select."""
        del state
        found = frame.columns()
        known = frame.reject(*self._rules(found))
        schema = EventSchema(entity=n.PRODUCT, timestamp=n.DATE)
        return known.with_lazy(known.lazy.select(*self._columns(found)), schema=schema)

    def _number(self, field: str) -> pl.Expr:
        return pl.col(self.config.binding.columns[field]).cast(pl.Float64)

    def _rules(self, found: Mapping[str, pl.DataType]) -> Iterator[Rejection]:
        binding: Binding = self.config.binding
        product, date = binding.columns[n.PRODUCT], binding.columns[n.DATE]
        price, quantity = self._number(n.PRICE), self._number(n.QUANTITY)
        late = moments.instant(date, found[date]) >= binding.moment(found[date])
        yield Rejection(NO_PRODUCT, pl.col(product).is_null(), "quarantined")
        yield Rejection(NO_DATE, pl.col(date).is_null(), "quarantined")
        yield Rejection(FUTURE, late)
        yield Rejection(NO_PRICE, price.is_null() | price.is_infinite(), "quarantined")
        yield Rejection(BAD_PRICE, price <= 0.5 / n.UNITS, "quarantined")
        yield Rejection(NO_QUANTITY, quantity.is_null() | quantity.is_infinite(), "quarantined")
        yield Rejection(BAD_QUANTITY, quantity < 0, "quarantined")
        yield Rejection(TOO_LARGE, (price > LARGEST) | (quantity > LARGEST), "quarantined")

    def _columns(self, found: Mapping[str, pl.DataType]) -> Iterator[pl.Expr]:
        binding: Binding = self.config.binding
        names, date = binding.columns, binding.columns[n.DATE]
        price, quantity = (_units(self._number(f)) for f in (n.PRICE, n.QUANTITY))
        yield pl.col(names[n.PRODUCT]).alias(n.PRODUCT)
        yield moments.day(date, found[date], binding.zone).alias(n.DATE)
        yield price.alias(n.PRICE)
        yield quantity.alias(n.QUANTITY)
        paid = price.cast(pl.Int128) * quantity.cast(pl.Int128)
        yield paid.alias(n.REVENUE)
        if n.CATEGORY in names:
            yield pl.col(names[n.CATEGORY]).alias(n.CATEGORY)
        if n.PROMOTION in names:
            flag = pl.col(names[n.PROMOTION]).cast(pl.Boolean).fill_null(value=False)
            yield flag.alias(n.PROMOTION)


class FoldDays(BaseStep):
    """Add up prepared rows per product and day, in one streaming group-by.

    Shape: one row per product and day that has one; columns product_id, date, category (the largest
    where a day has several), price (what a piece cost on average: revenue / quantity, or the mean
    of the prices where nothing was sold; rounded to ten-thousandths), quantity_sold (both Int64 in
    ten-thousandths), revenue (Int128 in hundred-millionths) and promotion (whether any row has it).
    """

    rows: ClassVar[Rows] = "unknown"

    @property
    def locality(self) -> Locality:
        """All rows of a day of a product, in any order."""
        return aggregate(n.PRODUCT, n.DATE)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read every prepared column."""
        del schema
        return frozenset(columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Aggregate per product and day."""
        del state
        more = [pl.col(c).max() for c in (n.CATEGORY, n.PROMOTION) if c in frame.columns()]
        days = frame.lazy.group_by(n.PRODUCT, n.DATE).agg(
            pl.col(n.PRICE).sum().alias(_OFFERED),
            pl.len().alias(_ROWS),
            pl.col(n.QUANTITY, n.REVENUE).sum(),
            *more,
        )
        sold = pl.col(n.QUANTITY) > 0
        paid = pl.col(n.REVENUE).cast(pl.Float64) / pl.col(n.QUANTITY).cast(pl.Float64)
        price = pl.when(sold).then(paid).otherwise(pl.col(_OFFERED) / pl.col(_ROWS))
        whole = price.round().cast(pl.Int64).clip(1)
        return frame.with_lazy(days.with_columns(whole.alias(n.PRICE)).drop(_OFFERED, _ROWS))


def _units(number: pl.Expr) -> pl.Expr:
    return (number * n.UNITS).round().cast(pl.Int64)
