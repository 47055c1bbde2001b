"""Customer tables: every feature against SQL, and every stated outcome."""

from __future__ import annotations

import statistics
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

AS_OF = datetime(2011, 12, 10, tzinfo=UTC)
NAIVE = AS_OF.replace(tzinfo=None)
PLANS = ["free", "basic", "standard", "premium", "enterprise", "Basic"]

moments = st.one_of(
    st.integers(-3, 40).map(lambda d: NAIVE - timedelta(days=d)),
    st.integers(-90_000, 9_000_000).map(lambda s: NAIVE - timedelta(seconds=s)),
)
money = st.one_of(st.integers(-3, 8).map(float), st.integers(-5_000, 90_000).map(lambda c: c / 100))


@st.composite
def customer_tables(draw: st.DrawFn, temporal: Any = None) -> pl.DataFrame:
    """Customers with nulls, zero tenure, future dates, contradictions, ties and refunds."""
    rows = draw(
        st.lists(
            st.tuples(
                st.none() | moments, st.none() | moments, st.none() | money,
                st.none() | st.integers(0, 9), st.none() | st.integers(0, 400),
                st.none() | st.sampled_from(PLANS), st.integers(0, 9),
            ),
            max_size=25,
        )
    )  # fmt: skip
    as_dates = draw(st.booleans()) if temporal is None else temporal
    columns: dict[str, list[Any]] = {
        "customer_id": [None if r[6] == 0 else f"{i:05d}" for i, r in enumerate(rows)],
        "last_activity_date": [r[0] for r in rows],
        "account_created_date": [r[1] for r in rows],
        "total_value": [r[2] for r in rows],
        "support_tickets": [r[3] for r in rows],
        "feature_usage_count": [r[4] for r in rows],
        "plan_type": [r[5] for r in rows],
    }
    schema: dict[str, Any] = {
        "customer_id": pl.String, "last_activity_date": pl.Datetime("us"),
        "account_created_date": pl.Datetime("us"), "total_value": pl.Float64,
        "support_tickets": pl.Int64, "feature_usage_count": pl.Int64, "plan_type": pl.String,
    }  # fmt: skip
    table = pl.DataFrame(columns, schema=schema)
    dates = pl.col("last_activity_date", "account_created_date").dt.date()
    return table.with_columns(dates) if as_dates else table


def customers(**columns: list[Any]) -> pl.DataFrame:
    """Customers of whom only what matters is written; the rest is unremarkable."""
    (rows,) = {len(values) for values in columns.values()}
    usual: dict[str, list[Any]] = {
        "customer_id": [f"{i:05d}" for i in range(rows)],
        "last_activity_date": [NAIVE - timedelta(days=10)] * rows,
        "account_created_date": [NAIVE - timedelta(days=100)] * rows,
        "total_value": [100.0] * rows,
    }
    return pl.DataFrame(usual | columns)


quick = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@quick
@given(table=customer_tables())
def test_features_equal_those_of_sql(
    make: Any, oracle: Any, same: Any, table: pl.DataFrame
) -> None:
    """All nine features agree with DuckDB, customer by customer."""
    same(make(table).rows, oracle(table))


@quick
@given(table=customer_tables(), noon=st.booleans())
def test_every_row_is_in_the_result_or_accounted_for(
    make: Any, oracle: Any, same: Any, table: pl.DataFrame, *, noon: bool
) -> None:
    """Rows in = rows out + rows rejected, also as of a moment within a day."""
    as_of = AS_OF + timedelta(hours=12 * noon)
    made = make(table, as_of=as_of)
    same(made.rows, oracle(table, as_of))
    rejected = {r: k for r, k in made.left.items() if r != "plan not among the declared plans"}
    assert made.rows.height + sum(rejected.values()) == table.height


@quick
@given(table=customer_tables(), seed=st.integers(0, 99))
def test_order_and_engine_do_not_matter(
    make: Any, same: Any, table: pl.DataFrame, seed: int
) -> None:
    """Shuffled rows and the other engine give the same features and the same state."""
    straight = make(table)
    shuffled = make(table.sample(fraction=1, shuffle=True, seed=seed), engine="in-memory")
    same(shuffled.rows, straight.rows)
    assert shuffled.state == straight.state


