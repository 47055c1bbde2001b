"""The features themselves: fitted edges and bounds, and one expression each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl
from attrs import frozen

from eventflow.base import BaseStep, ComponentConfig
from eventflow.quantiles import exact_quantiles
from eventflow.schema import ColumnSchema, EventSchema
from eventflow_churn import names as n
from eventflow_churn.customers import internal
from eventflow_churn.dictionary import DAYS_PER_MONTH, FEATURES
from eventflow_churn.options import ChurnConfig  # noqa: TC001 - pydantic resolves it at runtime

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.types import Rows

_QUARTILES: Final = (0.25, 0.5, 0.75)
_BOUNDS: Final = {n.VALUE_RATE: "daily_value_bounds", n.USAGE_RATE: "feature_usage_bounds"}
_LIMITS: Final[dict[str, tuple[int, int | None]]] = {
    n.DAYS_SINCE: (0, None),
    n.TENURE: (0, None),
    n.RECENCY: (0, 1),
    n.TIER: (1, 4),
    n.PLAN_SCORE: (0, 1),
    n.ENGAGEMENT: (0, 1),
    n.RFM_RECENCY: (0, None),
    n.RFM_FREQUENCY: (0, None),
    n.BTYD_FREQUENCY: (0, None),
    n.BTYD_RECENCY: (0, None),
    n.BTYD_AGE: (0, None),
    n.BTYD_ALIVE: (0, 1),
}


@frozen(kw_only=True)
class ChurnState:
    """What was learned from the fitting data; reused unchanged on new data.

    Attributes:
        value_edges: The three inner quartile edges of total value; empty when no value was known.
        daily_value_bounds: Lower and upper bound of the daily value rate; empty when unknown or
            when it is no part of the engagement score.
        feature_usage_bounds: The same of the feature usage rate.
    """

    value_edges: tuple[float, ...] = ()
    daily_value_bounds: tuple[float, ...] = ()
    feature_usage_bounds: tuple[float, ...] = ()


class FeaturesConfig(ComponentConfig):
    """What to compute.

    Attributes:
        options: Options of the blueprint.
        fields: Names of the optional fields that are present.
        made: Features that were made before; carried along.
    """

    options: ChurnConfig
    fields: frozenset[str]
    made: tuple[str, ...] = ()


class ChurnFeatures(BaseStep):
    """Compute the churn features of prepared customers.

    Shape: the same rows; columns customer_id, the columns to keep, and the features whose fields
    are present, with the units and null rules of the feature dictionary.

    Learning looks at all rows once: quantiles use linear interpolation (type 7 of Hyndman and Fan
    1996, as NumPy and scikit-learn do) and nulls take no part. With its state, the step looks at
    each row alone.
    """

    Config: ClassVar[type[BaseModel]] = FeaturesConfig
    rows: ClassVar[Rows] = "kept"
    fixed_schema: ClassVar[bool] = True

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Read every prepared column."""
        del schema
        return frozenset(columns)

    def learn(self, frame: EventFrame) -> pl.LazyFrame:
        """Return one row: a list of quartile edges, and a list of bounds for each scaled rate."""
        wanted = {"value_edges": exact_quantiles(pl.col(internal(n.VALUE)), _QUARTILES)}
        for name, rate in self._rates().items():
            if name in _BOUNDS and name in self.config.options.engagement:
                wanted[_BOUNDS[name]] = exact_quantiles(rate, self.config.options.engagement_range)
        return frame.lazy.select(**wanted)

    def fit(self, statistics: pl.DataFrame) -> ChurnState:
        """Keep the edges and bounds that are known."""
        learned = statistics.row(0, named=True)
        return ChurnState(**{name: _known(values) for name, values in learned.items()})

    def apply(self, frame: EventFrame, state: ChurnState) -> EventFrame:
        """Compute every feature whose fields are present, in one pass."""
        made = {**self._rates(), **self._scores(state)}
        made[n.ENGAGEMENT] = _weighted_mean(self._components(made, state))
        before = {n.DAYS_SINCE, n.TENURE, *self.config.made}
        ordered = [f.name for f in FEATURES if f.name in made or f.name in before]
        carried = [n.CUSTOMER, *self.config.options.keep]
        lazy = frame.lazy.select(*carried, *(made.get(f, pl.col(f)).alias(f) for f in ordered))
        return frame.with_lazy(lazy, schema=_schema(ordered))

    def _rates(self) -> dict[str, pl.Expr]:
        """Rates per time of tenure; undefined within the first whole day."""
        days = pl.when(pl.col(n.TENURE) > 0).then(pl.col(n.TENURE))
        per_day = {n.VALUE_RATE: pl.col(internal(n.VALUE)) / days}
        if n.TICKETS in self.config.fields:
            per_day[n.SUPPORT] = pl.col(internal(n.TICKETS)) / days * DAYS_PER_MONTH
        if n.USES in self.config.fields:
            per_day[n.USAGE_RATE] = pl.col(internal(n.USES)) / days
        return per_day

    def _scores(self, state: ChurnState) -> dict[str, pl.Expr]:
        decay = -math.log(2) / self.config.options.half_life_days
        scores = {
            n.RECENCY: (pl.col(n.DAYS_SINCE) * decay).exp(),
            n.TIER: _tier(pl.col(internal(n.VALUE)), state.value_edges),
        }
        if n.PLAN in self.config.fields:
            rank = pl.col(n.PLAN_RANK)
            top = len(self.config.options.plans) - 1
            scores[n.PLAN_SCORE] = pl.when(rank != n.UNKNOWN_PLAN).then(rank / top)
        return scores

    def _components(
        self, made: dict[str, pl.Expr], state: ChurnState
    ) -> Iterator[tuple[float, pl.Expr]]:
        """Yield weight and value in [0, 1] of each component that is present and has spread."""
        for name, weight in self.config.options.engagement.items():
            if name in _BOUNDS:
                bounds: tuple[float, ...] = getattr(state, _BOUNDS[name])
                if name in made and len(set(bounds)) > 1:
                    yield weight, _scaled(made[name], *bounds)
            elif name in made:
                yield weight, made[name]


