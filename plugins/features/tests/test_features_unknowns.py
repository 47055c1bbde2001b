"""What a condition makes of NaN and of casts that fail: both are unknown, and stop nothing."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow.frame import EventFrame
from eventflow_features import DeriveStep, FeatureAggregationStep, FilterStep
from eventflow_features.expressions import Expression

if TYPE_CHECKING:
    from collections.abc import Callable

RATIOS = pl.DataFrame(
    {
        "u": ["x"] * 4,
        "clicks": [5, 0, 1, 3],
        "views": [10, 0, 10, 0],
        "kind": ["a", "b", "b", "a"],
    }
)


def _ledger(frame: EventFrame) -> dict[str, int]:
    counts = [account.counts.collect().drop_nulls("reason").rows() for account in frame.accounts]
    return {reason: rows for account in counts for reason, rows in account if rows}


def test_zero_by_zero_is_unknown_to_a_filter() -> None:
    """It is not above 0.3, nor is it not above: the row leaves, and the ledger says why."""
    done = FilterStep(where="clicks / views > 0.3").apply(EventFrame.of(RATIOS), None)
    assert sorted(done.collect()["clicks"].to_list()) == [3, 5]
    assert _ledger(done) == {
        "clicks / views > 0.3 is unknown": 1,
        "not (clicks / views > 0.3)": 1,
    }


def test_zero_by_zero_is_unknown_to_an_aggregate() -> None:
    """Neither a condition nor a value counts it."""
    step = FeatureAggregationStep(
        by=["u"],
        aggregates={
            "n": {"op": "count", "where": "clicks / views > 0.3"},
            "good": {"op": "sum", "value": "case when clicks / views > 0.3 then 1 else 0 end"},
        },
    )
    assert step.apply(EventFrame.of(RATIOS), None).collect().rows() == [("x", 2, 2)]


def _ratio(a: float | None, b: float | None) -> float | None:
    if a is None or b is None or (a == 0 and b == 0):
        return None
    return a / b if b else float("inf")


def _above(value: float | None, bound: float) -> bool | None:
    return None if value is None else value > bound


def _either(one: bool | None, other: bool | None) -> bool | None:
    if one or other:
        return True
    return None if one is None or other is None else False


_CONDITIONS: dict[str, Callable[[float | None, float | None], bool | None]] = {
    "a / b > 0.3": lambda a, b: _above(_ratio(a, b), 0.3),
    "a / b + 1 > 1.3": lambda a, b: _above(_ratio(a, b), 0.3),
    "not (a / b > 0.3)": lambda a, b: (
        None if _ratio(a, b) is None else not _above(_ratio(a, b), 0.3)
    ),
    "a / b > 0.3 or b = 0": lambda a, b: _either(
        _above(_ratio(a, b), 0.3), None if b is None else b == 0
    ),
    "a / b is null": lambda a, b: _ratio(a, b) is None,
    "coalesce(a / b, 0.0) > 0.3": lambda a, b: bool(_above(_ratio(a, b), 0.3)),
    "case when a / b > 0.3 then true else false end": lambda a, b: bool(_above(_ratio(a, b), 0.3)),
    "sqrt(a - 1) > 0.5": lambda a, _: None if a is None or a < 1 else (a - 1) ** 0.5 > 0.5,
}


@pytest.mark.parametrize("dtype", [pl.Int64, pl.Float64])
@pytest.mark.parametrize("text", _CONDITIONS)
def test_conditions_follow_the_logic_of_three_values(text: str, dtype: type[pl.DataType]) -> None:
    """Row by row as SQL has it, with 0 / 0 unknown; in SQL and as a derived column."""
    rng = random.Random(3)  # noqa: S311 - repeatable test data
    rows = [(rng.choice([0, 1, 2, None]), rng.choice([0, 1, 5, None])) for _ in range(60)]
    data = pl.DataFrame(rows, schema={"a": dtype, "b": dtype}, orient="row")
    expected = [_CONDITIONS[text](a, b) for a, b in rows]
    condition = Expression.of(text).condition(data.schema, key="where")
    assert data.select(condition.alias("v"))["v"].to_list() == expected
    derived = DeriveStep(columns={"v": text}).apply(EventFrame.of(data), None)
    assert derived.collect()["v"].to_list() == expected


def test_python_expressions_are_read_in_the_same_way() -> None:
    """A name given inside does not hide the value, nor does a struct."""
    ratio = pl.col("clicks") / pl.col("views")
    for condition in (ratio.alias("r") > 0.3, pl.struct(r=ratio).struct.field("r") > 0.3):
        done = FilterStep(where=condition).apply(EventFrame.of(RATIOS), None)
        assert sorted(done.collect()["clicks"].to_list()) == [3, 5]


@pytest.mark.parametrize("text", ["views > 1", "clicks > views and kind <> 'a'", "kind like 'a%'"])
def test_a_condition_without_floats_is_left_as_it_is(text: str) -> None:
    """It costs what it did, and the engine can still push it into a file."""
    written = Expression.of(text)
    assert written.condition(RATIOS.schema, key="where").meta == written.expr


TEXTS = pl.DataFrame({"kind": ["num", "txt", "num", "num"], "s": ["5", "abc", "1", "?"]})


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
@pytest.mark.parametrize(
    "cast", ["cast(s as int) > 3", pl.col("s").cast(pl.Int64) > 3, pl.col("s").str.to_integer() > 3]
)
def test_a_cast_in_a_filter_does_not_fail_for_rows_that_have_left(engine: Any, cast: Any) -> None:
    """Filters one after another are one pass; what cannot be cast is unknown, not an error."""
    first = FilterStep(where="kind = 'num'").apply(EventFrame.of(TEXTS), None)
    done = FilterStep(where=cast, reason="small").apply(first, None)
    assert len(done.accounts) == 1
    assert done.lazy.collect(engine=engine)["s"].to_list() == ["5"]
    told = _ledger(done)
    assert told.pop("small") == told.pop("not (kind = 'num')") == 1
    assert list(told.values()) == [1]


def test_a_cast_in_an_aggregates_condition_leaves_rows_out() -> None:
    """False and unknown rows do not count."""
    step = FeatureAggregationStep(
        by=["kind"], aggregates={"n": {"op": "count", "where": "cast(s as int) > 3"}}
    )
    done = step.apply(EventFrame.of(TEXTS), None).collect()
    assert dict(done.rows()) == {"num": 1, "txt": 0}
