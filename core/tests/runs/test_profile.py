"""What a run says of each column of its result, against DuckDB."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.runs.profile import describe, exact_facts, with_exact
from eventflow.runs.spread import BINS

if TYPE_CHECKING:
    from eventflow.runs.record import FeatureRecord


def one(column: pl.Series) -> FeatureRecord:
    """Describe one column."""
    (found,) = describe(pl.DataFrame({"x": column}), {})
    return found


numbers = st.lists(
    st.none()
    | st.integers(-(2**40), 2**40)
    | st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-9),
    max_size=60,
)


@settings(deadline=None)
@given(values=numbers)
def test_numbers_are_described_as_sql_describes_them(values: list[float | None]) -> None:
    """Missing, distinct, ends, median and quantiles; the histogram counts every value once."""
    column = pl.Series("x", [None if v is None else float(v) for v in values], pl.Float64)
    found = one(column)
    wanted = duckdb.execute(
        "select count(*) - count(x), count(distinct x), min(x), max(x), median(x), "
        "quantile_cont(x, [0.05, 0.25, 0.75, 0.95]) from (select unnest(?::double[]) as x)",
        [column.to_list()],
    ).fetchone()
    assert wanted is not None
    missing, distinct, low, high, middle, quantiles = wanted
    assert found.missing == (missing / len(values) if values else None)
    assert (found.distinct, found.minimum, found.maximum) == (distinct, low, high)
    assert found.median == (None if middle is None else pytest.approx(middle, rel=1e-9))
    assert list(found.quantiles) == pytest.approx(quantiles or [], rel=1e-9, abs=1e-6)
    assert sum(found.histogram) == column.count()
    assert len(found.histogram) in {0, 1, BINS}


@given(
    values=st.lists(st.integers(-50, 50), min_size=2, max_size=60).filter(lambda x: len({*x}) > 1)
)
def test_bins_are_equally_wide_and_open_above_but_for_the_last(values: list[int]) -> None:
    """A naive loop counts the same."""
    low, width = min(values), (max(values) - min(values)) / BINS
    edges = [low + i * width for i in range(1, BINS)]
    counted = [0] * BINS
    for value in values:
        counted[sum(value >= edge for edge in edges)] += 1
    assert one(pl.Series(values)).histogram == tuple(counted)


def test_infinities_and_nan_have_no_place_on_an_axis() -> None:
    """They are in no quantile and no bin; a column of nothing else has no numbers."""
    found = one(pl.Series([1.0, math.inf, 3.0, -math.inf, math.nan]))
    assert (found.minimum, found.median, found.maximum) == (1.0, 2.0, 3.0)
    assert sum(found.histogram) == 2
    assert one(pl.Series([math.inf])).quantiles == ()


def test_dates_and_times_have_ends_and_a_histogram() -> None:
    """Ends are ISO 8601, with the offset where the column has a zone."""
    days = pl.Series([date(2026, 1, 1) + timedelta(days=d) for d in range(40)])
    found = one(days)
    assert (found.earliest, found.latest) == ("2026-01-01", "2026-02-09")
    assert found.histogram == (2,) * BINS
    times = one(pl.Series([datetime(2026, 3, 1, 12, tzinfo=UTC), None]))
    assert (times.earliest, times.latest) == ("2026-03-01T12:00:00+00:00",) * 2
    assert times.missing == 0.5
    assert one(pl.Series([None], dtype=pl.Date)).earliest == ""


def test_text_has_its_most_frequent_values() -> None:
    """Ties in the order of the values; text that never repeats, such as a key, has none."""
    found = one(pl.Series(["b", "a", "a", "b", "c"]))
    assert found.top == (("a", 2), ("b", 2), ("c", 1))
    assert one(pl.Series(["x", "y"])).top == ()


def test_columns_of_any_name_and_kind_are_described_side_by_side() -> None:
    """Any name, columns without a value, and no column at all."""
    columns = {"x y": [1.0, 3.0], "": [None, None], "é": [True, None], "l": [[1], [2]]}
    dtypes = pl.Schema(
        zip(columns, (pl.Float64, pl.Int8, pl.Boolean, pl.List(pl.Int64)), strict=True)
    )
    pattern, empty, flag, nested = describe(pl.DataFrame(columns, schema=dtypes), {})
    assert (pattern.mean, pattern.distinct, sum(pattern.histogram)) == (2.0, 2, 2)
    assert (empty.minimum, empty.missing, empty.distinct) == (None, 1.0, 0)
    assert (flag.missing, flag.distinct, nested.distinct) == (0.5, 1, None)
    assert describe(pl.DataFrame(), {}) == ()
    assert describe(pl.DataFrame(schema={"x": pl.Int64}), {})[0].missing is None


def test_ends_are_exact_where_the_rest_comes_from_a_sample() -> None:
    """Ends and missing values of a large result are those of all its rows."""
    rows = pl.DataFrame({"n": [1, None, 9], "on": [date(2026, 1, d) for d in (5, 1, 9)]})
    facts = rows.select(exact_facts(rows.schema, {})).row(0, named=True)
    n, on = with_exact(describe(rows.head(1), {}, whole=False), facts)
    assert (n.minimum, n.maximum, n.missing, n.distinct) == (1.0, 9.0, 1 / 3, None)
    assert (on.earliest, on.latest) == ("2026-01-01", "2026-01-09")
    assert json.dumps(n.quantiles) == "[1.0, 1.0, 1.0, 1.0]"


def test_times_that_python_cannot_hold_are_described_without_their_ends() -> None:
    """A column that reaches beyond the year 9999 never breaks a run."""
    far = pl.Series([1_709_251_200_000_000_000, 0]).cast(pl.Datetime("us"))
    [told] = describe(pl.DataFrame({"t": far}), {})
    assert (told.earliest, told.latest) == ("1970-01-01T00:00:00", "")
    assert sum(told.histogram) == 2
    facts = pl.DataFrame({"t": far}).select(exact_facts(pl.Schema({"t": pl.Datetime("us")}), {}))
    assert facts.row(0, named=True)["max:t"] is None
