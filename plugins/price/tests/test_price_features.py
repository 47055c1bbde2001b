"""Every price feature against a naive loop and statsmodels, and the laws on generated sales."""

from __future__ import annotations

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
    "product_id": pl.String, "date": pl.Datetime("us"), "price": pl.Float64,
    "quantity_sold": pl.Int64, "category": pl.String, "promotion": pl.Boolean,
}  # fmt: skip
LEVELS = ("row", "product")

quick = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def sales(draw: st.DrawFn) -> pl.DataFrame:
    """Rows of few products with ties, zeros, returns, changing categories, some in the future."""
    span = draw(st.sampled_from([12, 70, 130]))
    row = st.tuples(
        st.sampled_from("aab"),
        st.integers(-2, span).map(lambda d: NAIVE - timedelta(days=d)),
        st.integers(0, 86_399),
        st.sampled_from([100, 101, 120, 250, 999]).map(lambda c: c / 100),
        st.integers(-1, 30),
        st.sampled_from([None, "x", "x", "y"]),
        st.sampled_from([None, True, False, False]),
    )
    rows = draw(st.lists(row, max_size=70))
    parts = [(p, d + timedelta(seconds=s), *rest) for p, d, s, *rest in rows]
    return pl.DataFrame(parts, schema=SCHEMA, orient="row")


@pytest.mark.parametrize("level", LEVELS)
@quick
@given(table=sales(), hours=st.sampled_from([0, 12]))
def test_features_equal_those_of_a_loop(
    compared: Any, level: str, table: pl.DataFrame, hours: int
) -> None:
    """Day by day and product by product, elasticities as statsmodels tells them."""
    compared(table, level, AS_OF - timedelta(hours=hours))


@pytest.mark.parametrize("level", LEVELS)
@quick
@given(table=sales(), seed=st.integers(0, 99))
def test_order_and_engine_do_not_matter(
    make: Any, level: str, table: pl.DataFrame, seed: int
) -> None:
    """Shuffled rows and the other engine give the same features, to the last bits."""
    shuffled = table.sample(fraction=1, shuffle=True, seed=seed)
    other = make(shuffled, level=level, engine="in-memory").rows
    assert_frame_equal(other, make(table, level=level).rows, rel_tol=1e-14, abs_tol=0)


@quick
@given(table=sales(), days=st.integers(0, 90))
def test_later_sales_change_no_earlier_row(make: Any, table: pl.DataFrame, days: int) -> None:
    """A day's features are the same, however much comes after it."""
    as_of = AS_OF - timedelta(days=days)
    early = make(table, as_of=as_of).rows
    whole = make(table).rows.filter(pl.col("date") < as_of.date())
    assert_frame_equal(early, whole, rel_tol=1e-14, abs_tol=0)


@quick
@given(table=sales())
def test_a_product_is_what_its_next_row_would_look_back_on(make: Any, table: pl.DataFrame) -> None:
    """Offer each product once more, the day after: that row sees what `level: product` tells."""
    products = make(table, level="product").rows
    shared = [
        "product_id", "demand_trend", "price_elasticity", "price_elasticity_n",
        "price_elasticity_reason", "price_position_history", "discount_depth",
    ]  # fmt: skip
    offer = products.select(
        "product_id", pl.lit(NAIVE).alias("date"), "price",
        pl.lit(0, pl.Int64).alias("quantity_sold"), "category",
        pl.lit(None, pl.Boolean).alias("promotion"),
    )  # fmt: skip
    known = table.filter(pl.col("date") < NAIVE)
    rows = make(pl.concat([known, offer]), as_of=AS_OF + timedelta(days=1)).rows
    offered = rows.filter(date=NAIVE.date()).select(shared)
    assert_frame_equal(offered, products.select(shared), rel_tol=1e-14, abs_tol=0)


