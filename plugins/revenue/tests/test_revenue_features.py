"""Every revenue feature against SQL, and every stated outcome."""

from __future__ import annotations

import math
import statistics
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

AS_OF = datetime(2021, 3, 1, tzinfo=UTC)
NAIVE = AS_OF.replace(tzinfo=None)
SCHEMA: dict[str, Any] = {
    "series": pl.String, "date": pl.Datetime("us"), "revenue": pl.Float64,
    "customer_count": pl.Int64,
}  # fmt: skip

quick = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def ledgers(draw: st.DrawFn) -> pl.DataFrame:
    """Rows of few shops with gaps, ties, refunds, unknown amounts, and some in the future."""
    span = draw(st.sampled_from([9, 50, 200, 900]))
    row = st.tuples(
        st.sampled_from("ab"),
        st.integers(-2, span).map(lambda d: NAIVE - timedelta(days=d)),
        st.integers(0, 86_399),
        st.none() | st.integers(-5_000, 90_000).map(lambda c: c / 100),
        st.none() | st.integers(0, 5),
    )
    rows = draw(st.lists(row, max_size=40))
    return pl.DataFrame(
        [(s, d + timedelta(seconds=x), r, c) for s, d, x, r, c in rows], schema=SCHEMA, orient="row"
    )


def daily(*revenue: float | None, last: date = date(2021, 2, 28), **more: Any) -> pl.DataFrame:
    """One row a day, the last on the day before the moment."""
    days = [last - timedelta(days=len(revenue) - 1 - i) for i in range(len(revenue))]
    return pl.DataFrame({"date": days, "revenue": list(revenue), **more})


@quick
@given(table=ledgers(), noon=st.booleans())
def test_features_equal_those_of_sql(
    make: Any, oracle: Any, same: Any, table: pl.DataFrame, *, noon: bool
) -> None:
    """Calendar and features agree with DuckDB's window queries, day by day."""
    as_of = AS_OF - timedelta(hours=12) if noon else AS_OF
    made = make(table, as_of=as_of).rows
    same(made, oracle(table, as_of))


@quick
@given(table=ledgers(), seed=st.integers(0, 99))
def test_order_and_engine_do_not_matter(make: Any, table: pl.DataFrame, seed: int) -> None:
    """Shuffled rows and the other engine give the same features, to the last bits."""
    shuffled = table.sample(fraction=1, shuffle=True, seed=seed)
    other = make(shuffled, engine="in-memory").rows
    assert_frame_equal(other, make(table).rows, rel_tol=1e-14, abs_tol=0)


@quick
@given(table=ledgers(), days=st.integers(0, 40))
def test_later_days_change_no_earlier_row(make: Any, table: pl.DataFrame, days: int) -> None:
    """A day's features are the same, however much comes after it."""
    as_of = AS_OF - timedelta(days=days)
    early = make(table, as_of=as_of).rows
    whole = make(table).rows.filter(pl.col("date") < as_of.date())
    assert_frame_equal(early, whole, rel_tol=1e-14, abs_tol=0)


@quick
@given(table=ledgers())
def test_every_row_is_accounted_for(make: Any, table: pl.DataFrame) -> None:
    """What is unknown is quarantined, what is later dropped; the rest adds up to the revenue."""
    made = make(table)
    late = pl.col("date") >= NAIVE
    known = table.filter(~late, pl.col("revenue").is_not_null())
    assert made.left.get("on or after as_of", 0) == table.filter(late).height
    assert made.left.get("no revenue", 0) == table.filter(~late).height - known.height
    assert made.rows["revenue"].sum() == pytest.approx(known["revenue"].sum(), abs=1e-6)


