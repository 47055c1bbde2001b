"""`level: product`: each product once, from all its days before the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from eventflow.base import BaseStep
from eventflow.types import WHOLE, aggregate
from eventflow_price import elasticity as e
from eventflow_price import names as n
from eventflow_price.categories import compared
from eventflow_price.history import LevelConfig
from eventflow_price.moment import Moment  # noqa: TC001 - pydantic resolves it at runtime
from eventflow_price.output import described

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Locality, Rows
    from eventflow_price.options import PriceConfig


class ProductConfig(LevelConfig):
    """What to compute.

    Attributes:
        moment: The day after the last that counts.
        compared: Whether products are told against the others of their category.
    """

    moment: Moment
    compared: bool = False


class ProductFeatures(BaseStep):
    """Describe each product once, as of a moment.

    Shape: one row per product; columns product_id, category (of its last day, where bound), price
    (of its last day, Float64) and the features, with the units and null rules of the feature
    dictionary.

    Only the previous price needs the days of a product in order, so that it is found apart, and
    everything else streams.
    """

    Config: ClassVar[type[BaseModel]] = ProductConfig
    rows: ClassVar[Rows] = "unknown"

    @property
    def locality(self) -> Locality:
        """All days of a product, in any order; of all products, where they are compared."""
        return WHOLE if self.config.compared else aggregate(n.PRODUCT)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read every folded column."""
        del schema
        return frozenset(columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Fold the days of each product, and name the columns as people know them."""
        del state
        options: PriceConfig = self.config.options
        found, moment = frame.columns(), self.config.moment
        promoted = options.control_promotion and n.PROMOTION in found
        sums = [t.sum().alias(name) for name, t in e.terms(promoted=promoted).items()]
        last = [_last(c) for c in (n.PRICE, n.CATEGORY) if c in found]
        parts = _parts(options, moment)
        days = frame.lazy.with_columns(**e.sales())
        products = days.group_by(n.PRODUCT).agg(*last, *sums, *parts)
        whole = products.join(_previous(frame.lazy), on=n.PRODUCT, how="left")
        if self.config.compared:
            whole = compared(whole, frame.lazy, moment.within(options.category_days))
        return described(frame, whole, options)


def _last(column: str) -> pl.Expr:
    return pl.col(column).sort_by(n.DATE).last()


def _previous(days: pl.LazyFrame) -> pl.LazyFrame:
    """Return what each product cost on the day before its last."""
    price = pl.col(n.PRICE).sort_by(n.DATE).get(-2, null_on_oob=True)
    products = days.select(n.PRODUCT, n.DATE, n.PRICE).group_by(n.PRODUCT)
    return products.agg(price.alias(n.PREVIOUS))


def _parts(options: PriceConfig, moment: Moment) -> Iterator[pl.Expr]:
    """Yield what the features are made of."""
    price, quantity = pl.col(n.PRICE), pl.col(n.QUANTITY)
    window = options.trend_days
    yield pl.col(n.REVENUE).sum()
    yield price.filter(moment.within(options.reference_days)).max().alias(n.REFERENCE)
    yield (price.sum() / pl.len()).alias(n.PAST)
    yield quantity.filter(moment.within(window)).sum().alias(n.RECENT)
    yield quantity.filter(moment.within(window, before=window)).sum().alias(n.EARLIER)
    yield moment.since(pl.col(n.DATE).min()).alias(n.AGE)
    yield e.prices(options.minimum_prices).alias(e.PRICES)