@quick
@given(table=sales())
def test_every_row_is_accounted_for(make: Any, table: pl.DataFrame) -> None:
    """Returns are quarantined, what is later dropped; the rest adds up to the revenue."""
    made = make(table)
    early = table.filter(pl.col("date") < NAIVE)
    back = early.filter(pl.col("quantity_sold") < 0).height
    assert made.left.get("on or after as_of", 0) == table.height - early.height
    assert made.left.get("quantity_sold negative", 0) == back
    sold = early.filter(pl.col("quantity_sold") >= 0)
    total = (sold["price"] * sold["quantity_sold"]).sum()
    assert made.rows["revenue"].sum() == pytest.approx(total, abs=1e-6)
    assert make(table, level="product").rows["revenue"].sum() == pytest.approx(total, abs=1e-6)


def offers(*prices: float | None, quantity: float = 1, **more: Any) -> pl.DataFrame:
    """One row a day, the last on the day before the moment."""
    last = date(2021, 2, 28)
    days = [last - timedelta(days=len(prices) - 1 - i) for i in range(len(prices))]
    return pl.DataFrame(
        {"product_id": "007", "date": days, "price": list(prices), "quantity_sold": quantity}
    ).with_columns(**{name: pl.Series(values) for name, values in more.items()})


def test_a_discount_is_told_against_the_highest_recent_price(make: Any) -> None:
    """A price above it is no negative discount; ids keep their leading zeros."""
    rows = make(offers(10.0, 12.0, 9.0, 15.0)).rows
    assert rows["discount_depth"].to_list() == [None, 0.0, 0.25, 0.0]
    assert rows["price_change"].to_list() == pytest.approx([None, 0.2, -0.25, 2 / 3])
    assert rows["product_id"].to_list() == ["007"] * 4


def test_others_of_the_category_set_the_position(make: Any) -> None:
    """Neither the product itself nor rows of the same day count, nor those of other categories."""
    own = offers(10.0, 20.0, category=["tea", "tea"])
    rival = offers(5.0, 50.0, category=["tea", "tea"]).with_columns(product_id=pl.lit("r"))
    far = offers(1.0, 1.0, category=["pen", "pen"]).with_columns(product_id=pl.lit("f"))
    rows = make(pl.concat([own, rival, far])).rows.filter(product_id="007")
    assert rows["price_position_category"].to_list() == [None, 4.0]


def test_no_category_leaves_the_position_out(make: Any) -> None:
    """There is no column, rather than one full of nulls."""
    assert "price_position_category" not in make(offers(10.0)).rows.columns


@pytest.mark.parametrize(
    ("price", "quantity", "reason"),
    [
        (None, 1.0, "no price"),
        (float("inf"), 1.0, "no price"),
        (float("nan"), 1.0, "no price"),
        (0.0, 1.0, "price not positive"),
        (0.00001, 1.0, "price not positive"),
        (-3.0, 1.0, "price not positive"),
        (1.0, None, "no quantity_sold"),
        (1.0, float("nan"), "no quantity_sold"),
        (1.0, -1.0, "quantity_sold negative"),
        (1e10, 1.0, "price or quantity_sold beyond a thousand million"),
    ],
)
@pytest.mark.parametrize("level", LEVELS)
def test_what_cannot_be_priced_is_quarantined(
    make: Any, level: str, price: float | None, quantity: float | None, reason: str
) -> None:
    """Each with its reason; the other rows of the product count."""
    made = make(offers(5.0, price, quantity_sold=[1.0, quantity]), level=level)
    assert made.left == {reason: 1}
    assert made.rows["revenue"].to_list() == [5.0]


def test_rows_without_product_or_date_are_quarantined(make: Any) -> None:
    """They belong nowhere."""
    table = offers(1.0, 2.0, 3.0, product_id=["a", None, "a"])
    table = table.with_columns(date=pl.when(pl.col("price") < 3).then("date"))
    assert make(table).left == {"no date": 1, "no product_id": 1}


