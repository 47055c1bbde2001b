"""Casts of what people write: money, numbers that count time, 24:00, clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow.frame import EventFrame
from eventflow_features import CastStep
from eventflow_features.errors import ExpressionError


def _cast(
    values: list[Any], dtype: str, *, zone: str = "UTC", **options: Any
) -> tuple[list[Any], dict[str, int]]:
    """Return what a cast keeps, and what it counts."""
    rows = pl.DataFrame({"id": range(len(values)), "x": values})
    step = CastStep(columns={"x": dtype}, **options)
    done = step.apply(EventFrame.of(rows, timezone=zone), None)
    counts = [account.counts.collect().drop_nulls("reason").rows() for account in done.accounts]
    kept = done.lazy.collect().sort("id")["x"].to_list()
    return kept, {reason: rows for account in counts for reason, rows in account if rows}


def test_money_is_cast_as_the_example_says() -> None:
    """What is written otherwise leaves, counted; null stays."""
    texts = [" $1,234.50 ", "(3)", None, "5", "€5", "1.234,50"]
    assert _cast(texts, "f64", formats={"x": "$1,234.50"}) == (
        [1234.5, -3.0, None, 5.0],
        {"not a number: x": 2},
    )
    assert _cast(["1.234 €", "2,5 €"], "i64", formats={"x": "1.234,5 €"}) == (
        [1234],
        {"not a whole number: x": 1},
    )


def test_an_example_that_leaves_signs_open_is_refused() -> None:
    """With the configuration, not in the run."""
    with pytest.raises(ValidationError, match="write one number as the file has them"):
        CastStep(columns={"x": "f64"}, formats={"x": "1,234"})


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1709251200, 0, 7258118400], "datetime[us, UTC]"),
        (["1709251200", "0", "7258118400"], "datetime"),
    ],
)
def test_numbers_that_likely_count_another_unit_are_flagged(values: list[Any], dtype: str) -> None:
    """Times in 1970 or after 2199 stay, and the ledger names the unit."""
    kept, counted = _cast(values, dtype, formats={"x": "s"})
    assert len(kept) == 3
    assert counted == {"in 1970 or after 2199, counted in s: x": 2}


@pytest.mark.parametrize("value", [1709251200, "1709251200"])
def test_a_date_counts_days(value: object) -> None:
    """Seconds make a datetime, which gives its date in a second cast."""
    with pytest.raises(ExpressionError, match=r"formats: {x: d}"):
        _cast([value], "date", formats={"x": "s"})


@pytest.mark.parametrize(("dtype", "unit"), [("datetime[us, UTC]", "s"), ("date", "d")])
def test_times_beyond_the_year_9999_do_not_fit(dtype: str, unit: str) -> None:
    """Neither Python nor ISO 8601 could write them."""
    kept, lost = _cast([1709251200000, 5], dtype, formats={"x": unit})
    assert len(kept) == 1
    assert lost["not a date or time: x"] == 1


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("2024-02-29T24:00", "2024-03-01T00:00"),
        ("2024-12-31 24:00:00.000", "2025-01-01T00:00"),
        ("2024-12-31 24:00:01", None),
        ("2024-12-31 24:30", None),
    ],
)
def test_24_00_is_the_next_days_00_00(text: str, wall: str | None) -> None:
    """As ISO 8601 has it; nothing is later than that."""
    kept, lost = _cast([text], "datetime")
    assert kept == ([] if wall is None else [datetime.fromisoformat(wall)])
    assert sum(lost.values()) == (wall is None)


def test_24_00_with_an_offset_ends_the_day_there() -> None:
    """The instant is that of the offset."""
    kept, _ = _cast(["2024-03-30T24:00+02:00"], "datetime[us, UTC]")
    assert kept == [datetime(2024, 3, 30, 22, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("options", "hours"),
    [
        ({}, []),
        ({"repeated_times": "earlier"}, [0]),
        ({"repeated_times": "later"}, [1]),
        ({"skipped_times": "forward"}, [1]),
        ({"repeated_times": "earlier", "skipped_times": "forward"}, [0, 1]),
    ],
)
def test_clock_changes_mean_what_the_options_say(options: dict[str, str], hours: list[int]) -> None:
    """What they leave open leaves, counted; the hours are those of UTC."""
    walls = ["2024-10-27 02:30", "2024-03-31 02:30"]
    kept, lost = _cast(walls, "datetime[us, UTC]", zone="Europe/Paris", **options)
    assert [at.hour for at in kept] == hours
    assert sum(lost.values()) == 2 - len(hours)


@pytest.mark.parametrize("dtype", ["date", "datetime"])
def test_a_year_of_two_digits_is_no_year_in_full(dtype: str) -> None:
    """It would be the year 24; `%y` reads it."""
    texts = ["01/03/24", "01/03/2024"]
    kept, lost = _cast(texts, dtype, formats={"x": "%d/%m/%Y"})
    assert [at.year for at in kept] == [2024]
    assert lost == {"not a date or time: x": 1}
    assert _cast(texts[:1], "date", formats={"x": "%d/%m/%y"})[0] == [date(2024, 3, 1)]


def test_a_date_takes_no_time() -> None:
    """Text with a clock is no date."""
    assert _cast(["2024-02-29", "2024-02-29T24:00"], "date")[0] == [date(2024, 2, 29)]
