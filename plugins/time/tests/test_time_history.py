"""Lags, differences, waits, weighted means and sequences against plain Python loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow_time import (
    TemporalDiffStep,
    TemporalEwmaStep,
    TemporalLagStep,
    TemporalSequenceStep,
    TemporalSincePreviousStep,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    Row = dict[str, Any]
    Run = Callable[[Any, list[Row]], list[Row]]


def _smallest_first(value: Any) -> tuple[bool, Any]:
    return (value is None, value)


def _before(row: Row, rows: list[Row], column: str = "amount") -> list[Row]:
    """Return the events strictly before, in order of time, then of the column; null is last."""
    if row["entity"] is None or row["time"] is None:
        return []
    mine = [r for r in rows if r["entity"] == row["entity"] and r["time"] is not None]
    earlier = [r for r in mine if r["time"] < row["time"]]
    return sorted(earlier, key=lambda r: (r["time"], _smallest_first(r[column])))


@given(data=st.data())
def test_a_lag_is_the_value_of_the_kth_event_strictly_before(
    run: Run, streams: Any, data: st.DataObject
) -> None:
    """Events of the same time do not see one another; null values are events like others."""
    rows = data.draw(streams)
    made = run(TemporalLagStep(columns=["amount", "kind"], lags=[1, 2]), rows)
    for row, found in zip(rows, made, strict=True):
        for column in ("amount", "kind"):
            before = _before(row, rows, column)
            for k in (1, 2):
                expected = before[-k][column] if len(before) >= k else None
                assert found[f"{column}_lag_{k}"] == expected


@given(data=st.data())
def test_a_tie_break_orders_events_of_one_time(run: Run, streams: Any, data: st.DataObject) -> None:
    """With a column that tells their order, the second of two events sees the first."""
    rows = data.draw(streams)
    made = run(TemporalLagStep(columns=["amount"], tie_break="row"), rows)
    for row, found in zip(rows, made, strict=True):
        whole = _before({**row, "time": row["time"]}, rows) + [
            r
            for r in rows
            if row["time"] is not None
            and row["entity"] is not None
            and (r["entity"], r["time"]) == (row["entity"], row["time"])
            and r["row"] < row["row"]
        ]
        whole.sort(key=lambda r: (r["time"], r["row"]))
        assert found["amount_lag_1"] == (whole[-1]["amount"] if whole else None)


@given(data=st.data())
def test_a_difference_is_the_value_less_its_lag(
    run: Run, streams: Any, data: st.DataObject
) -> None:
    """Null when one of the two is."""
    rows = data.draw(streams)
    made = run(TemporalDiffStep(columns=["amount"]), rows)
    for row, found in zip(rows, made, strict=True):
        before = _before(row, rows)
        lag = before[-1]["amount"] if before else None
        expected = None if lag is None or row["amount"] is None else row["amount"] - lag
        assert found["amount_diff_1"] == expected


@given(data=st.data())
def test_the_wait_since_the_previous_event_is_never_nothing(
    run: Run, streams: Any, data: st.DataObject
) -> None:
    """It is measured from the last event strictly before, in the unit asked for."""
    rows = data.draw(streams)
    made = run(TemporalSincePreviousStep(unit="h"), rows)
    for row, found in zip(rows, made, strict=True):
        before = _before(row, rows)
        if not before:
            assert found["since_previous"] is None
        else:
            waited = (row["time"] - before[-1]["time"]).total_seconds() / 3600
            assert found["since_previous"] == waited > 0


@given(data=st.data(), alpha=st.sampled_from([0.1, 0.5, 1.0]))
def test_a_weighted_mean_by_events_follows_the_recursion(
    run: Run, streams: Any, data: st.DataObject, alpha: float
) -> None:
    """The first value starts it; null values are passed over."""
    rows = data.draw(streams)
    made = run(TemporalEwmaStep(columns=["amount"], alpha=alpha), rows)
    for row, found in zip(rows, made, strict=True):
        mean = None
        for event in _before(row, rows):
            x = event["amount"]
            if x is not None:
                mean = x if mean is None else (1 - alpha) * mean + alpha * x
        assert found["amount_ewma"] == pytest.approx(mean, abs=1e-12)


@given(data=st.data())
def test_a_weighted_mean_by_time_decays_by_its_half_life(
    run: Run, streams: Any, data: st.DataObject
) -> None:
    """Events of one time count once, by the mean of their known values."""
    rows = data.draw(streams)
    made = run(TemporalEwmaStep(columns=["amount"], half_life="1d"), rows)
    for row, found in zip(rows, made, strict=True):
        moments: dict[datetime, list[float]] = {}
        for event in _before(row, rows):
            if event["amount"] is not None:
                moments.setdefault(event["time"], []).append(event["amount"])
        mean, last = None, None
        for at, values in sorted(moments.items()):
            x = sum(values) / len(values)
            if mean is None or last is None:
                mean = x
            else:
                share = 2 ** -((at - last).total_seconds() / 86400)
                mean = share * mean + (1 - share) * x
            last = at
        assert found["amount_ewma"] == pytest.approx(mean, abs=1e-12)


@given(data=st.data())
def test_an_event_is_numbered_by_how_many_came_before(
    run: Run, streams: Any, data: st.DataObject
) -> None:
    """Simultaneous events share a number; the last known values come with the newest last."""
    rows = data.draw(streams)
    made = run(TemporalSequenceStep(last={"amount": 3}), rows)
    for row, found in zip(rows, made, strict=True):
        before = _before(row, rows)
        unknown = row["entity"] is None or row["time"] is None
        assert found["event_number"] == (None if unknown else len(before) + 1)
        known = [r["amount"] for r in before if r["amount"] is not None]
        assert found["amount_last_3"] == (None if unknown else known[-3:])


@given(data=st.data(), hours=st.sampled_from([None, 24, 48]))
def test_a_funnel_counts_steps_in_their_order_and_in_time(
    run: Run, streams: Any, data: st.DataObject, hours: int | None
) -> None:
    """Every way of choosing earlier events as steps is tried."""
    rows = data.draw(streams)
    steps = ["view", "cart", "buy"]
    within = None if hours is None else f"{hours}h"
    made = run(TemporalSequenceStep(funnels={"shop": {"steps": steps, "within": within}}), rows)
    limit = float("inf") if hours is None else hours * 3600
    for row, found in zip(rows, made, strict=True):
        if row["entity"] is None or row["time"] is None:
            assert found["shop_stage"] is None
            continue
        assert found["shop_stage"] == _longest(_before(row, rows), steps, limit)


def _longest(events: list[Row], steps: list[str], limit: float) -> int:
    longest = 0
    chains: list[tuple[int, datetime, datetime]] = []  # steps done, first time, last time
    for event in events:
        at = event["time"]
        grown = [
            (done + 1, first, at)
            for done, first, last in chains
            if done < len(steps)
            and event["kind"] == steps[done]
            and last < at
            and (at - first).total_seconds() < limit
        ]
        if event["kind"] == steps[0]:
            grown.append((1, at, at))
        chains += grown
        longest = max([longest, *(done for done, _, _ in grown)])
    return longest
