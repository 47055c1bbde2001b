"""Quantiles, frequencies, pairs and gaps: each against its definition as a Python loop."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eventflow_features import AggregateSpec, EntityAggregation, FeatureAggregationStep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventflow_features.planner.choose import Form

AS_OF = datetime(2024, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)
SCHEMA: dict[str, pl.DataType] = {
    "who": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "x": pl.Float64(),
    "y": pl.Float64(),
    "code": pl.String(),
}
Row = dict[str, Any]


def _numbers(rows: Sequence[Row]) -> list[float]:
    return [r["x"] for r in rows if r["x"] is not None]


def _pairs(rows: Sequence[Row], other: str = "y") -> list[tuple[float, float]]:
    return [(r["x"], r[other]) for r in rows if r["x"] is not None and r[other] is not None]


def _ranked(rows: Sequence[Row]) -> list[str]:
    times = Counter(r["code"] for r in rows if r["code"] is not None)
    return sorted(times, key=lambda code: (-times[code], code))


def _entropy(rows: Sequence[Row]) -> float | None:
    times = Counter(r["code"] for r in rows if r["code"] is not None).values()
    if not times:
        return None
    return abs(-sum(t / sum(times) * math.log(t / sum(times)) for t in times))


def _days(rows: Sequence[Row]) -> list[float]:
    return sorted((r["at"] - AS_OF) / DAY for r in rows)


def _cv(rows: Sequence[Row]) -> float | None:
    gaps = [b - a for a, b in pairwise(_days(rows))]
    if len(gaps) < 2 or max(gaps) == 0:
        return None
    return statistics.stdev(gaps) / statistics.fmean(gaps)


def _trend(rows: Sequence[Row]) -> float | None:
    points = [((r["at"] - AS_OF) / DAY, r["x"]) for r in rows if r["x"] is not None]
    if len({t for t, _ in points}) < 2:
        return None
    return statistics.linear_regression(*zip(*points, strict=True)).slope


def _correlation(rows: Sequence[Row]) -> float | None:
    pairs = _pairs(rows)
    if len(pairs) < 2 or any(len(set(side)) < 2 for side in zip(*pairs, strict=True)):
        return None
    return statistics.correlation(*zip(*pairs, strict=True))


def _covariance(rows: Sequence[Row]) -> float | None:
    pairs = _pairs(rows)
    return statistics.covariance(*zip(*pairs, strict=True)) if len(pairs) > 1 else None


def _ratio(rows: Sequence[Row]) -> float | None:
    pairs = _pairs(rows)
    below = sum(y for _, y in pairs)
    return sum(x for x, _ in pairs) / below if below else None


SPECS: dict[str, tuple[dict[str, Any], Callable[[Sequence[Row]], Any]]] = {
    "median": ({"value": "x"}, lambda r: statistics.median(_numbers(r)) if _numbers(r) else None),
    "quantile": (
        {"value": "x", "options": {"q": 0.9}},
        lambda r: float(np.quantile(_numbers(r), 0.9)) if _numbers(r) else None,
    ),
    "mode": ({"value": "code"}, lambda r: next(iter(_ranked(r)), None)),
    "top_k": ({"value": "code", "options": {"k": 2}}, lambda r: _ranked(r)[:2]),
    "entropy": ({"value": "code"}, _entropy),
    "ratio": ({"value": "x", "options": {"other": "y"}}, _ratio),
    "cov": ({"value": "x", "options": {"other": "y"}}, _covariance),
    "corr": ({"value": "x", "options": {"other": "y"}}, _correlation),
    "trend": ({"value": "x"}, _trend),
    "time_since": ({}, lambda r: -max(_days(r)) if r else None),
    "gap_mean": ({}, lambda r: (max(_days(r)) - min(_days(r))) / (len(r) - 1) if r[1:] else None),
    "gap_cv": ({}, _cv),
    "approx_n_unique": ({"value": "code"}, lambda r: len(_ranked(r))),
}
WINDOWS = {"all": None, "2d": 2 * DAY}

_event = st.tuples(
    st.sampled_from(["a", "b"]),
    st.integers(-200, 3).map(lambda h: AS_OF + timedelta(hours=h)),
    st.one_of(st.none(), st.integers(-40, 40).map(lambda c: c / 8)),
    st.one_of(st.none(), st.integers(1, 40).map(lambda c: c / 8)),
    st.sampled_from(["x", "", "李", "longer than what is held inline", None]),
)


def _aggregation(form: Form) -> EntityAggregation:
    specs = [
        AggregateSpec(name=f"{op} {window}", op=op, window=window, **given)
        for op, (given, _) in SPECS.items()
        for window in WINDOWS
    ]
    return EntityAggregation(by="who", time="at", as_of=AS_OF, aggregates=specs, form=form)


def _check(found: pl.DataFrame, events: Sequence[tuple[Any, ...]]) -> None:
    rows = [dict(zip(SCHEMA, event, strict=True)) for event in events]
    counted = [r for r in rows if r["at"] < AS_OF]
    answers = {row["who"]: row for row in found.iter_rows(named=True)}
    assert answers.keys() == {r["who"] for r in counted}
    for who, row in answers.items():
        for op, (_, naive) in SPECS.items():
            for window, length in WINDOWS.items():
                inside = [
                    r
                    for r in counted
                    if r["who"] == who and (length is None or r["at"] >= AS_OF - length)
                ]
                got, expected = row[f"{op} {window}"], naive(inside)
                if isinstance(expected, float):
                    assert got is not None, (op, window)
                    assert math.isclose(got, expected, rel_tol=1e-6, abs_tol=1e-6), (op, window)
                else:
                    assert got == expected, (op, window)


@settings(deadline=None, max_examples=12)
@given(events=st.lists(_event, max_size=30), cut=st.integers(0, 30))
def test_each_equals_its_definition(events: list[tuple[Any, ...]], cut: int) -> None:
    """Over masked rows, from tiles, and from two parts merged."""
    rows = pl.LazyFrame(events, schema=SCHEMA, orient="row")
    for form in ("masks", "tiles"):
        _check(_aggregation(form).run(rows).collect(), events)
    made = _aggregation("masks")
    merged = made.merge(made.partial(rows.slice(cut)), made.partial(rows.slice(0, cut)))
    _check(made.finish(merged).collect(), events)


@pytest.mark.parametrize("distinct", [500, 50_000])
def test_many_distinct_values_are_estimated_within_four_standard_errors(distinct: int) -> None:
    """Up to the bound the count is exact; beyond it an estimate, the same for any split."""
    rows = pl.LazyFrame({"k": ["a"], "v": [[*range(distinct)] * 2]}).explode("v")
    spec = AggregateSpec(name="n", op="approx_n_unique", value="v")
    made = EntityAggregation(by="k", aggregates=[spec])
    found = made.run(rows).collect()["n"].item()
    halves = [made.partial(rows.filter(pl.col("v") % 2 == i)) for i in range(2)]
    assert made.finish(made.merge(*halves)).collect()["n"].item() == found
    if distinct < 1024:
        assert found == distinct
    assert abs(found - distinct) <= 4 / math.sqrt(1022) * distinct


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"op": "ratio", "column": "x"}, "ratio needs other"),
        ({"op": "quantile", "column": "x"}, "quantile needs q"),
        ({"op": "quantile", "column": "x", "q": 1.5}, "less than or equal to 1"),
        ({"op": "sum", "column": "x", "k": 3}, "k belongs to top_k, not to sum"),
        ({"op": "trend"}, "trend of what"),
    ],
)
def test_options_that_do_not_fit_are_refused(written: dict[str, Any], message: str) -> None:
    """The message names the option and where it belongs."""
    with pytest.raises(ValidationError, match=message):
        FeatureAggregationStep(aggregates={"a": written})


def test_the_other_column_must_be_a_number() -> None:
    """EF321 names it."""
    spec = AggregateSpec(name="a", op="corr", value="x", options={"other": "code"})
    with pytest.raises(Exception, match='cannot take corr of "code"'):
        EntityAggregation(by="who", aggregates=[spec]).run(pl.LazyFrame(schema=SCHEMA))
