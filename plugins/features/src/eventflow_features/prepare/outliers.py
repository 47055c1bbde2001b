"""The step `prepare.outliers`: fences are learned once, what lies outside is treated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Self

import polars as pl
from attrs import frozen
from pydantic import Field, model_validator

from eventflow.base import BaseStep, ComponentConfig
from eventflow.frame import Account, EventFrame, Rejection
from eventflow.quantiles import exact_quantiles
from eventflow_features.prepare.choice import (
    Choice,
    is_quantity,
    measured,
    require_free,
    require_numbers,
    rewritten,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow.frame import Outcome
    from eventflow.schema import EventSchema
    from eventflow.types import Rows

Method = Literal["iqr", "zscore", "modified_zscore", "percentile", "none"]
_FACTORS: Final = {"iqr": 1.5, "zscore": 3.0, "modified_zscore": 3.5}
_NORMAL_MAD: Final = 0.6745  # third quartile of the standard normal distribution
_NORMAL_MEAN_DEVIATION: Final = 1.253314  # sqrt(pi / 2)
_SUFFIX: Final = "_outlier"
_WORDS: Final = {"cap": "capped", "null": "made null", "flag": "marked"}


@frozen(kw_only=True)
class OutlierState:
    """What was learned.

    Attributes:
        low: Column → lower fence; None where nothing was known.
        high: Column → upper fence.
    """

    low: dict[str, float | None]
    high: dict[str, float | None]


class OutlierStep(BaseStep):
    """Treat values outside fences that were learned on the fitting data.

    Shape: the same columns and dtypes; ``flag`` adds a Boolean ``COLUMN_outlier`` for each.

    Fences, with linear quantiles: ``iqr`` Q1 - f·IQR and Q3 + f·IQR, f = 1.5 (Tukey 1977);
    ``zscore`` mean ± f·standard deviation, f = 3, of the population (ddof = 0); among n values none
    lies further than (n - 1)/sqrt(n), so that 3 finds nothing in ten rows; ``modified_zscore``
    median ± f·MAD/0.6745, f = 3.5 (Iglewicz and Hoaglin 1993), and where MAD is 0, median ±
    f·1.253314·mean absolute deviation; ``percentile`` the two quantiles given.

    Values on a fence are inside. Null and NaN are no outliers. Integers are capped at the nearest
    integer inside. A constant column has no outliers when fitted; on new data every other value is
    one. A column without a value when fitting has no fences. Capped and nulled rows stay
    and are counted as changed, marked ones as flagged, column by column; dropped rows leave for the
    first column that is out.

    Raises while the plan is built: `SchemaError` (EF301), `UnsuitableColumnError` (EF340),
    `NameTakenError` (EF322).
    """

    rows: ClassVar[Rows] = "accounted"
    fixed_schema: ClassVar[bool] = True

    class Config(ComponentConfig):
        """Options.

        Attributes:
            method: How fences are found for columns of which nothing else is said.
            action: What becomes of values outside.
            columns: Columns to look at, or column → method; every number if not given, but for
                entity, timestamp and bytes (``u8``), which are taken for codes and indicators.
            exclude: Columns to leave alone.
            factor: How far out the fences lie; as documented for the method if not given.
            percentiles: The fences of ``percentile``, as quantiles from 0 to 1.
            outcome: What becomes of rows that are dropped.
        """

        method: Method = "iqr"
        action: Literal["cap", "drop", "null", "flag"] = "cap"
        columns: dict[str, Method] | tuple[str, ...] | None = None
        exclude: tuple[str, ...] = ()
        factor: float | None = Field(default=None, gt=0)
        percentiles: tuple[float, float] = (0.01, 0.99)
        outcome: Literal["dropped", "quarantined"] = "dropped"

        @model_validator(mode="after")
        def _ascending(self) -> Self:
            low, high = self.percentiles
            if not 0 <= low < high <= 1:
                msg = "percentiles are two quantiles from 0 to 1, the lower one first"
                raise ValueError(msg)
            return self

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Needs the columns it looks at; cannot say when dtypes decide."""
        del schema, columns
        return self._choice().reads()

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Return one row: per column a list of what its fences are made of."""
        found = frame.columns()
        wanted = [self._facts(c, m, found[c]).alias(c) for c, m in self._methods(frame).items()]
        return frame.lazy.select(wanted) if wanted else None

    def fit(self, statistics: pl.DataFrame) -> OutlierState:
        """Keep the fences that are known."""
        found = statistics.row(0, named=True).items()
        fences = {column: self._fences(column, *facts) for column, facts in found}
        return OutlierState(
            low={column: low for column, (low, _) in fences.items()},
            high={column: high for column, (_, high) in fences.items()},
        )

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Treat what lies outside, lazily, and account for it."""
        fences = self._known(frame, state)
        outside = {c: _outside(c, *between) for c, between in fences.items()}
        if self.config.action == "drop":
            rules = [
                Rejection(f"outlier: {column}", when, self.config.outcome)
                for column, when in outside.items()
            ]
            return frame.reject(*rules) if rules else frame
        made = self._made(frame, fences, outside)
        if not made:
            return frame
        schema = rewritten(frame.schema, made if self.config.action == "null" else ())
        treated = frame.with_lazy(frame.lazy.with_columns(**made), schema=schema)
        return treated.account(self._account(frame, outside)) if outside else treated

    def _made(
        self,
        frame: EventFrame,
        fences: Mapping[str, tuple[float, float]],
        outside: Mapping[str, pl.Expr],
    ) -> dict[str, pl.Expr]:
        found = frame.columns()
        if self.config.action == "cap":
            return {c: _capped(c, found[c], *between) for c, between in fences.items()}
        if self.config.action == "null":
            return {c: pl.when(when.not_()).then(pl.col(c)) for c, when in outside.items()}
        nothing = pl.lit(False)  # noqa: FBT003 - the value itself
        marks = {c + _SUFFIX: outside.get(c, nothing) for c in self._methods(frame)}
        require_free(marks, found, key="action")
        return marks

    def _account(self, frame: EventFrame, outside: Mapping[str, pl.Expr]) -> Account:
        outcome: Outcome = "flagged" if self.config.action == "flag" else "changed"
        reasons = {c: f"outlier {_WORDS[self.config.action]}: {c}" for c in outside}
        sums = [when.sum().cast(pl.UInt64).alias(reasons[c]) for c, when in outside.items()]
        counts = frame.lazy.select(sums).unpivot(variable_name="reason", value_name="rows")
        return Account(counts=counts, outcomes=dict.fromkeys(reasons.values(), outcome))

    def _choice(self) -> Choice:
        config = self.config
        return Choice(config.method, config.columns, exclude=config.exclude)

    def _methods(self, frame: EventFrame) -> dict[str, str]:
        chosen = self._choice().methods(frame, is_quantity)
        methods = {column: method for column, method in chosen.items() if method != "none"}
        require_numbers(methods, frame.columns())
        return methods

    def _known(self, frame: EventFrame, state: Any) -> dict[str, tuple[float, float]]:
        out = {}
        for column in self._methods(frame):
            low, high = state.low.get(column), state.high.get(column)
            if low is not None and high is not None:
                out[column] = (low, high)
        return out

    def _facts(self, column: str, method: str, dtype: pl.DataType) -> pl.Expr:
        """Return two quantiles, mean and deviation, or median, MAD and mean deviation."""
        values = measured(column, dtype)
        if method == "percentile":
            return exact_quantiles(values, self.config.percentiles)
        if method == "iqr":
            return exact_quantiles(values, (0.25, 0.75))
        if method == "zscore":
            return pl.concat_list(values.mean(), values.std(ddof=0))
        middle = exact_quantiles(values, (0.5,))
        away = (values - middle.list.first()).abs()
        return pl.concat_list(middle, exact_quantiles(away, (0.5,)), away.mean())

    def _fences(self, column: str, *facts: float | None) -> tuple[float | None, float | None]:
        """Return the lower and the upper fence; None where nothing was known."""
        known = [fact for fact in facts if fact is not None]
        if len(known) < len(facts):
            return None, None
        named = self.config.columns
        method = named[column] if isinstance(named, dict) else self.config.method
        if method == "percentile":
            return known[0], known[1]
        low, high, reach = _center_and_reach(method, known)
        reach *= self.config.factor or _FACTORS[method]
        return low - reach, high + reach


