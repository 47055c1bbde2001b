"""Raw transactions: folded per customer as of a moment, then the same nine features."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

AS_OF = datetime(2011, 12, 10, tzinfo=UTC)
NAIVE = AS_OF.replace(tzinfo=None)
ROLES = {"timestamp": "invoice_date", "entity": "customer_id"}
PROXIES: dict[str, Any] = {
    "amount": "quantity * price",
    "usage": {"distinct": "invoice", "where": "quantity > 0"},
    "support": {"distinct": "invoice", "where": "quantity < 0"},
    "plan": "CASE WHEN total_value >= 20 THEN 'premium' WHEN transactions > 1 THEN 'basic' END",
}

FOLD = """
select customer_id, max(invoice_date) as last_activity_date,
       min(invoice_date) as account_created_date,
       sum(round(quantity * price, 4)::decimal(18, 4))::double as total_value,
       count(distinct invoice) filter (quantity < 0) as support_tickets,
       count(distinct invoice) filter (quantity > 0) as feature_usage_count,
       case when total_value >= 20 then 'premium' when count(*) > 1 then 'basic' end as plan_type
from read_parquet('{path}')
where customer_id is not null and invoice_date < timestamp '{as_of}'
group by customer_id
"""

quick = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def transactions(draw: st.DrawFn) -> pl.DataFrame:
    """Lines of few invoices of few customers, some unknown, some refunds, some in the future."""
    lines = draw(
        st.lists(
            st.tuples(
                st.none() | st.sampled_from("abcd"),
                st.none() | st.integers(-3, 60),
                st.integers(0, 86_399),
                st.none() | st.integers(-4, 9),
                st.none() | st.integers(0, 900).map(lambda c: c / 100),
                st.none() | st.sampled_from(["1", "2", "3"]),
            ),
            max_size=30,
        )
    )
    at = [None if d is None else NAIVE - timedelta(days=d, seconds=s) for _, d, s, *_ in lines]
    return pl.DataFrame(
        {
            "customer_id": [line[0] for line in lines],
            "invoice_date": at,
            "quantity": [line[3] for line in lines],
            "price": [line[4] for line in lines],
            "invoice": [line[5] for line in lines],
        },
        schema={
            "customer_id": pl.String, "invoice_date": pl.Datetime("us"), "quantity": pl.Int64,
            "price": pl.Float64, "invoice": pl.String,
        },
    )  # fmt: skip


def lines(**columns: list[Any]) -> pl.DataFrame:
    """Lines of customer ``a``, one a day up to the day before the moment."""
    (rows,) = {len(values) for values in columns.values()}
    usual: dict[str, list[Any]] = {
        "customer_id": ["a"] * rows,
        "invoice_date": [NAIVE - timedelta(days=rows - i) for i in range(rows)],
        "quantity": [1] * rows,
        "price": [10.0] * rows,
        "invoice": [str(i) for i in range(rows)],
    }
    return pl.DataFrame(usual | columns)


@quick
@given(table=transactions())
def test_features_equal_those_of_sql(  # noqa: PLR0913, PLR0917 - fixtures
    make: Any, oracle: Any, query: Any, same: Any, tmp_path: Any, table: pl.DataFrame
) -> None:
    """Folding and features agree with DuckDB, customer by customer."""
    path = tmp_path / "transactions.parquet"
    table.write_parquet(path)
    moment = pl.Datetime("us")
    folded = query(
        FOLD.format(path=path, as_of=NAIVE), last_activity_date=moment,
        account_created_date=moment, total_value=pl.Float64, plan_type=pl.String,
    )  # fmt: skip
    same(make(table, roles=ROLES, **PROXIES).rows, oracle(folded))


@quick
@given(table=transactions(), seed=st.integers(0, 99))
def test_order_and_engine_do_not_matter(
    make: Any, same: Any, table: pl.DataFrame, seed: int
) -> None:
    """Shuffled rows and the other engine give equal features and exactly the same edges."""
    straight = make(table, roles=ROLES, **PROXIES)
    shuffled = table.sample(fraction=1, shuffle=True, seed=seed)
    other = make(shuffled, roles=ROLES, engine="in-memory", **PROXIES)
    same(other.rows, straight.rows)
    assert other.state.value_edges == straight.state.value_edges


@quick
@given(table=transactions(), days=st.integers(0, 60))
def test_the_future_changes_nothing(make: Any, same: Any, table: pl.DataFrame, days: int) -> None:
    """Features as of a moment are those of a file that ends there; later rows are counted."""
    as_of = AS_OF - timedelta(days=days)
    past = table.filter(pl.col("invoice_date") < as_of.replace(tzinfo=None))
    made = make(table, roles=ROLES, as_of=as_of, **PROXIES)
    same(made.rows, make(past, roles=ROLES, as_of=as_of, **PROXIES).rows)
    later = table.filter(
        pl.col("invoice_date") >= as_of.replace(tzinfo=None), pl.col("customer_id").is_not_null()
    )
    assert made.left.get("on or after as_of", 0) == later.height


def test_customers_without_history_are_not_in_the_result(make: Any) -> None:
    """Who first bought on the moment or later has no row, and the rows are accounted for."""
    at = [NAIVE - timedelta(days=1), NAIVE, NAIVE + timedelta(days=1)]
    made = make(lines(customer_id=["a", "b", "b"], invoice_date=at), roles=ROLES)
    assert made.rows["customer_id"].to_list() == ["a"]
    assert made.left == {"on or after as_of": 2}


def test_unknown_rows_are_quarantined(make: Any) -> None:
    """A row without customer or time cannot be placed."""
    at = [NAIVE - timedelta(days=1), NAIVE - timedelta(days=1), None]
    made = make(lines(customer_id=[None, "a", "a"], invoice_date=at), roles=ROLES)
    assert made.left == {"no customer_id": 1, "no timestamp": 1}


def test_refunds_net_out_and_unknown_amounts_stay_unknown(make: Any) -> None:
    """Refunds lower the total; a customer of whom no amount is known has no value, not zero."""
    table = lines(customer_id=["a", "a", "b"], quantity=[3, -1, None])
    rows = make(table, roles=ROLES).rows
    assert rows["daily_value_rate"].to_list() == [20 / 3, None]
    assert rows["value_tier"].to_list() == [1, None]


def test_sums_do_not_depend_on_the_order(make: Any) -> None:
    """Amounts that floats cannot hold add up exactly, so that no tier hangs on rounding."""
    table = lines(price=[0.1, 0.2, 0.3, -0.6, 1e9])
    values = [
        make(part, roles=ROLES, keep=["total_value"]).rows["total_value"][0]
        for part in (table, table.reverse())
    ]
    assert values == [1e9, 1e9]


@pytest.mark.parametrize(
    ("options", "roles"),
    [
        ({"amount": "quantity * price"}, {}),
        ({"columns": {"amount": "paid"}}, {}),
        ({}, {"value": "paid"}),
        ({}, {}),
    ],
)
def test_an_amount_is_found_in_four_ways(make: Any, options: Any, roles: Any) -> None:
    """By expression, by column, by role, or as quantity times price."""
    table = lines(quantity=[2, 1]).with_columns(paid=pl.col("quantity") * pl.col("price"))
    rows = make(table, roles=ROLES | roles, keep=["total_value", "transactions"], **options).rows
    assert rows.select("total_value", "transactions").row(0) == (30.0, 2)


def test_rows_are_counted_where_nothing_distinct_is_named(make: Any) -> None:
    """Without `distinct`, matching rows count; without `where`, all do."""
    table = lines(invoice=["1", "1", None], quantity=[1, -1, 2])
    usage = [{}, {"where": "quantity > 0"}, {"distinct": "invoice"}]
    counts = [
        make(table, roles=ROLES, usage=u, keep=["feature_usage_count"]).rows["feature_usage_count"]
        for u in usage
    ]
    assert [c.to_list() for c in counts] == [[3], [2], [1]]


def test_without_proxies_their_features_are_left_out(make: Any) -> None:
    """Transactions alone give six features."""
    made = make(lines(quantity=[1, 2]), roles=ROLES)
    assert "support_intensity" not in made.rows.columns
    assert made.rows.width == 7