def test_missing_days_are_zero_but_not_before_the_first(make: Any) -> None:
    """The calendar begins with the first row of each series and ends with the last day."""
    table = pl.DataFrame(
        {
            "series": ["a", "a", "b"],
            "date": [date(2021, 2, 25), date(2021, 2, 27), date(2021, 2, 28)],
            "revenue": [5.0, 7.0, 1.0],
        }
    )
    rows = make(table).rows
    assert rows.filter(series="a")["revenue"].to_list() == [5.0, 0.0, 7.0, 0.0]
    assert rows.filter(series="b")["revenue"].to_list() == [1.0]
    assert rows.columns[:3] == ["series", "date", "revenue"]


def test_one_series_needs_no_name(make: Any) -> None:
    """Without a series there is one, and no column for it."""
    assert make(daily(1.0, 2.0)).rows.columns[:2] == ["date", "revenue"]


def test_negative_days_stay_negative(make: Any) -> None:
    """Refunds beyond sales lower averages; growth is told against the size of the base."""
    rows = make(daily(-10.0, 5.0, -5.0)).rows
    assert rows["revenue"].to_list() == [-10.0, 5.0, -5.0]
    assert rows["revenue_growth_1d"].to_list() == [None, 1.5, -2.0]


def test_growth_from_nothing_is_unknown(make: Any) -> None:
    """A base of zero gives null, neither infinity nor zero."""
    assert make(daily(0.0, 5.0, 0.0)).rows["revenue_growth_1d"].to_list() == [None, None, -1.0]


def test_constant_revenue_has_no_volatility(make: Any) -> None:
    """Exactly zero, not the rounding of a running sum; and every index is one."""
    last = make(daily(*[0.1] * 120)).rows.row(-1, named=True)
    assert [last[f"revenue_volatility_{w}"] for w in (7, 30, 90)] == [0.0, 0.0, 0.0]
    assert last["revenue_ma_90"] == pytest.approx(0.1)
    assert last["seasonal_day_of_week"] == pytest.approx(1.0)


def test_a_large_day_leaves_no_trace_once_it_is_out_of_the_window(make: Any) -> None:
    """Running sums of floats would remember it; sums of integers do not."""
    rows = make(daily(1e11, *[0.3, 0.1] * 10)).rows
    expected = statistics.stdev([0.1, 0.3, 0.1, 0.3, 0.1, 0.3, 0.1])
    assert rows["revenue_volatility_7"][-1] == pytest.approx(expected, rel=1e-12)


def test_windows_are_null_until_they_are_full(make: Any) -> None:
    """The first average over seven days stands on the seventh."""
    made = make(daily(*range(1, 9))).rows
    assert made["revenue_ma_7"].to_list() == [None] * 6 + [4.0, 5.0]
    assert made["revenue_volatility_7"].is_null().to_list() == [True] * 6 + [False] * 2


def test_a_day_that_is_not_over_is_flagged(make: Any) -> None:
    """As of noon the last row is that day, with what had come in; as of midnight none is."""
    table = pl.DataFrame(
        {"date": [datetime(2021, 2, 28, h) for h in (9, 15)], "revenue": [1.0, 2.0]}  # noqa: DTZ001 - wall clocks
    )
    noon = make(table, as_of=datetime(2021, 2, 28, 12, tzinfo=UTC))
    assert noon.rows.select("revenue", "period_incomplete").rows() == [(1.0, True)]
    assert noon.left == {"on or after as_of": 1}
    assert make(table).rows.select("revenue", "period_incomplete").rows() == [(3.0, False)]


def test_days_are_those_of_the_zone(make: Any) -> None:
    """Half past eleven at night in New York is the next day in UTC, and counts where it was."""
    at = datetime(2021, 2, 27, 4, 30, tzinfo=UTC)
    table = pl.DataFrame({"date": [at], "revenue": [1.0]})
    rows = make(table, roles={"timezone": "America/New_York"}).rows
    assert rows["date"][0] == date(2021, 2, 26)
    assert rows["date"][-1] == date(2021, 2, 28)
    assert rows["period_incomplete"][-1] is True


