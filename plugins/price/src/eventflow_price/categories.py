"""What the other products of a category cost, in the days before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from eventflow.base import BaseStep, ComponentConfig
from eventflow.types import WHOLE
from eventflow_price import names as n
from eventflow_price import trailing
from eventflow_price.moment import Moment  # noqa: TC001 - pydantic resolves it at runtime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Locality, Rows


class CategoryConfig(ComponentConfig):
    """What to compare with.

    Attributes:
        days: Days in which the prices of others count.
        moment: End of those days; None for the day of each row.
    """

    days: int
    moment: Moment | None = None


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
        total, days = self._others(price), self._others(price.is_not_null().cast(pl.Int64))
        known = pl.col(n.CATEGORY).is_not_null() & (days > 0)
        mean = pl.when(known).then(total / days)
        return frame.with_lazy(frame.lazy.with_columns(mean.alias(n.OTHERS)))

    def _others(self, value: pl.Expr) -> pl.Expr:
        sum_ = self._in_window(value)
        return sum_.over(n.CATEGORY) - sum_.over(n.CATEGORY, n.PRODUCT)

    def _in_window(self, value: pl.Expr) -> pl.Expr:
        """Return the sum over the days before each row's, or before the moment."""
        moment, days = self.config.moment, self.config.days
        if moment is None:
            return trailing.total(value, days)
        return pl.when(moment.within(days)).then(value).otherwise(0).sum()
