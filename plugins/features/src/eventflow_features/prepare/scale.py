"""The step `prepare.scale`: bring numbers to comparable ranges."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

import polars as pl
from attrs import frozen

from eventflow.base import BaseStep, ComponentConfig
from eventflow.quantiles import exact_quantiles
from eventflow_features.prepare.choice import (
    Choice,
    is_quantity,
    measured,
    require_numbers,
    rewritten,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows

Method = Literal["robust", "standard", "minmax", "none"]
_ROUNDING: Final = 10 * 2.0**-52
"""A spread below this share of the centre is rounding: the column is constant."""


@frozen(kw_only=True)
class ScaleState:
    """What was learned.

    Attributes:
        centers: Column → what is subtracted.
        spreads: Column → what the rest is divided by; never 0.
    """

    centers: dict[str, float]
    spreads: dict[str, float]


class ScaleStep(BaseStep):
    """Scale numbers: ``(x - center) / spread``, with both learned on the fitting data.

    Shape: the same rows; scaled columns become Float64 under their own names.

    ``robust`` is (x - median) / (Q3 - Q1), quartiles by linear interpolation, as scikit-learn's
    RobustScaler; ``standard`` is (x - mean) / standard deviation, of the population (ddof = 0), as
    its StandardScaler; ``minmax`` is (x - min) / (max - min), as its MinMaxScaler. A constant
    column divides by 1 and becomes 0, but for rounding of its mean. Null stays null and takes no
    part in learning, nor do infinities. A column without a value when fitting is left as it is, as
    Float64. Values beyond the learned range scale beyond 0 and 1, unless `beyond` is ``clip``.

    Raises while the plan is built: `SchemaError` (EF301), `UnsuitableColumnError` (EF340).
    """

    rows: ClassVar[Rows] = "kept"
    fixed_schema: ClassVar[bool] = True

    class Config(ComponentConfig):
        """Options.

        Attributes:
            method: How columns are scaled for which nothing else is said.
            columns: Columns to scale, or column → method; every number if not given, but for
                entity, timestamp and bytes (``u8``), which are taken for codes and indicators.
            exclude: Columns to leave alone.
            quantiles: The two quantiles whose distance is the spread of ``robust``.
            beyond: What becomes of values beyond the learned range of ``minmax``.
        """

        method: Method = "robust"
        columns: dict[str, Method] | tuple[str, ...] | None = None
        exclude: tuple[str, ...] = ()
        quantiles: tuple[float, float] = (0.25, 0.75)
        beyond: Literal["keep", "clip"] = "keep"

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Needs the columns it scales; cannot say when dtypes decide."""
        del schema, columns
        return self._choice().reads()

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Return one row: per column a list of center, low and high, or center and spread."""
        methods = self._methods(frame)
        found = frame.columns()
        wanted = [self._statistics(c, m, found[c]).alias(c) for c, m in methods.items()]
        return frame.lazy.select(wanted) if wanted else None

    def fit(self, statistics: pl.DataFrame) -> ScaleState:
        """Keep center and spread; a spread of nothing, or of rounding, divides by 1."""
        centers, spreads = {}, {}
        for column, (center, low, high) in statistics.row(0, named=True).items():
            if center is None:
                continue
            spread = high - low
            constant = spread <= _ROUNDING * abs(center) or not math.isfinite(spread)
            centers[column], spreads[column] = center, 1.0 if constant else spread
        return ScaleState(centers=centers, spreads=spreads)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Scale, lazily."""
        methods = self._methods(frame)
        if not methods:
            return frame
        scaled = [self._scaled(c, m, state).alias(c) for c, m in methods.items()]
        lazy = frame.lazy.with_columns(scaled)
        return frame.with_lazy(lazy, schema=rewritten(frame.schema, methods))

    def _choice(self) -> Choice:
        config = self.config
        return Choice(config.method, config.columns, exclude=config.exclude)

    def _methods(self, frame: EventFrame) -> dict[str, str]:
        chosen = self._choice().methods(frame, is_quantity)
        methods = {column: method for column, method in chosen.items() if method != "none"}
        require_numbers(methods, frame.columns())
        return methods

    def _statistics(self, column: str, method: str, dtype: pl.DataType) -> pl.Expr:
        """Return center, low end and high end as a list; low and high are a spread apart."""
        values = measured(column, dtype)
        if method == "robust":
            low, high = self.config.quantiles
            return exact_quantiles(values, (0.5, low, high))
        if method == "minmax":
            return pl.concat_list(values.min(), values.min(), values.max())
        return pl.concat_list(values.mean(), pl.lit(0.0), values.std(ddof=0))

    def _scaled(self, column: str, method: str, state: ScaleState) -> pl.Expr:
        values = pl.col(column).cast(pl.Float64)
        if column not in state.centers:
            return values
        scaled = (values - state.centers[column]) / state.spreads[column]
        return scaled.clip(0, 1) if method == "minmax" and self.config.beyond == "clip" else scaled
