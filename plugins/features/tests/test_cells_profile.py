"""Profiles over the week: against DuckDB and a loop over wall clocks."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow_features import FeatureProfileStep

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPRING = datetime(2024, 3, 30, tzinfo=UTC)
"""The day before clocks go forward in Berlin."""


def _frame(rows: list[tuple[Any, ...]], **roles: str) -> EventFrame:
    schema: dict[str, Any] = {"cell": pl.String, "at": pl.Datetime("us", "UTC"), "x": pl.Float64}
    data = pl.DataFrame(rows, schema=schema, orient="row")
    return EventFrame.of(data, timestamp="at", entity="cell", **roles)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 200)), min_size=1))
def test_shares_follow_the_clock_on_the_wall(drawn: list[tuple[str, int]]) -> None:
    """Of Berlin, over a change of clocks; all 168 columns are there, and add up to 1."""
    times = [(cell, SPRING + timedelta(hours=h), None) for cell, h in drawn]
    made = FeatureProfileStep().apply(_frame(times, timezone="Europe/Berlin"), None).collect()
    assert made.width == 1 + 168
    for row in made.iter_rows(named=True):
        walls = [at.astimezone(ZoneInfo("Europe/Berlin")) for c, at, _ in times if c == row["cell"]]
        told = Counter(f"{DAYS[w.weekday()]}_{w.hour:02}" for w in walls)
        shares = {name: n / len(walls) for name, n in told.items()}
        assert {k: v for k, v in row.items() if k != "cell" and v} == pytest.approx(shares)
        assert sum(v for k, v in row.items() if k != "cell") == pytest.approx(1)


def test_means_of_a_column_are_what_sql_says() -> None:
    """By hour of the day; an hour without values has no mean."""
    rows = [("A", SPRING + timedelta(minutes=37 * n), float(n % 5) if n % 3 else None)
            for n in range(60)]  # fmt: skip
    frame = _frame(rows)
    step = FeatureProfileStep(parts="hour", of="x", prefix="x_")
    [row] = step.apply(frame, None).collect().drop("cell").rows(named=True)
    data = frame.collect()  # noqa: F841 - DuckDB finds it by its name
    query = """select hour("at" at time zone 'UTC'), avg(x) from data group by 1"""
    told = duckdb.execute(query)
    expected = {f"x_hour_{hour:02}": mean for hour, mean in told.fetchall()}
    for name, mean in row.items():
        assert mean == pytest.approx(expected.get(name)), name


def test_parts_of_the_day_may_lie_over_midnight() -> None:
    """Hours that no part has count among all events."""
    hours = [23, 2, 6, 6, 21]
    frame = _frame([("A", SPRING + timedelta(hours=h), None) for h in hours])
    step = FeatureProfileStep(parts={"night": (22, 6), "morning": (6, 12)})
    assert step.apply(frame, None).collect().rows() == [("A", 0.4, 0.4)]


def test_what_happens_at_as_of_or_later_changes_nothing() -> None:
    """It is dropped and counted, as are rows without a time."""
    rows = [("A", SPRING, None), ("A", SPRING + timedelta(days=2), None), ("A", None, None)]
    step = FeatureProfileStep(parts="weekday").at(SPRING + timedelta(days=1))
    made = step.apply(_frame(rows), None)
    assert made.collect().rows() == [("A", 0, 0, 0, 0, 0, 1, 0)]
    ledger = {r: n for a in made.accounts for r, n in a.counts.collect().rows() if r and n}
    assert ledger == {"no at": 1, "not before as_of": 1}


def test_dates_have_days_and_no_hours() -> None:
    """EF345 says so."""
    frame = EventFrame.of({"cell": ["A"], "on": [date(2024, 3, 30)]}, timestamp="on")
    made = FeatureProfileStep(by="cell", parts="weekday").apply(frame, None).collect()
    assert made["sat"].to_list() == [1.0]
    with pytest.raises(EventflowError, match="is a date, which has no hours") as told:
        FeatureProfileStep(by="cell").apply(frame, None)
    assert told.value.problems[0].code == "EF345"


def test_parts_that_overlap_are_refused() -> None:
    """An hour belongs to one part."""
    with pytest.raises(ValidationError, match="hour 5 belongs to morning and to another part"):
        FeatureProfileStep(parts={"night": (22, 6), "morning": (5, 12)})