@quick
@given(table=customer_tables(temporal=False), cut=st.integers(0, 25))
def test_a_state_makes_every_split_agree(
    make: Any, same: Any, table: pl.DataFrame, cut: int
) -> None:
    """With a state, parts computed apart are the whole: nothing is learned again."""
    whole = make(table)
    parts = [make(part, state=whole.state).rows for part in (table[:cut], table[cut:])]
    same(pl.concat(parts).sort("customer_id"), whole.rows)


def test_reasons_are_counted(make: Any) -> None:
    """Each row leaves for the first reason that applies."""
    day = timedelta(days=1)
    table = customers(
        customer_id=[None, "a", "b", "c", "d", "e"],
        last_activity_date=[NAIVE, None, NAIVE, NAIVE - day, NAIVE - 9 * day, NAIVE - day],
        account_created_date=[NAIVE, None, NAIVE, NAIVE, NAIVE - day, NAIVE - day],
    )
    made = make(table)
    assert made.rows["customer_id"].to_list() == ["e"]
    assert made.left == {
        "no customer_id": 1,
        "no activity before as_of": 1,
        "last activity on or after as_of": 1,
        "account created on or after as_of": 1,
        "account created after its last activity": 1,
    }


def test_half_open_at_the_moment(make: Any) -> None:
    """A microsecond before the moment counts; the moment itself does not."""
    tick = timedelta(microseconds=1)
    made = make(customers(last_activity_date=[NAIVE - tick, NAIVE]))
    assert made.rows["customer_id"].to_list() == ["00000"]
    assert made.rows["days_since_last_activity"].to_list() == [0]


def test_days_are_whole_and_a_date_means_midnight(make: Any) -> None:
    """Partial days are dropped, and a Date gives what its midnight gives."""
    at = [datetime(2011, 12, 9), datetime(2011, 12, 8), datetime(2011, 12, 8, 0, 1)]  # noqa: DTZ001 - naive on purpose
    table = customers(last_activity_date=at)
    assert make(table).rows["days_since_last_activity"].to_list() == [1, 2, 1]
    dates = table[:2].with_columns(pl.col("last_activity_date").dt.date())
    assert make(dates).rows["days_since_last_activity"].to_list() == [1, 2]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_zoned_columns_compare_as_instants(make: Any, same: Any, zone: str) -> None:
    """A column in another zone means the same instants, for the table and for the moment."""
    table = customers(last_activity_date=[NAIVE - timedelta(hours=h) for h in (1, 25, 49)])
    zoned = table.with_columns(
        pl.col("last_activity_date", "account_created_date")
        .dt.replace_time_zone("UTC")
        .dt.convert_time_zone(zone)
    )
    same(make(zoned, as_of=AS_OF.astimezone(ZoneInfo(zone))).rows, make(table).rows)


def test_a_date_beside_a_datetime_is_compared_by_date(make: Any) -> None:
    """An account opened at ten and active on the same Date is no contradiction."""
    created = [datetime(2011, 12, 1, 10)]  # noqa: DTZ001 - naive on purpose
    table = customers(account_created_date=created, last_activity_date=[date(2011, 12, 1)])
    assert make(table).left == {}


def test_rates_are_null_within_the_first_day(make: Any) -> None:
    """No rate over no time; the score goes on with what is present."""
    recent = [NAIVE - timedelta(hours=1)]
    table = customers(
        last_activity_date=recent, account_created_date=recent, support_tickets=[3],
        feature_usage_count=[5],
    )  # fmt: skip
    row = make(table).rows.row(0, named=True)
    assert row["account_tenure_days"] == 0
    assert row["daily_value_rate"] is None
    assert row["support_intensity"] is None
    assert row["feature_usage_rate"] is None
    assert row["engagement_score"] == row["activity_recency_score"] == 1.0


def test_refunds_make_the_rate_negative(make: Any) -> None:
    """Refunds beyond sales give a negative rate and the lowest tier."""
    rows = make(customers(total_value=[-50.0, 10.0, 20.0, 30.0, 40.0])).rows
    assert rows["daily_value_rate"][0] == -0.5
    assert rows["value_tier"][0] == 1


