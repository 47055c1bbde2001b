"""Each aggregate's dtype is the one it declares, and narrow numbers do not overflow."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from eventflow_features import AggregateSpec, EntityAggregation
from eventflow_features.specs import OPERATIONS

DTYPES = [
    pl.Int8(), pl.Int32(), pl.Int64(), pl.UInt32(), pl.UInt64(), pl.Float32(), pl.Float64(),
    pl.Decimal(10, 2), pl.Boolean(), pl.String(), pl.Date(), pl.Datetime("ms", "UTC"),
    pl.Duration("us"),
]  # fmt: skip

OTHER = {"other": "v"}
OPTIONS: dict[str, dict[str, object]] = {
    "quantile": {"q": 0.5}, "approx_quantile": {"q": 0.5},
    "ratio": {**OTHER}, "cov": {**OTHER}, "corr": {**OTHER},
}  # fmt: skip


@pytest.mark.parametrize("op", OPERATIONS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_the_declared_dtype_is_the_one_that_comes_out(op: str, dtype: pl.DataType) -> None:
    """In one pass and through partials; what is declared impossible is refused."""
    rows = pl.LazyFrame(
        {"k": ["a"], "t": [datetime(2024, 1, 1, tzinfo=UTC)], "v": pl.Series([None], dtype=dtype)}
    )
    spec = AggregateSpec(name="x", op=op, value="v", options=OPTIONS.get(op, {}))
    declared = spec.unbound("t").dtype(dtype)
    as_of = datetime(2025, 1, 1, tzinfo=UTC)
    made = EntityAggregation(by="k", time="t", as_of=as_of, aggregates=[spec])
    if declared is None:
        with pytest.raises(Exception, match="EF321"):
            made.run(rows)
        return
    assert made.run(rows).collect().schema["x"] == declared
    assert made.finish(made.merge(made.partial(rows))).collect().schema["x"] == declared


@pytest.mark.parametrize("dtype", [pl.Int8(), pl.Int32(), pl.UInt32()], ids=str)
def test_narrow_integers_are_added_in_64_bits(dtype: pl.Int8 | pl.Int32 | pl.UInt32) -> None:
    """The sum of two largest values is their sum, not what is left after overflow."""
    top = pl.select(dtype.max()).item()
    rows = pl.LazyFrame({"k": ["a", "a"], "v": pl.Series([top, top], dtype=dtype)})
    spec = AggregateSpec(name="x", op="sum", value="v")
    assert EntityAggregation(by="k", aggregates=[spec]).run(rows).collect()["x"].item() == 2 * top


def test_decimals_add_up_exactly() -> None:
    """A tenth, ten times, is one."""
    rows = pl.LazyFrame(
        {"k": ["a"] * 10, "v": pl.Series([Decimal("0.1")] * 10, dtype=pl.Decimal(10, 1))}
    )
    spec = AggregateSpec(name="x", op="sum", value="v")
    found = EntityAggregation(by="k", aggregates=[spec]).run(rows).collect()["x"].item()
    assert found == Decimal(1)