def test_nobody_buying_is_a_price_all_the_same(make: Any) -> None:
    """A quantity of zero keeps its row and its price, and is no point of the elasticity."""
    rows = make(offers(4.0, 5.0, quantity=0)).rows
    assert rows.select("price", "revenue", "price_elasticity_n").rows() == [(4, 0, 0), (5, 0, 0)]


def test_the_price_of_a_day_is_what_a_piece_cost(make: Any) -> None:
    """Several rows of a day are weighted by their quantities."""
    table = offers(10.0, 4.0, quantity_sold=[1.0, 3.0]).with_columns(date=date(2021, 2, 28))
    assert make(table).rows.select("price", "quantity_sold", "revenue").rows() == [(5.5, 4, 22)]


def test_days_are_those_of_the_zone(make: Any) -> None:
    """Half past eleven at night in New York is the next day in UTC, and counts where it was."""
    at = datetime(2021, 2, 27, 4, 30, tzinfo=UTC)
    table = offers(3.0).with_columns(date=pl.lit(at))
    rows = make(table, roles={"timezone": "America/New_York"}).rows
    assert rows["date"].to_list() == [date(2021, 2, 26)]


def test_days_of_a_changed_clock_are_days(make: Any) -> None:
    """Where clocks are moved, windows still count days of the calendar."""
    days = pl.datetime_range(
        datetime(2021, 2, 1), datetime(2021, 4, 9), "1d", time_zone="Europe/Berlin", eager=True  # noqa: DTZ001 - the zone is beside it
    )  # fmt: skip
    table = pl.DataFrame({"product_id": "a", "date": days, "price": 2.0, "quantity_sold": 3})
    zone = {"timezone": "Europe/Berlin"}
    made = make(table, as_of=datetime(2021, 4, 9, 22, tzinfo=UTC), roles=zone, level="product")
    assert made.rows["demand_trend"].to_list() == [1.0]
    assert made.left == {}


@pytest.mark.parametrize("level", LEVELS)
def test_no_row_gives_no_row(make: Any, level: str) -> None:
    """An empty table has no product."""
    assert make(offers(1.0).clear(), level=level).rows.height == 0


@pytest.mark.parametrize("dtype", [pl.Decimal(12, 2), pl.Int32])
def test_decimals_and_whole_numbers_are_prices(make: Any, dtype: Any) -> None:
    """Money as decimals or cents gives the same as floats."""
    table = offers(1.0, 2.0)
    assert make(table.cast({"price": dtype})).rows.equals(make(table).rows)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("ago", "seen"), [(90, True), (91, False)])
def test_a_reference_price_lies_within_ninety_days(
    make: Any, level: str, ago: int, *, seen: bool
) -> None:
    """The ninetieth day before counts, the ninety-first does not."""
    now = AS_OF.date() - timedelta(days=1 if level == "row" else 0)
    days = [now - timedelta(days=ago), now - timedelta(days=level == "product")]
    table = offers(8.0, 4.0).with_columns(date=pl.Series(days))
    found = make(table, level=level).rows["discount_depth"][-1]
    assert found == (0.5 if seen else None if level == "row" else 0.0)


@pytest.mark.parametrize("level", LEVELS)
def test_a_trend_compares_windows_of_four_weeks(make: Any, level: str) -> None:
    """Days 1 to 28 against days 29 to 56 before; day 57 counts in neither."""
    now = AS_OF.date() - timedelta(days=1 if level == "row" else 0)
    ago = [57, 56, 29, 28, 1]
    table = offers(*[1.0] * 5, quantity_sold=[100.0, 2.0, 3.0, 20.0, 5.0])
    table = table.with_columns(date=pl.Series([now - timedelta(days=a) for a in ago]))
    offer = offers(1.0).with_columns(date=pl.lit(now))
    whole = table if level == "product" else pl.concat([table, offer], how="vertical_relaxed")
    assert make(whole, level=level).rows["demand_trend"][-1] == 5.0
