"""Whether values are spread as they were: population stability index, Kolmogorov-Smirnov.

PSI = sum over bins of (p - q) ln(p / q), p and q being the shares of a bin now and in the
reference, each at least 0.0001 so that an empty bin counts and does not divide by zero. Bins of
numbers are the ten between the reference's deciles; bins of text are its 50 most frequent values
and one of all others (Siddiqi, "Credit Risk Scorecards", 2006, gives 0.1 and 0.25 as customary
bounds). KS is the greatest distance between two empirical distribution functions (Smirnov 1939):
exact against a file; against a saved run at its deciles, which is at most the exact distance and at
most the share of one bin below it. Missing values take no part: completeness tells of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.quality import Distribution
from eventflow_quality.checks import Check, Measured, name
from eventflow_quality.conditions import value_of
from eventflow_quality.errors import RuleTypeError
from eventflow_quality.reference import FileReference, reference_of
from eventflow_quality.spread import (
    OTHERS,
    ZEROS,
    edges_of,
    ks_exact,
    ks_of_bins,
    number_bins,
    psi,
    text_bins,
    top_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from eventflow.frame import EventFrame
    from eventflow_quality.config import GateConfig
    from eventflow_quality.reference import RunReference
    from eventflow_quality.table_options import DriftRule

_TEXT = (pl.String, pl.Categorical, pl.Enum, pl.Boolean)


@frozen(kw_only=True)
class Watched:
    """A column that is watched for drift.

    Attributes:
        column: Its name.
        values: Its values as the column `x`, missing ones left out: f64, or text.
        number: Whether it is a number.
    """

    column: str
    values: pl.LazyFrame
    number: bool

    def saved(self) -> pl.LazyFrame:
        """Return one row that tells how the values are spread, for `distribution`."""
        edges = edges_of(self.values) if self.number else None
        bins = (
            text_bins(self.values, top_values(self.values))
            if edges is None
            else number_bins(self.values, edges)
        )
        lists = bins.sort("bin").select(
            pl.col("bin").implode().alias(name("bins", self.column)),
            pl.col("count").implode().alias(name("counts", self.column)),
        )
        if edges is None:
            return lists
        renamed = edges.rename({"edges": name("edges", self.column)})
        return pl.concat([lists, renamed], how="horizontal")


def watched(rule: DriftRule, frame: EventFrame) -> list[Watched]:
    """Return the columns to watch.

    Raises:
        RuleTypeError: A column is neither number nor text (EF410).
    """
    return [_watched(column, frame.lazy, frame.columns()) for column in rule.columns]


def _watched(column: str, lazy: pl.LazyFrame, found: Mapping[str, pl.DataType]) -> Watched:
    dtype = found[column]
    number = dtype.is_numeric()
    if not number and not isinstance(dtype, _TEXT):
        raise RuleTypeError.for_drift(column, dtype, None)
    value = value_of(column, dtype).cast(pl.Float64 if number else pl.String)
    values = lazy.select(value.alias("x")).drop_nulls()
    return Watched(column=column, values=values, number=number)


def drift(config: GateConfig, frame: EventFrame) -> Iterator[Measured]:
    """Yield the checks of every watched column; none without a reference.

    Raises:
        NoReferenceError: The reference cannot be read (EF415).
        RuleTypeError: A column cannot be compared with its reference (EF410).
    """
    rule = config.drift
    if rule is None or rule.reference is None:
        return
    reference = reference_of(rule.reference)
    for now in watched(rule, frame):
        then = _in_file(reference, now) if isinstance(reference, FileReference) else reference
        if rule.psi is not None:
            yield _check("psi", now.column, rule.psi, _psi(now, then), rule, config)
        if rule.ks is not None and now.number:
            yield _check("ks", now.column, rule.ks, _ks(now, then), rule, config)


def _in_file(reference: FileReference, now: Watched) -> Watched:
    here = pl.Float64() if now.number else pl.String()
    if now.column not in reference.columns:
        raise RuleTypeError.for_drift(now.column, here, None)
    then = _watched(now.column, reference.lazy, reference.columns)
    if then.number != now.number:
        raise RuleTypeError.for_drift(now.column, here, reference.columns[now.column])
    return then


def _psi(now: Watched, then: Watched | RunReference) -> pl.LazyFrame:
    if isinstance(then, Watched):
        if now.number:
            edges = edges_of(then.values)
            return psi(number_bins(now.values, edges), number_bins(then.values, edges))
        top = top_values(then.values)
        return psi(text_bins(now.values, top), text_bins(then.values, top))
    edges_or_top, bins = then.bins(now.column, number=now.number)
    made = number_bins if now.number else text_bins
    return psi(made(now.values, edges_or_top), bins)


def _ks(now: Watched, then: Watched | RunReference) -> pl.LazyFrame:
    if isinstance(then, Watched):
        return ks_exact(now.values, then.values)
    edges, bins = then.bins(now.column, number=True)
    return ks_of_bins(number_bins(now.values, edges), bins)


def _check(  # noqa: PLR0913, PLR0917 - the parts of a check
    measure: str,
    column: str,
    limit: float,
    value: pl.LazyFrame,
    rule: DriftRule,
    config: GateConfig,
) -> Measured:
    key, found = name(f"drift {measure}", column), pl.col("value")
    table = value.select(
        (found < limit).fill_null(value=False).cast(pl.Int64).alias(f"passed {key}"),
        found.is_not_null().cast(pl.Int64).alias(f"total {key}"),
        pl.format(f"{measure.upper()} is {{}}", found.round(4)).alias(f"found {key}"),
    )
    check = Check(
        dimension="consistency",
        check=f"drift {measure}",
        columns=(column,),
        passed=f"passed {key}",
        total=f"total {key}",
        found=f"found {key}",
        required=1.0 if rule.required is None else rule.required,
        severity=rule.severity or config.severity.consistency,
        wanted=f"below {limit:g}",
    )
    return Measured(check=check, table=table)


def distribution(column: str, row: Mapping[str, Any]) -> Distribution:
    """Return how a column is spread, from the metrics that `Watched.saved` asked for."""
    counts = dict(zip(row[name("bins", column)], row[name("counts", column)], strict=True))
    edges = row.get(name("edges", column))
    if edges is None:
        values = tuple(value for value in counts if value != OTHERS)
        last = counts.get(OTHERS, 0)
        return Distribution(
            column=column, values=values, counts=(*(counts[v] for v in values), last)
        )
    known = tuple(edge for edge in edges if edge is not None)
    return Distribution(
        column=column, edges=known, counts=tuple(counts.get(number, 0) for number in ZEROS)
    )
