"""The revenue blueprint: features of every day of a complete calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import evolve

from eventflow.base import BaseBlueprint
from eventflow.blueprint import bind_fields
from eventflow_features.row_expression import misfit
from eventflow_revenue import names as n
from eventflow_revenue.days import FoldDays, PrepareRevenue
from eventflow_revenue.dictionary import FEATURES, FIELDS
from eventflow_revenue.features import RevenueFeatures
from eventflow_revenue.options import RevenueConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl
    from pydantic import BaseModel

    from eventflow.blueprint import Binding, Compatibility, FeatureSpec, FieldSpec
    from eventflow.schema import EventSchema
    from eventflow.types import Step


class RevenueProjection(BaseBlueprint):
    """Trailing averages, growth, seasons and volatility of revenue, day by day.

    Shape: one row per series and day; columns series (where bound), date, revenue, customer_count
    (where known) and the features. `features` is their dictionary.

    It reads daily revenue or raw transactions alike: rows of one day and series are added, and
    distinct customers counted where there is no count. Every series gets a **complete calendar**
    from its first row to the last day before `as_of`: days without a row have revenue 0, days
    before the first row do not exist. Negative days stay negative.

    A row speaks **as of the end of its day**: it uses that day and the days before it, nothing
    later. To learn to project, put the target after it: the revenue of the days that follow. Where
    `as_of` lies within a day, that day is the last row, holds what had come in by then, and is
    flagged by ``period_incomplete``.

    Only rows before `as_of` count; later ones are dropped and counted. Rows without date, series or
    revenue are quarantined with the reason, and their day counts what else it has.

    Errors: missing and ill-typed fields are reported by `compatibility` before any data is read.

    Source: the features named in the product's specification; definitions as cited in `features`.
    """

    Config: ClassVar[type[BaseModel]] = RevenueConfig
    config: RevenueConfig
    name: ClassVar[str] = "revenue_projection"
    version: ClassVar[str] = "1.0"
    fields: ClassVar[tuple[FieldSpec, ...]] = FIELDS
    features: ClassVar[tuple[FeatureSpec, ...]] = FEATURES

    def compatibility(
        self, schema: EventSchema, columns: Mapping[str, pl.DataType]
    ) -> Compatibility:
        """Bind the fields; an amount stands in for revenue, customers for their number."""
        amount = self.config.amount
        fields = tuple(f for f in FIELDS if f.name != n.REVENUE or amount is None)
        found = bind_fields(fields, FEATURES, schema, columns, self.config.columns)
        if n.CUSTOMER in found.columns:
            found = evolve(found, left_out={})
        if amount is None:
            return found
        off = misfit("amount", amount, columns, needs="numeric")
        return evolve(
            found,
            missing=found.missing | off.missing,
            wrong=found.wrong | off.wrong,
            mistyped=found.mistyped | off.mistyped,
        )

    def steps(self, binding: Binding) -> Sequence[Step]:
        """Return three steps: prepare rows, fold them into days, complete and describe those."""
        return (
            PrepareRevenue(binding=binding, options=self.config),
            FoldDays(),
            RevenueFeatures(binding=binding),
        )
