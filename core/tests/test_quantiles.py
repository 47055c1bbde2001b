"""Selected quantiles are those of sorted values, whatever the values and their order."""

from __future__ import annotations

from decimal import Decimal
from math import inf, isnan, nan
from random import Random
from typing import TYPE_CHECKING, Literal

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.quantiles import exact_quantiles, of_sorted, selected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MANY = 120_000
SHARES = (0.0, 0.001, 0.25, 0.5, 0.7, 0.999, 1.0)
RANDOM = Random(7)  # noqa: S311 - the same values in every run
NORMAL = [RANDOM.gauss(0, 10) for _ in range(MANY)]

SHAPES: dict[str, Callable[[], list[float]]] = {
    "normal": lambda: NORMAL,
    "sorted": lambda: sorted(NORMAL),
    "descending": lambda: sorted(NORMAL, reverse=True),
    "long tail": lambda: [x**9 for x in NORMAL],
    "two values": lambda: [float(x > 0) for x in NORMAL],
    "one value": lambda: [2.5] * MANY,
    "half of one value": lambda: [max(x, 0.0) for x in NORMAL],
    "sampled badly": lambda: [1e9 + i if i % 12 == 0 else x for i, x in enumerate(NORMAL)],
    "infinite ends": lambda: [inf if x > 20 else -inf if x < -20 else x for x in NORMAL],
}


def naive(values: Sequence[float], shares: Sequence[float]) -> list[float]:
    """Sort and interpolate."""
    ordered = sorted(values)
    found = []
    for share in shares:
        below, part = divmod(share * (len(ordered) - 1), 1)
        low, high = ordered[int(below)], ordered[min(int(below) + 1, len(ordered) - 1)]
        found.append(low if part == 0 or low == high else low + part * (high - low))
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_selected_is_what_sorting_finds(shape: str) -> None:
    """Also where the sample is not like the whole, and everything must be sorted after all."""
    values = SHAPES[shape]()
    column = pl.Series(values, dtype=pl.Float64)
    found = selected(column, SHARES)
    assert found == pytest.approx(naive(values, SHARES), rel=1e-12)
    assert [selected(column, (share,)) for share in SHARES] == [[one] for one in found]


@pytest.mark.parametrize("engine", ["streaming", "in-memory"])
def test_quantiles_of_a_column_are_those_of_sql(engine: Literal["streaming", "in-memory"]) -> None:
    """Nulls are passed over; the answer is one list."""
    column = pl.Series("x", [None if i % 5 == 0 else x for i, x in enumerate(NORMAL)])
    query = column.to_frame().lazy().select(exact_quantiles(pl.col("x"), SHARES))
    db = duckdb.connect()
    db.register("rows", column.to_frame().to_arrow())
    wanted = db.execute("select quantile_cont(x, ?::double[]) from rows", [[*SHARES]]).fetchone()
    assert wanted is not None
    assert query.collect(engine=engine).item().to_list() == pytest.approx(wanted[0], rel=1e-12)


@given(
    values=st.lists(st.none() | st.floats(-1e9, 1e9), max_size=50),
    shares=st.lists(st.floats(0, 1), min_size=1, max_size=4),
)
def test_few_values_are_sorted(values: list[float | None], shares: list[float]) -> None:
    """Without a value the list is of nulls, as long as what was asked for."""
    found = pl.DataFrame({"x": pl.Series(values, dtype=pl.Float64)}).select(
        exact_quantiles(pl.col("x"), shares)
    )
    known = [value for value in values if value is not None]
    if known:
        assert found.item().to_list() == pytest.approx(naive(known, shares), rel=1e-9, abs=1e-9)
    else:
        assert found.item().to_list() == [None] * len(shares)


def test_nan_is_the_largest_value() -> None:
    """As in the order of Polars."""
    values = pl.Series([nan if i % 2 else x for i, x in enumerate(NORMAL)])
    low, high = selected(values, (0.25, 0.75))
    assert low == pytest.approx(values.quantile(0.25, "linear"), rel=1e-12)
    assert isnan(high)


def test_integers_and_decimals_have_quantiles_of_floats() -> None:
    """Each rounded to the nearest float, and no further."""
    big = pl.Series([2**62 + i for i in range(MANY)])
    assert selected(big, (0.5,)) == [float(2**62 + MANY // 2)]
    money = pl.Series([Decimal(i) / 100 for i in range(MANY)], dtype=pl.Decimal(18, 2))
    assert selected(money, (0.5, 1.0)) == [599.995, 1199.99]
    assert of_sorted(pl.Series([], dtype=pl.Int64), (0.5,)) == []
