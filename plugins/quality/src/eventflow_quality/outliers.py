"""Values far from the others: by quartiles, by z-score, by modified z-score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow.quantiles import exact_quantiles
from eventflow_quality.checks import Beside, Check, Measured, counted, name
from eventflow_quality.conditions import value_of
from eventflow_quality.errors import RuleTypeError

if TYPE_CHECKING:
    from eventflow.frame import EventFrame
    from eventflow_quality.config import GateConfig
    from eventflow_quality.rules import Rules
    from eventflow_quality.table_options import OutlierRule

_FACTORS = {"iqr": 1.5, "zscore": 3.0, "modified_zscore": 3.5}
_WORDS = {
    "iqr": "interquartile ranges from the quartiles",
    "zscore": "standard deviations from the mean",
    "modified_zscore": "by modified z-score from the median",
}
_NORMAL_MAD = 0.6745  # quartile of the standard normal: MAD / 0.6745 estimates sigma
_NORMAL_MEAN_DEVIATION = 1.253314  # sqrt(pi / 2): mean absolute deviation times this does as well


def outliers(rules: Rules, rule: OutlierRule, config: GateConfig, frame: EventFrame) -> Measured:
    """Count values within the fences, which are worked out from all finite values.

    Raises:
        RuleTypeError: The column is no number.
    """
    column, dtype = rules.column, frame.columns()[rules.column]
    if not dtype.is_numeric():
        raise RuleTypeError.for_outliers(column, dtype)
    key = name(f"outliers {rule.method}", column)
    factor = rule.factor or _FACTORS[rule.method]
    value = value_of(column, dtype).cast(pl.Float64)
    low, high = f"low {key}", f"high {key}"
    table = frame.lazy.select(value.alias("x")).select(_fences(rule.method, factor, low, high))
    check = Check(
        dimension="consistency",
        check=f"outliers {rule.method}",
        columns=(column,),
        passed=f"passed {key}",
        total=f"total {key}",
        examples=f"examples {key}",
        required=config.consistency if rule.required is None else rule.required,
        severity=rule.severity or config.severity.outliers,
        wanted=f"within {factor:g} {_WORDS[rule.method]}",
        masked=rules.sensitive,
    )
    holds = value.is_between(low, high)
    return Measured(
        check=check, **counted(key, holds, value_of(column, dtype)), beside=(Beside(table=table),)
    )


def _fences(method: str, factor: float, low: str, high: str) -> list[pl.Expr]:
    """Return the fences; where all values are equal they are that value, without rounding."""
    x = pl.when(pl.col("x").is_finite()).then("x")
    match method:
        case "iqr":
            quartiles = exact_quantiles(x, (0.25, 0.75))
            first, third = quartiles.list.first(), quartiles.list.last()
            below, above, spread = first, third, third - first
        case "zscore":
            below = above = x.mean()
            spread = x.std(ddof=1)
        case _:
            below = above = exact_quantiles(x, (0.5,)).list.first()
            apart = (x - below).abs()
            usual = exact_quantiles(apart, (0.5,)).list.first() / _NORMAL_MAD
            fallback = apart.mean() * _NORMAL_MEAN_DEVIATION
            spread = pl.when(usual > 0).then(usual).otherwise(fallback)
    constant = x.min() == x.max()
    return [
        pl.when(constant).then(x.min()).otherwise(below - factor * spread).alias(low),
        pl.when(constant).then(x.max()).otherwise(above + factor * spread).alias(high),
    ]