def _known(values: list[float | None]) -> tuple[float, ...]:
    known = tuple(v for v in values if v is not None)
    return known if len(known) == len(values) else ()


def _tier(value: pl.Expr, edges: Sequence[float]) -> pl.Expr:
    if not edges:
        return pl.lit(None, pl.UInt8)
    above = [(value > edge).cast(pl.UInt8) for edge in edges]
    return pl.lit(1, pl.UInt8) + above[0] + above[1] + above[2]


def _scaled(value: pl.Expr, low: float, high: float) -> pl.Expr:
    return ((value - low) / (high - low)).clip(0, 1)


def _weighted_mean(components: Iterable[tuple[float, pl.Expr]]) -> pl.Expr:
    """Mean over the components that are not null; null when there is none."""
    present = list(components)
    if not present:
        return pl.lit(None, pl.Float64)
    total = pl.sum_horizontal(value * weight for weight, value in present)
    weights = pl.sum_horizontal(value.is_not_null() * weight for weight, value in present)
    return pl.when(weights > 0).then(total / weights)


def _schema(features: Sequence[str]) -> EventSchema:
    """Describe the output: the limits that hold by definition, and units."""
    units = {f.name: (f.unit, f.formula) for f in FEATURES}
    columns = {n.CUSTOMER: ColumnSchema(nullable=False)}
    for name in features:
        low, high = _LIMITS.get(name, (None, None))
        unit, formula = units[name]
        columns[name] = ColumnSchema(minimum=low, maximum=high, unit=unit, description=formula)
    return EventSchema(entity=n.CUSTOMER, columns=columns)
