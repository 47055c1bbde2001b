"""Ids of square cells give back the indexes they were made of."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow_space.squares import packed, x_of, y_of

INDEX = st.integers(-(2**31), 2**31 - 1)


@settings(deadline=None, max_examples=30)
@given(pairs=st.lists(st.tuples(INDEX, INDEX), min_size=1))
def test_an_id_is_two_indexes(pairs: list[tuple[int, int]]) -> None:
    """Distinct cells have distinct ids, which sort by x, then y, and unpack to what they were."""
    frame = pl.DataFrame(pairs, schema={"x": pl.Int64, "y": pl.Int64}, orient="row")
    made = frame.with_columns(cell=packed(pl.col("x"), pl.col("y")))
    back = made.select(x=x_of(pl.col("cell")), y=y_of(pl.col("cell")))
    assert back.equals(frame)
    assert made.sort("cell").drop("cell").rows() == sorted(pairs)
