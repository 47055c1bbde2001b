"""What the price tests share: making features by hand, and the naive oracle in Python."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import statsmodels.api as sm  # type: ignore[import-untyped] # it has no annotations
from attrs import frozen

from by_hand import Engine, Made, made_by
from eventflow.frame import EventFrame
from eventflow_price.blueprint import PriceOptimization

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import polars as pl

AS_OF = datetime(2021, 3, 1, tzinfo=UTC)
GATES = (
    "too few days with sales", "too few different prices", "price hardly varies",
    "price follows promotion",
)  # fmt: skip


@frozen
class Day:
    """What a product cost and sold on a day, in exact numbers."""

    product: str
    day: date
    price: Fraction
    quantity: Fraction
    revenue: Fraction
    category: str | None
    promotion: bool


def _make(
    data: pl.DataFrame,
    *,
    as_of: datetime = AS_OF,
    engine: Engine = "streaming",
    roles: dict[str, str] | None = None,
    **options: Any,
) -> Made:
    made = PriceOptimization(**options)
    frame = EventFrame.of(data, **(roles or {}))
    return made_by(made, frame, as_of, engine=engine, order=("product_id", "date"))


def _days(table: pl.DataFrame, as_of: datetime) -> list[Day]:
    """Fold rows into days, in exact fractions."""
    rows = defaultdict(list)
    for row in table.iter_rows(named=True):
        if row["date"] < as_of.replace(tzinfo=None) and row["quantity_sold"] >= 0:
            rows[row["product_id"], row["date"].date()].append(row)
    return [_day(*key, of) for key, of in sorted(rows.items())]


def _day(product: str, day: date, rows: list[dict[str, Any]]) -> Day:
    price = [Fraction(round(r["price"] * 100), 100) for r in rows]
    quantity = [Fraction(r["quantity_sold"]) for r in rows]
    revenue = sum((p * q for p, q in zip(price, quantity, strict=True)), Fraction(0))
    sold = sum(quantity, Fraction(0))
    mean = revenue / sold if sold else sum(price) / len(price)
    return Day(
        product, day, Fraction(round(mean * 10_000), 10_000), sold, revenue,
        max((r["category"] for r in rows if r["category"] is not None), default=None),
        any(r["promotion"] for r in rows),
    )  # fmt: skip


def _told(now: Day, previous: Day | None, past: Sequence[Day], all_: Sequence[Day]) -> Any:
    """Compute every feature of a price on a day from what came before, one by one."""

    def within(days: int, *, before: int = 0, of: Sequence[Day] = past) -> list[Day]:
        end = now.day - timedelta(days=before)
        return [d for d in of if end - timedelta(days=days) <= d.day < end]

    recent = sum(d.quantity for d in within(28))
    earlier = sum(d.quantity for d in within(28, before=28))
    old = bool(past) and (now.day - past[0].day).days >= 56 and earlier > 0
    rivals = [
        d.price
        for d in within(28, of=all_)
        if d.category == now.category is not None and d.product != now.product
    ]
    top = max((d.price for d in within(90)), default=None)
    return {
        "price_change": now.price / previous.price - 1 if previous else None,
        "discount_depth": max(0, 1 - now.price / top) if top else None,
        "price_position_history": now.price / (sum(d.price for d in past) / len(past))
        if past
        else None,
        "price_position_category": now.price / (sum(rivals) / len(rivals)) if rivals else None,
        "demand_trend": recent / earlier if old else None,
        **_elasticity(past),
    }


def _elasticity(past: Sequence[Day]) -> dict[str, Any]:
    """Regress with statsmodels, unless a gate is not passed."""
    sold = [d for d in past if d.quantity > 0]
    x = np.log([float(d.price) for d in sold])
    y = np.log([float(d.quantity) for d in sold])
    flag = np.array([float(d.promotion) for d in sold])
    names = [f"price_elasticity{end}" for end in ("", "_n", "_r2", "_se", "_reason")]
    gate = _gate(x, flag, len({d.price for d in sold}))
    if gate is not None:
        return dict(zip(names, (None, len(sold), None, None, gate), strict=True))
    design = np.column_stack([np.ones_like(x), x, *([flag] if flag.std() else [])])
    fit = sm.OLS(y, design).fit()
    explained = fit.rsquared if np.ptp(y) else None
    return dict(zip(names, (fit.params[1], len(sold), explained, fit.bse[1], None), strict=True))


def _gate(x: Any, flag: Any, prices: int) -> str | None:
    if len(x) < 8:
        return GATES[0]
    if prices < 3:
        return GATES[1]
    if x.std(ddof=1) < 0.01:
        return GATES[2]
    within = [x[flag == value] for value in np.unique(flag)]
    left = sum(((g - g.mean()) ** 2).sum() for g in within)
    return GATES[3] if math.sqrt(left / (len(x) - 1)) < 0.01 else None


def _row_level(days: list[Day]) -> Iterator[dict[str, Any]]:
    for now in days:
        past = [d for d in days if d.product == now.product and d.day < now.day]
        keys = {
            "product_id": now.product, "date": now.day, "category": now.category,
            "price": now.price, "quantity_sold": now.quantity, "revenue": now.revenue,
        }  # fmt: skip
        yield keys | _told(now, past[-1] if past else None, past, days)


def _product_level(days: list[Day], as_of: datetime) -> Iterator[dict[str, Any]]:
    moment = (as_of - timedelta(microseconds=1)).date() + timedelta(days=1)
    for product in sorted({d.product for d in days}):
        past = [d for d in days if d.product == product]
        last = past[-1]
        previous = next((a for a, b in pairwise(past) if b is last), None)
        now = Day(
            product, moment, last.price, last.quantity, last.revenue, last.category,
            last.promotion,
        )  # fmt: skip
        keys = {
            "product_id": product, "category": last.category, "price": last.price,
            "revenue": sum(d.revenue for d in past),
        }  # fmt: skip
        yield keys | _told(now, previous, past, days)


@pytest.fixture(scope="session")
def make() -> Callable[..., Made]:
    """Run the blueprint on data, step by step, without the rest of the framework."""
    return _make


@pytest.fixture(scope="session")
def compared() -> Callable[[pl.DataFrame, str, datetime], None]:
    """Check the blueprint against loops, fractions and statsmodels, by the documented rules.

    Nulls, texts and counts agree exactly, other numbers closely.
    """

    def check(table: pl.DataFrame, level: str, as_of: datetime) -> None:
        made = _make(table, as_of=as_of, level=level).rows
        days = _days(table, as_of)
        expected = _row_level(days) if level == "row" else _product_level(days, as_of)
        for ours, theirs in zip(made.iter_rows(named=True), expected, strict=True):
            assert set(ours) == set(theirs)
            for name, value in theirs.items():
                told = (name, ours["product_id"])
                if isinstance(ours[name], float) and value is not None:
                    assert ours[name] == pytest.approx(float(value), rel=1e-6, abs=1e-6), told
                else:
                    assert ours[name] == value, told

    return check
