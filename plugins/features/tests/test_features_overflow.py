"""Sums of 64-bit values are right or an error, however extreme the values and the split."""

from __future__ import annotations

import math
import random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.exceptions import InvalidOperationError

from eventflow_features import AggregateSpec, EntityAggregation
from eventflow_features.groups import Group

DTYPES: dict[str, tuple[pl.DataType, int, int]] = {
    "i64": (pl.Int64(), -(2**63), 2**63 - 1),
    "u64": (pl.UInt64(), 0, 2**64 - 1),
}
SPECS = [
    AggregateSpec(name=f"{op} {kind}", op=op, value="v", group=group)
    for op in ("sum", "mean")
    for kind, group in (("all", None), ("x", Group.named(["kind"], ("x",))))
]
WRONG = "does not fit 64 bits"


def _values(dtype: str) -> st.SearchStrategy[list[int | None]]:
    _, low, high = DTYPES[dtype]
    near = st.sampled_from([low, low + 1, high, high - 1, high // 2, low // 2, 0, 1])
    return st.lists(st.none() | near | st.integers(low, high) | st.integers(0, 100), max_size=12)


def _outcomes(rows: pl.LazyFrame, seed: int) -> list[dict[str, Any] | None]:
    """Return the answers in every way of computing them; None for the error."""
    made = [EntityAggregation(by="k", aggregates=SPECS, form=f) for f in ("masks", "tiles")]
    rest = random.Random(seed).sample(range(3), 3)  # noqa: S311 - not for secrets
    parts = [made[0].partial(rows.gather_every(3, i)).collect().lazy() for i in rest]
    merged = made[0].merge(made[0].merge(*parts[:2]), parts[2])
    return [_outcome(lazy) for lazy in (*(m.run(rows) for m in made), made[0].finish(merged))]


def _outcome(lazy: pl.LazyFrame) -> dict[str, Any] | None:
    try:
        return lazy.collect().row(0, named=True)
    except InvalidOperationError as error:
        assert WRONG in str(error)  # noqa: PT017 - the outcome is compared by the test
        return None


@pytest.mark.parametrize("dtype", DTYPES)
@settings(deadline=None, max_examples=40)
@given(data=st.data(), seed=st.integers(0, 2**16))
def test_a_sum_is_right_or_an_error(dtype: str, data: st.DataObject, seed: int) -> None:
    """As Python's integers, which have no bound, in masks, in tiles, and from three parts merged.

    That partial sums wrap is no matter when the whole fits.
    """
    values = data.draw(_values(dtype))
    found, low, high = DTYPES[dtype]
    kinds = ["xy"[i % 2] for i, _ in enumerate(values)]
    rows = pl.LazyFrame(
        {"k": [1] * len(values), "kind": kinds, "v": pl.Series(values, dtype=found)},
        schema_overrides={"k": pl.Int64, "kind": pl.String},
    )
    if not values:
        return
    chosen = {"all": values, "x": values[::2]}
    known = {kind: [v for v in some if v is not None] for kind, some in chosen.items()}
    fits = all(low <= sum(some) <= high for some in known.values())
    for outcome in _outcomes(rows, seed):
        sums = outcome and {kind: outcome[f"sum {kind}"] for kind in known}
        assert sums == ({kind: sum(some) for kind, some in known.items()} if fits else None)


@pytest.mark.parametrize("dtype", DTYPES)
@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_a_mean_is_right_whatever_the_sum(dtype: str, data: st.DataObject) -> None:
    """A mean always fits, and is close to that of Python's integers."""
    found, _, high = DTYPES[dtype]
    values = data.draw(_values(dtype))
    rows = pl.LazyFrame({"k": [1] * len(values), "v": pl.Series(values, dtype=found)})
    spec = AggregateSpec(name="m", op="mean", value="v")
    made = EntityAggregation(by=["k"], aggregates=[spec])
    known = [v for v in values if v is not None]
    for lazy in (made.run(rows), made.finish(made.partial(rows))):
        for answer in lazy.collect()["m"]:
            expected = sum(known) / len(known) if known else None
            scale = 1e-9 * high if expected is not None and abs(sum(known)) > high // 2 else 1e-9
            assert answer == expected or math.isclose(answer, expected or 0, abs_tol=scale)


def test_durations_do_not_wrap_either() -> None:
    """Three centuries in nanoseconds are more than 64 bits."""
    rows = pl.LazyFrame({"k": [1, 1], "v": pl.Series([2**62, 2**62], dtype=pl.Duration("ns"))})
    spec = AggregateSpec(name="s", op="sum", value="v")
    with pytest.raises(InvalidOperationError, match=WRONG):
        EntityAggregation(by="k", aggregates=[spec]).run(rows).collect()
