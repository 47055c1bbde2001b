"""`level: product`: each product once, from all its days before the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from eventflow.base import BaseStep
from eventflow.types import aggregate
from eventflow_price import elasticity as e
from eventflow_price import names as n
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
    """

    moment: Moment


class ProductFeatures(BaseStep):
    """Describe each product once, as of a moment.

    Shape: one row per product; columns product_id, category (of its last day, where bound), price
    (of its last day, Float64) and the features, with the units and null rules of the feature
    dictionary.
    """

    Config: ClassVar[type[BaseModel]] = ProductConfig
    rows: ClassVar[Rows] = "unknown"

    @property
    def locality(self) -> Locality:
        """All days of a product, in any order."""
        return aggregate(n.PRODUCT)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read every folded column."""
        del schema
        return frozenset(columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Fold the days of each product, and name the columns as people know them."""
        del state
        options: PriceConfig = self.config.options
        found = frame.columns()
        promoted = options.control_promotion and n.PROMOTION in found
        sums = [t.sum().alias(name) for name, t in e.terms(promoted=promoted).items()]
        last = [pl.col(c).last() for c in (n.PRICE, n.CATEGORY, n.OTHERS) if c in found]
        parts = _parts(options, self.config.moment)
        days = frame.lazy.sort(n.PRODUCT, n.DATE)
        products = days.group_by(n.PRODUCT, maintain_order=True).agg(*last, *sums, *parts)
        return described(frame, products, options)


def _parts(options: PriceConfig, moment: Moment) -> Iterator[pl.Expr]:
    """Yield what the features are made of; the days of a product are in order."""
    price, quantity = pl.col(n.PRICE), pl.col(n.QUANTITY)
    window = options.trend_days
    yield pl.col(n.REVENUE).sum()
    yield price.shift(1).last().alias(n.PREVIOUS)
    yield price.filter(moment.within(options.reference_days)).max().alias(n.REFERENCE)
    yield (price.sum() / pl.len()).alias(n.PAST)
    yield quantity.filter(moment.within(window)).sum().alias(n.RECENT)
    yield quantity.filter(moment.within(window, before=window)).sum().alias(n.EARLIER)
    yield moment.since(pl.col(n.DATE).min()).alias(n.AGE)
    yield price.filter(quantity > 0).n_unique().cast(pl.Int64).alias(e.PRICES)
