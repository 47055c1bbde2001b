"""`level: row`: each product on each of its days, from earlier days only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from eventflow.base import BaseStep, ComponentConfig
from eventflow.types import ordered
from eventflow_price import elasticity as e
from eventflow_price import names as n
from eventflow_price import trailing
from eventflow_price.options import PriceConfig  # noqa: TC001 - pydantic resolves it at runtime
from eventflow_price.output import described

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Locality, Rows


class LevelConfig(ComponentConfig):
    """What to compute.

    Attributes:
        options: Options of the blueprint.
    """

    options: PriceConfig


class RowFeatures(BaseStep):
    """Describe each product on each of its days, from the days before.

    Shape: one row per product and day that has one; columns product_id, date, category (where
    bound), price, quantity_sold (Float64) and the features, with the units and null rules of the
    feature dictionary. Running totals are integers of 128 bits: exact in any order.
    """

    Config: ClassVar[type[BaseModel]] = LevelConfig
    rows: ClassVar[Rows] = "kept"

    @property
    def locality(self) -> Locality:
        """All days of a product, in order."""
        return ordered(n.PRODUCT, time=n.DATE)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read every folded column."""
        del schema
        return frozenset(columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Look back from each row, and name the columns as people know them."""
        del state
        options: PriceConfig = self.config.options
        promoted = options.control_promotion and n.PROMOTION in frame.columns()
        terms = e.terms(promoted=promoted) | {e.PRICES: e.new_price()}
        placed = frame.lazy.with_columns(**e.sales()).with_columns(**terms)
        past = [_before(pl.col(name)).alias(name) for name in terms]
        return described(frame, placed.with_columns(*past, *_parts(options)), options)


def _parts(options: PriceConfig) -> Iterator[pl.Expr]:
    """Yield what the ratios are made of."""
    price, quantity, date = pl.col(n.PRICE), pl.col(n.QUANTITY), pl.col(n.DATE)
    yield price.shift(1).over(n.PRODUCT, order_by=n.DATE).alias(n.PREVIOUS)
    yield trailing.largest(price, options.reference_days).over(n.PRODUCT).alias(n.REFERENCE)
    days = _before(price.is_not_null().cast(pl.Int64))
    yield pl.when(days > 0).then(_before(price) / days).alias(n.PAST)
    recent = trailing.total(quantity, options.trend_days).over(n.PRODUCT)
    both = trailing.total(quantity, 2 * options.trend_days).over(n.PRODUCT)
    yield recent.alias(n.RECENT)
    yield (both - recent).alias(n.EARLIER)
    yield (date - date.min().over(n.PRODUCT)).dt.total_days().alias(n.AGE)


def _before(value: pl.Expr) -> pl.Expr:
    """Return the total of a product's earlier days."""
    return value.cum_sum().over(n.PRODUCT, order_by=n.DATE) - value
