"""Rules of a table: outliers, order, gaps, freshness, volume."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from statistics import fmean, median, quantiles, stdev
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.errors import EventflowError
from eventflow.schema import EventSchema
from judging import judged, the

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
AT = EventSchema(timestamp="at")
INF, NAN = float("inf"), float("nan")
METHODS = ("iqr", "zscore", "modified_zscore")


def within(values: list[float], method: str) -> int:
    """Count values within the fences, with Python's own statistics."""
    if len(set(values)) == 1:
        return len(values)
    middle = median(values)
    match method:
        case "iqr":
            low, _, high = quantiles(values, n=4, method="inclusive")
            fence = 1.5 * (high - low)
        case "zscore":
            low = high = fmean(values)
            fence = 3 * stdev(values)
        case _:
            low = high = middle
            mad = median(abs(v - middle) for v in values)
            mean_deviation = fmean(abs(v - middle) for v in values)
            fence = 3.5 * (mad / 0.6745 if mad else 1.253314 * mean_deviation)
    return sum(low - fence <= v <= high + fence for v in values)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(-5, 5) | st.sampled_from([100, -1000]), min_size=2, max_size=40),
    st.sampled_from(METHODS),
)
def test_outliers_agree_with_pythons_statistics(values: list[float], method: str) -> None:
    """Each method against the standard library; whole numbers, so that no fence is a near miss."""
    found = the(judged({"x": values}, columns={"x": {"outliers": method}}), f"outliers {method}")
    assert abs(found.passed - within(values, method)) == 0
    assert found.total == len(values)


def test_a_modified_z_score_worked_out_by_hand() -> None:
    """Median 3, MAD 1: 0.6745 (8 - 3) = 3.37 is within 3.5, and 0.6745 (9 - 3) = 4.05 is not."""
    rules = {"x": {"outliers": "modified_zscore"}}
    for last, passed in ((8, 5), (9, 4)):
        verdict = judged({"x": [1, 2, 3, 4, last]}, columns=rules)
        assert the(verdict, "outliers modified_zscore").passed == passed


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("values", "passed", "total"),
    [
        ([0.1, 0.1, 0.1], 3, 3),
        ([0.1, 0.1, NAN, None], 2, 2),
        ([1.0, 1.0, INF, -INF], 2, 4),
        ([INF, INF], 0, 0),
        ([None, None], 0, 0),
        ([], 0, 0),
        ([7.0], 1, 1),
    ],
)
def test_outliers_of_odd_columns(
    method: str, values: list[float | None], passed: int, total: int
) -> None:
    """Constant columns have none, infinities always are, NaN is missing; no fence, no evidence."""
    data = pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64)})
    found = the(judged(data, columns={"x": {"outliers": method}}), f"outliers {method}")
    assert (found.passed, found.total) == (passed, total)


def test_outliers_warn_of_nothing_unless_asked() -> None:
    """They are of medium severity: shown and scored, no reason to stop."""
    data = {"x": [*range(20), 1000]}
    rules: dict[str, Any] = {"outliers": {"method": "iqr", "required": 1.0}}
    verdict = judged(data, columns={"x": rules})
    assert verdict.passed
    assert not verdict.warnings
    assert the(verdict, "outliers iqr").examples == ("1000",)
    rules["outliers"]["severity"] = "critical"
    assert not judged(data, columns={"x": rules}).passed


def test_outliers_need_numbers() -> None:
    """Text has no fences; the error says so before reading."""
    with pytest.raises(EventflowError, match="EF410"):
        judged({"x": ["a"]}, columns={"x": {"outliers": "iqr"}})


_reading = st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.none() | st.integers(0, 9))


@settings(max_examples=50, deadline=None)
@given(st.lists(_reading, max_size=20), st.randoms(use_true_random=False))
def test_order_agrees_with_a_loop(rows: list[tuple[str, int, int | None]], random: Any) -> None:
    """Per entity, along the timestamp; equal times cannot fail; the order of rows is no matter."""
    passed = total = 0
    for meter in "ab":
        known = sorted((t, v) for m, t, v in rows if m == meter and v is not None)
        for (_, before), (_, value) in pairwise(known):
            total += 1
            passed += value >= before
    shuffled = list(rows)
    random.shuffle(shuffled)
    names = {"meter": pl.String, "t": pl.Int64, "v": pl.Int64}
    data = pl.DataFrame(shuffled, schema=names, orient="row")
    rule = {"column": "v", "along": "t", "by": ["meter"]}
    found = the(judged(data, monotonic=[rule]), "monotonic")
    assert (found.passed, found.total) == (passed, total)


def days(*numbers: int) -> list[date]:
    """Return days of January 2024."""
    return [date(2024, 1, number) for number in numbers]