@pytest.mark.parametrize(
    ("values", "tiers"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0], [1, 1, 2, 3, 4]),  # a value on an edge: the lower tier
        ([7.0, 7.0, 7.0, 7.0], [1, 1, 1, 1]),  # all equal: one tier
        ([0.0, 0.0, 0.0, 9.0], [1, 1, 1, 4]),  # equal edges: the tiers between stay empty
        ([None, 1.0, 2.0, None], [None, 1, 4, None]),  # null: no tier, no part in the edges
        ([None, None], [None, None]),  # nothing known: nothing learned
    ],
)
def test_tiers_at_ties_and_degenerate_edges(make: Any, values: list[Any], tiers: list[Any]) -> None:
    """Ties, equal edges and nulls have the outcomes the dictionary states."""
    table = customers(total_value=values).cast({"total_value": pl.Float64})
    assert make(table).rows["value_tier"].to_list() == tiers


@given(values=st.lists(st.integers(-(10**9), 10**9), min_size=2, max_size=60))
@settings(max_examples=40, deadline=None)
def test_edges_are_quantiles_of_type_seven(make: Any, values: list[int]) -> None:
    """The edges are those of the standard library's inclusive quantiles."""
    state = make(customers(total_value=values)).state
    expected = statistics.quantiles(values, n=4, method="inclusive")
    assert state.value_edges == pytest.approx(expected, rel=1e-12, abs=1e-6)


def test_a_saved_state_is_not_learned_again(make: Any) -> None:
    """New data is measured with old edges and clipped to old bounds."""
    table = customers(total_value=[1.0, 2.0, 3.0, 4.0, 5.0])
    learned = make(table)
    new = make(customers(total_value=[1e6, -1e6, 3.0]), state=learned.state)
    assert new.state is learned.state
    assert new.rows["value_tier"].to_list() == [4, 1, 2]
    fresh = new.rows["activity_recency_score"][0]
    top, bottom = new.rows["engagement_score"].to_list()[:2]
    assert top == pytest.approx((0.4 * fresh + 0.2) / 0.6)
    assert bottom == pytest.approx(0.4 * fresh / 0.6)


def test_unknown_plans_are_null_and_flagged(make: Any) -> None:
    """A plan nobody declared has no rank; its rows stay and are counted."""
    made = make(customers(plan_type=["gold", "silver", None, "bronze"]), plans=["bronze", "gold"])
    assert made.rows["plan_value_score"].to_list() == [1.0, None, None, 0.0]
    assert made.left == {"plan not among the declared plans": 1}


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["gold", "bronze"])])
def test_plans_may_be_categories(make: Any, dtype: Any) -> None:
    """Categories are compared by their text, never by their code."""
    table = customers(plan_type=["gold", "bronze"]).cast({"plan_type": dtype})
    assert make(table, plans=["bronze", "gold"]).rows["plan_value_score"].to_list() == [1.0, 0.0]


def test_recency_halves_with_each_half_life(make: Any) -> None:
    """The half-life is an option, in days."""
    rows = make(customers(total_value=[1.0]), half_life_days=5).rows
    assert rows["activity_recency_score"][0] == pytest.approx(0.25)


def test_infinite_values_count_as_unknown(make: Any) -> None:
    """An infinite value would drown every edge; it counts as null."""
    rows = make(customers(total_value=[float("inf"), 1.0, 2.0])).rows
    assert rows["value_tier"][0] is None
    assert rows["daily_value_rate"][0] is None


def test_without_optional_fields_only_their_features_are_missing(make: Any) -> None:
    """Three features need a field of their own; the columns to keep come first."""
    made = make(customers(total_value=[1.0], country=["FR"]), keep=["country"])
    assert made.rows.columns == [
        "customer_id", "country", "days_since_last_activity", "account_tenure_days",
        "daily_value_rate", "activity_recency_score", "value_tier", "engagement_score",
    ]  # fmt: skip
    assert made.rows.schema["customer_id"] == pl.String


def test_other_names_are_mapped(make: Any) -> None:
    """`columns` says which column serves a field; ids keep their leading zeros."""
    table = customers(total_value=[1.0]).rename({"customer_id": "Customer ID"})
    rows = make(table, columns={"customer_id": "Customer ID"}).rows
    assert rows["customer_id"].to_list() == ["00000"]


def test_duplicate_customers_are_left_to_the_gate(make: Any) -> None:
    """Two rows of one customer stay two rows: uniqueness is checked, not repaired."""
    assert make(customers(customer_id=["a", "a"])).rows.height == 2