def _center_and_reach(method: str, facts: Sequence[float]) -> tuple[float, float, float]:
    """Return between what nothing is an outlier, and the unit in which the rest is measured."""
    if method == "iqr":
        first, third = facts
        return first, third, third - first
    if method == "zscore":
        mean, deviation = facts
        return mean, mean, deviation
    median, mad, away = facts
    unit = mad / _NORMAL_MAD if mad > 0 else away * _NORMAL_MEAN_DEVIATION
    return median, median, unit


def _outside(column: str, low: float, high: float) -> pl.Expr:
    values = pl.col(column)
    beyond = (values < low) | ((values > high) & values.is_not_nan())
    return beyond.fill_null(False)  # noqa: FBT003 - the value itself


def _capped(column: str, dtype: pl.DataType, low: float, high: float) -> pl.Expr:
    """Clip within the dtype; NaN, which is above all numbers, stays NaN."""
    if not dtype.is_integer():
        lower, upper = (pl.lit(fence).cast(dtype) for fence in (low, high))
        return pl.col(column).clip(lower, upper)
    smallest, largest = (pl.select(end).item() for end in (dtype.min(), dtype.max()))  # type: ignore[attr-defined] # integers have both
    inside = (
        min(max(math.ceil(low), smallest), largest),
        max(min(math.floor(high), largest), smallest),
    )
    return pl.col(column).clip(*(pl.lit(fence).cast(dtype) for fence in inside))