def test_gaps_are_periods_without_an_event() -> None:
    """From the first event to the last; the days before and after are nobody's."""
    found = the(judged({"at": days(2, 2, 3, 6)}, AT, gaps={"every": "1d"}), "gaps")
    assert (found.passed, found.total) == (3, 5)
    assert found.examples == ("nothing from 2024-01-03 to 2024-01-06",)


def test_gaps_of_each_entity() -> None:
    """Each from its own first event to its own last."""
    data = {"who": ["a", "a", "b", "b"], "at": days(1, 3, 10, 11)}
    found = the(judged(data, AT, gaps={"every": "1d", "by": ["who"]}), "gaps")
    assert (found.passed, found.total) == (4, 5)
    assert found.examples == ("who=a, nothing from 2024-01-01 to 2024-01-03",)


@pytest.mark.parametrize(
    ("every", "passed", "total"), [("1mo", 3, 6), ("1q", 2, 2), ("1w", 3, 22), ("1d", 3, 151)]
)
def test_gaps_by_the_calendar(every: str, passed: int, total: int) -> None:
    """Months, quarters and weeks are those of the calendar: January, February, June 2024."""
    at = [date(2024, 1, 2), date(2024, 2, 20), date(2024, 5, 31)]
    if every == "1mo":
        at[2] = date(2024, 6, 30)
    found = the(judged({"at": at}, AT, gaps={"every": every}), "gaps")
    assert (found.passed, found.total) == (passed, total)


def test_a_day_of_23_hours_is_a_day() -> None:
    """Days are those of the frame's zone; clocks that change make no gap."""
    schema = EventSchema(timestamp="at", timezone="America/New_York")
    at = [datetime(2024, 3, d, 17, tzinfo=UTC) for d in (9, 10, 11)]
    found = the(judged({"at": at}, schema, gaps={"every": "1d"}), "gaps")
    assert (found.passed, found.total) == (3, 3)


def test_a_wrong_century_costs_no_memory() -> None:
    """Two events a hundred years apart, second by second."""
    at = [datetime(1924, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)]
    found = the(judged({"at": at}, AT, gaps={"every": "1s"}), "gaps")
    assert found.total == int((at[1] - at[0]).total_seconds()) + 1


@pytest.mark.parametrize(("age", "open_"), [(23, True), (24, True), (25, False)])
def test_freshness_is_the_age_of_the_newest_event(age: int, *, open_: bool) -> None:
    """An event after the moment of the run makes nothing fresh."""
    data = {"at": [NOON - timedelta(hours=age), NOON - timedelta(days=9), NOON + timedelta(1)]}
    rule = {"within": "1d", "severity": "critical"}
    verdict = judged(data, AT, NOON, freshness=rule, minimum_score=None)
    assert verdict.passed is open_
    if not open_:
        assert verdict.reasons == (
            "freshness: at: the newest event is 1d 1h 0m old, wanted at most 1d old",
        )


def test_no_event_is_no_freshness() -> None:
    """Nothing known, or all of it from the future, is no evidence and no pass."""
    data = {"at": [NOON + timedelta(1)]}
    verdict = judged(data, AT, NOON, freshness={"within": "1d", "severity": "critical"})
    assert the(verdict, "freshness").total == 0
    assert not verdict.passed


@pytest.mark.parametrize(
    ("rule", "ok"),
    [
        ({"minimum": 3}, True),
        ({"minimum": 4}, False),
        ({"maximum": 2}, False),
        ({"history": [3, 4, 100]}, True),
        ({"history": [7, 8, 9]}, False),
        ({"history": [6], "within": 0.49}, False),
        ({}, False),
    ],
)
def test_volume_against_bounds_and_history(rule: dict[str, Any], *, ok: bool) -> None:
    """Three rows, against bounds and the median of earlier runs; nothing known is no pass."""
    found = the(judged({"x": [1, 2, 3]}, columns={"x": {}}, volume=rule), "volume")
    assert found.ok is ok
    assert found.total == bool(rule)


@pytest.mark.parametrize("rows", [0, 3])
def test_an_empty_or_unknown_table_never_passes(rows: int) -> None:
    """Every rule at once, on no rows and on nothing but nulls."""
    data = pl.DataFrame(
        {"at": [None] * rows, "x": [None] * rows, "k": [None] * rows},
        schema={"at": pl.Datetime("us", "UTC"), "x": pl.Float64, "k": pl.String},
    )
    verdict = judged(
        data, AT, NOON,
        columns={"x": {"outliers": "iqr", "minimum": 0}, "k": {"pattern": "a"}},
        rules={"r": "x > 0"}, unique=[["k"]], monotonic=[{"column": "x"}],
        gaps={"every": "1h"}, late={"arrived": "at", "within": "1h"}, future={},
        freshness={"within": "1h"}, drift={"columns": ["x", "k"]},
    )  # fmt: skip
    assert not verdict.passed
    assert all(c.total == 0 for c in verdict.checks if c.check != "not_null")
