"""Parts of the calendar against Python's own, and holidays that everybody knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from math import cos, pi, sin
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from eventflow import EventFrame
from eventflow_time import TemporalCalendarStep, TemporalHolidaysStep
from eventflow_time.errors import UnfitColumnError
from eventflow_time.holidays import holidays_of

WALL = datetime(2026, 7, 1, 23)  # noqa: DTZ001 - a wall clock
MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2037, 1, 1)).map(  # noqa: DTZ001 - a wall clock
    lambda t: t.replace(tzinfo=UTC)
)


def _one(step: Any, at: Any, **roles: Any) -> dict[str, Any]:
    frame = EventFrame.of({"at": [at]}, timestamp="at", **roles)
    return step.apply(frame, None).collect().row(0, named=True)  # type: ignore[no-any-return] # one row


@given(at=MOMENTS, zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]))
def test_parts_are_those_of_the_wall_clock_in_the_zone(at: datetime, zone: str) -> None:
    """Python's datetime says the same of each, summer time included."""
    found = _one(TemporalCalendarStep(timezone=zone, prefix="", cyclic=["hour", "month"]), at)
    wall = at.astimezone(ZoneInfo(zone))
    expected = {
        "year": wall.year,
        "quarter": (wall.month + 2) // 3,
        "month": wall.month,
        "week": wall.isocalendar().week,
        "day": wall.day,
        "day_of_week": wall.isoweekday(),
        "day_of_year": wall.timetuple().tm_yday,
        "hour": wall.hour,
        "is_weekend": wall.isoweekday() > 5,
        "is_month_start": wall.day == 1,
        "is_month_end": (wall.date() + timedelta(days=1)).day == 1,
    }
    assert {name: found[name] for name in expected} == expected
    assert found["hour_sin"] == pytest.approx(sin(2 * pi * wall.hour / 24))
    assert found["month_cos"] == pytest.approx(cos(2 * pi * (wall.month - 1) / 12))


def test_cycles_have_the_length_of_their_month_and_year() -> None:
    """The last day of a leap year and of February lie just before the first."""
    step = TemporalCalendarStep(parts=["year"], cyclic=["day", "day_of_year"], prefix="")
    found = _one(step, date(2024, 2, 29))
    assert found["day_sin"] == pytest.approx(sin(2 * pi * 28 / 29))
    assert found["day_of_year_cos"] == pytest.approx(cos(2 * pi * 59 / 366))


def test_a_wall_clock_is_read_as_it_is_and_names_begin_with_the_column() -> None:
    """Without `timezone` the hour is the one that is written; a null time has no parts."""
    found = _one(TemporalCalendarStep(), WALL, timezone="Asia/Tokyo")
    assert (found["at_hour"], found["at_day"]) == (23, 1)
    there = _one(
        TemporalCalendarStep(timezone="UTC"),
        WALL,
        timezone="Asia/Tokyo",
    )
    assert (there["at_hour"], there["at_day"]) == (14, 1)
    frame = EventFrame.of({"at": pl.Series([None], dtype=pl.Datetime("us"))}, timestamp="at")
    row = TemporalCalendarStep().apply(frame, None).collect().row(0)
    assert set(row) == {None}


def test_a_date_has_no_hours() -> None:
    """They are left out unless asked for; then EF331."""
    assert "at_hour" not in _one(TemporalCalendarStep(), date(2026, 1, 1))
    with pytest.raises(UnfitColumnError, match="hour"):
        _one(TemporalCalendarStep(parts=["hour"]), date(2026, 1, 1))


def test_the_weekend_is_where_people_rest() -> None:
    """Friday and Saturday, where that is said."""
    friday = date(2026, 1, 2)
    assert _one(TemporalCalendarStep(weekend=[5, 6]), friday)["at_is_weekend"] is True
    assert _one(TemporalCalendarStep(), friday)["at_is_weekend"] is False


@pytest.mark.parametrize(
    ("options", "day", "holiday", "near"),
    [
        ({"country": "US"}, date(2026, 7, 4), "Independence Day", True),
        ({"country": "US"}, date(2026, 11, 26), "Thanksgiving Day", True),  # fourth Thursday
        ({"country": "DE", "subdivision": "BY"}, date(2026, 1, 6), "Heilige Drei Könige", True),
        ({"country": "DE", "subdivision": "BE"}, date(2026, 1, 6), None, False),
        ({"country": "FR", "language": "en_US"}, date(2026, 7, 14), "National Day", True),
        ({"country": "GB", "subdivision": "ENG"}, date(2026, 12, 24), None, True),  # eve
        ({"country": "GB", "subdivision": "ENG"}, date(2026, 12, 23), None, False),
    ],
)
def test_holidays_are_those_of_the_place(
    options: dict[str, Any], day: date, holiday: str | None, near: bool
) -> None:
    """Fixed days, days that move, and days of one state."""
    found = _one(TemporalHolidaysStep(**options, before=1), day)
    assert found["holiday"] == holiday
    assert found["is_holiday"] is (holiday is not None)
    assert found["near_holiday"] is near


def test_a_holiday_begins_at_midnight_in_its_zone() -> None:
    """New Year in Sydney is still the old year in UTC."""
    at = datetime(2025, 12, 31, 14, tzinfo=UTC)
    assert _one(TemporalHolidaysStep(country="AU", timezone="Australia/Sydney"), at)["is_holiday"]
    assert not _one(TemporalHolidaysStep(country="AU"), at)["is_holiday"]


def test_days_that_are_not_covered_are_unknown() -> None:
    """Outside `years`, and outside the years the country's rules cover, the answer is null."""
    step = TemporalHolidaysStep(country="US", years=[2020, 2025], after=1)
    assert set(list(_one(step, date(2026, 7, 4)).values())[1:]) == {None}
    china = TemporalHolidaysStep(country="CN", years=[1940, 2030])
    assert _one(china, date(1949, 10, 1))["is_holiday"] is None
    assert _one(china, date(2024, 10, 1))["is_holiday"] is True


def test_names_do_not_depend_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `language` they are in the country's own, whatever the machine speaks."""
    monkeypatch.setenv("LANGUAGE", "th")
    holidays_of.cache_clear()
    assert _one(TemporalHolidaysStep(country="DE"), date(2026, 1, 1))["holiday"] == "Neujahr"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"country": "XX"}, "ISO 3166-1"),
        ({"country": "DE", "subdivision": "QQ"}, 'no subdivision "QQ"; known: BB'),
        ({"country": "DE", "language": "fr"}, "known: de, en_US"),
        ({"country": "DE", "years": [2026, 2020]}, r"write \[2020, 2026\]"),
    ],
)
def test_a_place_that_is_not_known_is_refused(options: dict[str, Any], told: str) -> None:
    """The message says what is known."""
    with pytest.raises(ValidationError, match=told):
        TemporalHolidaysStep(**options)