def test_a_day_of_twenty_three_hours_is_one_day(make: Any) -> None:
    """Where clocks are moved, the calendar has each day once."""
    table = daily(*[1.0] * 30, last=date(2021, 4, 10))
    as_of = datetime(2021, 4, 10, 22, tzinfo=UTC)
    rows = make(table, as_of=as_of, roles={"timezone": "Europe/Berlin"}).rows
    assert rows["date"].n_unique() == rows.height == 30
    assert rows["period_incomplete"].any() is False


def test_seasons_count_complete_past_cycles_only(make: Any) -> None:
    """The first index of a weekday stands in the week after the first whole week."""
    monday = date(2021, 2, 1)
    weeks = [10.0, 0, 0, 0, 0, 0, 4.0] * 4
    rows = make(daily(3.0, *weeks)).rows
    first = rows.filter(pl.col("seasonal_day_of_week").is_not_null())["date"][0]
    assert first == monday + timedelta(days=7)
    found = rows.filter(date=monday + timedelta(days=7))["seasonal_day_of_week"][0]
    assert found == pytest.approx(10 / 2)


def test_months_are_compared_within_whole_years(make: Any) -> None:
    """A year in which the series began is no cycle; the next one is, once it is over."""
    days = [date(2018, 6, 1) + timedelta(days=i) for i in range(1003)]
    table = pl.DataFrame({"date": days, "revenue": [float(d.month) for d in days]})
    rows = make(table).rows
    assert rows.filter(pl.col("date") < date(2020, 1, 1))["seasonal_month"].null_count() == 579
    year = [float(d.month) for d in days if d.year == 2019]
    found = rows.filter(date=date(2020, 2, 10))["seasonal_month"][0]
    assert found == pytest.approx(2 / statistics.fmean(year))


def test_a_year_in_the_red_has_no_seasons(make: Any) -> None:
    """An index against a mean that is not positive would turn its sign."""
    rows = make(daily(*[-1.0] * 30)).rows
    assert rows["seasonal_day_of_week"].null_count() == 30


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "no revenue"),
        (math.inf, "no revenue"),
        (-2e12, "revenue beyond a million million"),
    ],
)
def test_what_is_no_revenue_is_quarantined(make: Any, value: float | None, reason: str) -> None:
    """Unknown, infinite and absurd amounts leave with their reason; their day counts the rest."""
    made = make(daily(1.0, value, 2.0))
    assert made.left == {reason: 1}
    assert made.rows["revenue"].to_list() == [1.0, 0.0, 2.0]


def test_rows_without_date_or_series_are_quarantined(make: Any) -> None:
    """They belong nowhere."""
    table = daily(1.0, 2.0, 3.0, series=["a", None, "a"])
    table = table.with_columns(date=pl.when(pl.col("revenue") < 3).then("date"))
    assert make(table).left == {"no date": 1, "no series": 1}


def test_raw_transactions_are_added_up(make: Any) -> None:
    """Amounts by expression, customers counted once a day, refunds negative."""
    table = pl.DataFrame(
        {
            "at": [datetime(2021, 2, d, h) for d, h in [(27, 9), (27, 10), (27, 11), (28, 9)]],  # noqa: DTZ001 - wall clocks
            "quantity": [2, 1, -1, 1],
            "price": [10.0, 5.0, 5.0, 8.0],
            "customer_id": ["x", "x", "y", None],
        }
    )
    rows = make(table, roles={"timestamp": "at"}, amount="quantity * price").rows
    told = rows.select("revenue", "customer_count", "revenue_per_customer")
    assert told.rows() == [(20.0, 2, 10.0), (8.0, 0, None)]


def test_no_row_gives_no_row(make: Any) -> None:
    """An empty table has no first day, and so no calendar."""
    assert make(daily(1.0).clear()).rows.height == 0


def test_decimals_and_whole_numbers_are_revenue(make: Any) -> None:
    """Money as decimals or cents gives the same as floats."""
    table = daily(1.0, 2.0)
    for dtype in (pl.Decimal(12, 2), pl.Int32):
        assert make(table.cast({"revenue": dtype})).rows.equals(make(table).rows)
