"""What lies exactly on a limit of time, and integers at the limit of 64 bits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from eventflow import EventFrame
from eventflow_time import (
    TemporalDiffStep,
    TemporalRollingStep,
    TemporalSequenceStep,
    TemporalSessionStep,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def _made(step: Any, after: list[timedelta], **columns: Any) -> pl.DataFrame:
    data = {"at": [START + passed for passed in after], **columns}
    made: pl.DataFrame = step.apply(EventFrame.of(data, timestamp="at"), None).collect()
    return made.sort("at")


@pytest.mark.parametrize(("pause", "stage"), [(-1, 2), (0, 1), (1, 1)])
def test_a_step_of_a_funnel_comes_before_the_time_is_over(pause: int, stage: int) -> None:
    """With `within` of a day, what comes a day later is too late by nothing: half-open."""
    step = TemporalSequenceStep(
        by=[], funnels={"shop": {"steps": ["view", "buy"], "column": "kind", "within": "1d"}}
    )
    bought = DAY + timedelta(microseconds=pause)
    made = _made(step, [timedelta(), bought, 2 * DAY], kind=["view", "buy", "other"])
    assert made["shop_stage"].to_list() == [0, 1, stage]


@pytest.mark.parametrize(("pause", "sessions"), [(-1, 1), (0, 2), (1, 2)])
def test_a_pause_as_long_as_the_gap_ends_the_session(pause: int, sessions: int) -> None:
    """A pause that is a microsecond shorter does not."""
    step = TemporalSessionStep(gap="1d", by=[])
    made = _made(step, [timedelta(), DAY + timedelta(microseconds=pause)])
    assert made["session_id"].n_unique() == sessions


LARGE = {
    pl.Int64: [2**62, 2**62, 2**62, -(2**63), 2**63 - 1, -1, 0, -(2**62), None, 5],
    pl.UInt64: [2**63 + 5, 2**63 + 7, 2**63 + 9, 0, 2**64 - 1, 1, 2, 2**62, None, 5],
}


@pytest.mark.parametrize("dtype", LARGE)
def test_a_difference_is_exact_or_null_where_no_i64_holds_it(dtype: Any) -> None:
    """Python's integers know no limit: what they give is the answer, unless it does not fit."""
    values = LARGE[dtype]
    made = _made(
        TemporalDiffStep(by=[], columns=["x"]),
        [n * DAY for n in range(len(values))],
        x=pl.Series(values, dtype=dtype),
    )
    pairs = zip(values[1:], values[:-1], strict=True)
    exact = [None if a is None or b is None else a - b for a, b in pairs]
    assert made["x_diff_1"].to_list() == [None, *map(_held, exact)]
    assert made["x_diff_1"].dtype == pl.Int64


@pytest.mark.parametrize("dtype", LARGE)
@pytest.mark.parametrize("days", [1, 2, 3, 9])
def test_a_trailing_sum_is_exact_or_null_where_no_i64_holds_it(dtype: Any, days: int) -> None:
    """It never wraps around to a number of the other sign."""
    values = LARGE[dtype]
    made = _made(
        TemporalRollingStep(by=[], windows=[f"{days}d"], columns=["x"], aggregates=["sum"]),
        [n * DAY for n in range(len(values))],
        x=pl.Series(values, dtype=dtype),
    )
    sums = [sum(v or 0 for v in values[max(n - days, 0) : n]) for n in range(len(values))]
    assert made[f"x_sum_{days}d"].to_list() == [_held(total) for total in sums]


def _held(number: int | None) -> int | None:
    return number if number is not None and -(2**63) <= number < 2**63 else None
