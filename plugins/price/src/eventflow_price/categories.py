"""What the other products of a category cost, in the days before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from eventflow.base import BaseStep, ComponentConfig
from eventflow.types import WHOLE
from eventflow_price import names as n
from eventflow_price import trailing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Locality, Rows


_TOTAL = "__category_total"
_DAYS = "__category_days"
_OWN = "_own"


class CategoryConfig(ComponentConfig):
    """What to compare with.

    Attributes:
        days: Days in which the prices of others count.
    """

    days: int


class CategoryPrices(BaseStep):
    """Add to each product and day what the other products of its category cost before.

    Shape: the same rows; column ``__others_price``, the mean price in ten-thousandths over
    product-days of the category without those of the product itself, null where there is none or
    the category is unknown. Sums are integers: exact in any order.
    """

    Config: ClassVar[type[BaseModel]] = CategoryConfig
    rows: ClassVar[Rows] = "kept"

    @property
    def locality(self) -> Locality:
        """Every product of a category; a product may change its category."""
        return WHOLE

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read every folded column."""
        del schema
        return frozenset(columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the column."""
        del state
        price = pl.col(n.PRICE)
        mean = _mean(self._others(price), self._others(price.is_not_null().cast(pl.Int64)))
        known = pl.when(pl.col(n.CATEGORY).is_not_null()).then(mean)
        return frame.with_lazy(frame.lazy.with_columns(known.alias(n.OTHERS)))

    def _others(self, value: pl.Expr) -> pl.Expr:
        sum_ = trailing.total(value, self.config.days)
        return sum_.over(n.CATEGORY) - sum_.over(n.CATEGORY, n.PRODUCT)


def compared(products: pl.LazyFrame, days: pl.LazyFrame, recent: pl.Expr) -> pl.LazyFrame:
    """Add to each product what the other products of its category cost, as `CategoryPrices` does.

    Args:
        products: One row per product, with its category.
        days: One row per product and day.
        recent: Whether a day counts.
    """
    sums = {_TOTAL: pl.col(n.PRICE).sum(), _DAYS: pl.len().cast(pl.Int64)}
    own = days.filter(recent).group_by(n.CATEGORY, n.PRODUCT).agg(**sums)
    all_ = own.group_by(n.CATEGORY).agg(pl.col(*sums).sum())
    both = products.join(all_, on=n.CATEGORY, how="left").join(
        own, on=[n.CATEGORY, n.PRODUCT], how="left", suffix=_OWN
    )
    total, count = (pl.col(c) - pl.col(f"{c}{_OWN}").fill_null(0) for c in sums)
    return both.with_columns(_mean(total, count).alias(n.OTHERS))


def _mean(total: pl.Expr, days: pl.Expr) -> pl.Expr:
    return pl.when(days > 0).then(total / days)
