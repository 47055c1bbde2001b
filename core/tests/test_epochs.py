"""Times as numbers; Python's `datetime` is the oracle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.epochs import UNITS, likelier_unit, likely_unit, odd, since_1970

DAY = datetime(2024, 3, 1, tzinfo=UTC)
Unit = Literal["d", "s", "ms", "us", "ns"]


def _count(at: datetime, unit: str) -> int:
    return (
        (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000 // UNITS[unit]
    )


@given(st.integers(-(10**10), 10**10), st.sampled_from(["s", "ms", "us"]))
def test_a_count_is_the_instant_that_python_reads(count: int, unit: str) -> None:
    """Before 1970 too, and without rounding."""
    told = pl.select(since_1970(pl.lit(count), unit)).item()
    exact = timedelta(microseconds=count * UNITS[unit] // 1000)
    assert told == datetime(1970, 1, 1, tzinfo=UTC) + exact


def test_a_count_too_large_for_a_time_is_null() -> None:
    """It never wraps round."""
    assert pl.select(since_1970(pl.lit(10**18), "s")).item() is None


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_the_unit_of_todays_times_is_told(unit: str) -> None:
    """The ranges of the units do not touch, so that there is one answer or none."""
    counts = [_count(DAY + timedelta(days=n), unit) for n in (0, 900)]
    assert likely_unit(*counts) == unit
    assert likely_unit(1, counts[1]) is None
    for stated in ("s", "ms", "us", "ns"):
        expected = None if stated == unit else unit
        assert likelier_unit(stated, *counts) == expected


@pytest.mark.parametrize(
    ("at", "strange"),
    [
        (datetime(1969, 12, 31, tzinfo=UTC), False),
        (datetime(1970, 1, 20, tzinfo=UTC), True),
        (datetime(1971, 1, 1, tzinfo=UTC), False),
        (DAY, False),
        (datetime(2200, 1, 1, tzinfo=UTC), True),
    ],
)
@pytest.mark.parametrize("unit", ["d", "s", "ms", "us", "ns"])
def test_odd_are_times_in_1970_and_after_2199(at: datetime, unit: Unit, *, strange: bool) -> None:
    """As one gets with the wrong unit; birthdays before 1970 are not odd."""
    assert pl.select(odd(pl.lit(_count(at, unit)), unit)).item() == strange
