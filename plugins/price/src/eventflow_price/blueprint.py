"""The price blueprint: elasticity, demand and position of products."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from eventflow.base import BaseBlueprint
from eventflow_price import names as n
from eventflow_price.categories import CategoryPrices
from eventflow_price.days import FoldDays, PrepareSales
from eventflow_price.dictionary import FEATURES, FIELDS
from eventflow_price.history import RowFeatures
from eventflow_price.moment import Moment
from eventflow_price.options import PriceConfig
from eventflow_price.products import ProductFeatures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import BaseModel

    from eventflow.blueprint import Binding, FeatureSpec, FieldSpec
    from eventflow.types import Step


class PriceOptimization(BaseBlueprint):
    """Price elasticity, demand trend and price position of products.

    Shape: `level: row` gives one row per product and day that has one; columns product_id, date,
    category (where bound), price, quantity_sold and the features. `level: product` gives one row
    per product as of the run's moment, with the price of its last day. `features` is the
    dictionary.

    Rows of a product and day are added first: the price of the day is what a piece cost on average,
    the revenue what came in. Nothing is filled in: a day without a row has no price.

    At `level: row`, price, quantity and revenue are the day's own, and revenue is an outcome, not
    an input; every other feature compares that price with **earlier days only**, or is made of
    them. At `level: product`, everything before `as_of` counts.

    The elasticity is the slope of a log-log regression. It stands only where the history can carry
    it (see `minimum_points`, `minimum_prices`, `minimum_log_price_sd`), and else is null, with the
    reason beside it. It describes; prices that answer to demand make it no effect of price.

    Rows without product, date, price or quantity, with a price that is not positive or a quantity
    below zero, are quarantined with the reason; later rows are dropped and counted.

    Errors: missing and ill-typed fields are reported by `compatibility` before any data is read.

    Source: the features named in the product's specification; definitions as cited in `features`.
    """

    Config: ClassVar[type[BaseModel]] = PriceConfig
    config: PriceConfig
    name: ClassVar[str] = "price_optimization"
    version: ClassVar[str] = "1.0"
    fields: ClassVar[tuple[FieldSpec, ...]] = FIELDS
    features: ClassVar[tuple[FeatureSpec, ...]] = FEATURES

    def steps(self, binding: Binding) -> Sequence[Step]:
        """Return three or four steps: prepare, fold into days, compare in category, describe."""
        return tuple(self._steps(binding))

    def _steps(self, binding: Binding) -> Iterator[Step]:
        options = self.config
        compared = binding.has(n.CATEGORY)
        yield PrepareSales(binding=binding)
        yield FoldDays()
        if options.level == "product":
            moment = Moment.of(binding.as_of, binding.zone)
            yield ProductFeatures(options=options, moment=moment, compared=compared)
            return
        if compared:
            yield CategoryPrices(days=options.category_days)
        yield RowFeatures(options=options)
