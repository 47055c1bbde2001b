"""The elasticity: gates with their reasons, and prices that are known to have one."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

DAYS = 40
SEVEN = [1.0 + 0.1 * (i % 7) for i in range(DAYS)]


def demand(prices: list[float], **more: Any) -> pl.DataFrame:
    """Sell 100 000 / price² pieces a day, unless said otherwise."""
    last = date(2021, 2, 28)
    sold = [round(100_000 / p**2, 4) for p in prices]
    days = [last - timedelta(days=i) for i in range(len(prices))]
    data = {"product_id": "a", "date": days, "price": prices, "quantity_sold": sold, **more}
    return pl.DataFrame(data)


def told(make: Any, table: pl.DataFrame, **options: Any) -> dict[str, Any]:
    """Return the one product."""
    row: dict[str, Any] = make(table, level="product", **options).rows.row(0, named=True)
    return row


def test_a_demand_of_known_elasticity_is_found(make: Any) -> None:
    """Quantity falls with the square of the price: −2, without error."""
    found = told(make, demand(SEVEN))
    assert found["price_elasticity"] == pytest.approx(-2, abs=1e-8)
    assert found["price_elasticity_n"] == DAYS
    assert found["price_elasticity_r2"] == pytest.approx(1)
    assert found["price_elasticity_se"] == pytest.approx(0, abs=1e-6)
    assert found["price_elasticity_reason"] is None


def test_promotion_is_held_constant(make: Any) -> None:
    """Promoted days sell four times as much and are cheaper: alone, price seems to do it all."""
    flag = [i % 3 == 0 for i in range(DAYS)]
    prices = [p * (0.8 if f else 1) for p, f in zip(SEVEN, flag, strict=True)]
    prices = [round(p, 2) for p in prices]
    sold = [1_000 / p**2 * (4 if f else 1) for p, f in zip(prices, flag, strict=True)]
    table = demand(prices, promotion=flag).with_columns(quantity_sold=pl.Series(sold))
    assert told(make, table)["price_elasticity"] == pytest.approx(-2, abs=1e-4)
    assert told(make, table, control_promotion=False)["price_elasticity"] < -2.5


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (demand(SEVEN[:7]), "too few days with sales"),
        (demand([1.0, 1.5] * 20), "too few different prices"),
        (demand([3.0] * DAYS), "too few different prices"),
        (demand([100 + i % 5 / 100 for i in range(DAYS)]), "price hardly varies"),
        (
            demand(
                [(10.0, 10.01, 5.0, 5.01)[i % 4] for i in range(DAYS)],
                promotion=[i % 4 > 1 for i in range(DAYS)],
            ),
            "price follows promotion",
        ),
        (demand(SEVEN, quantity_sold=[0] * DAYS), "too few days with sales"),
    ],
    ids=["few-days", "two-prices", "one-price", "flat", "confounded", "unsold"],
)
def test_a_history_that_cannot_carry_it_says_why(
    make: Any, table: pl.DataFrame, reason: str
) -> None:
    """Null, and the first gate that is not passed."""
    found = told(make, table)
    assert found["price_elasticity"] is found["price_elasticity_se"] is None
    assert found["price_elasticity_r2"] is None
    assert found["price_elasticity_reason"] == reason


def test_the_gates_can_be_moved(make: Any) -> None:
    """Each option lets through what it stopped."""
    few = told(make, demand(SEVEN[:7]), minimum_points=7)
    two = told(make, demand([1.0, 1.5] * 20), minimum_prices=2)
    flat = demand([100 + i % 5 for i in range(DAYS)])
    for found in (few, two, told(make, flat, minimum_log_price_sd=0.001)):
        assert found["price_elasticity"] == pytest.approx(-2, abs=1e-4)


@pytest.mark.parametrize("prices", range(1, 7))
@pytest.mark.parametrize("minimum", range(2, 7))
def test_different_prices_are_counted_on_days_with_sales(
    make: Any, prices: int, minimum: int
) -> None:
    """As many as are asked for pass the gate, one fewer does not; a price nobody paid is none."""
    paid = [1.0 + 0.1 * (i % prices) for i in range(DAYS)]
    unsold = demand([9.0, *paid]).with_columns(
        pl.when(pl.col("price") < 9).then("quantity_sold").otherwise(0).alias("quantity_sold")
    )
    found = told(make, unsold, minimum_prices=minimum)
    assert (found["price_elasticity_reason"] is None) == (prices >= minimum)


def test_a_quantity_that_never_varies_has_no_fit_to_tell(make: Any) -> None:
    """The slope is 0, and what part of nothing it explains is unknown."""
    found = told(make, demand(SEVEN, quantity_sold=[5] * DAYS))
    assert found["price_elasticity"] == pytest.approx(0, abs=1e-12)
    assert found["price_elasticity_r2"] is None


def test_a_promotion_that_is_always_on_changes_nothing(make: Any) -> None:
    """A flag without variation cannot be held constant, and costs no degree of freedom."""
    sold = [math.ceil(1_000 / p) + i % 5 for i, p in enumerate(SEVEN)]
    plain = demand(SEVEN).with_columns(quantity_sold=pl.Series(sold))
    on = plain.with_columns(promotion=pl.lit(value=True))
    assert told(make, on) == told(make, plain)


def test_a_row_sees_earlier_days_only(make: Any) -> None:
    """The ninth day is the first with eight before it; its own sale is none of them."""
    rows = make(demand(SEVEN)).rows
    assert rows["price_elasticity_n"].to_list() == list(range(DAYS))
    assert rows["price_elasticity"].is_null().to_list() == [True] * 8 + [False] * (DAYS - 8)
