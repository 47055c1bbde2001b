"""Comparing times of any unit and zone with a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.moments import ahead, back, first_day, instant, moment

EPOCH = datetime(2011, 12, 10, tzinfo=UTC)
steps = st.integers(-3_000_000, 3_000_000)


@given(at=steps, event=steps, unit=st.sampled_from(["ms", "us", "ns"]), zone=st.booleans())
def test_before_is_what_python_says(at: int, event: int, unit: str, *, zone: bool) -> None:
    """`instant < moment` is the order of Python's datetimes, to the microsecond."""
    if unit == "ms":
        event -= event % 1000
    happened, as_of = EPOCH + timedelta(microseconds=event), EPOCH + timedelta(microseconds=at)
    dtype = pl.Datetime(unit, "Europe/London" if zone else None)  # type: ignore[arg-type] # of a list of units
    naive = pl.Series("t", [happened.replace(tzinfo=None)], pl.Datetime(unit))  # type: ignore[arg-type] # likewise
    times = naive.dt.replace_time_zone("UTC").cast(dtype) if zone else naive

    before = pl.DataFrame([times]).select(instant("t", dtype) < moment(as_of, dtype)).item()

    assert before is (happened < as_of)


def test_milliseconds_are_not_rounded_away() -> None:
    """Half a millisecond before the moment is before it, in a column of milliseconds too."""
    dtype = pl.Datetime("ms")
    frame = pl.DataFrame({"t": [datetime(2011, 12, 10)]}, schema={"t": dtype})  # noqa: DTZ001 - naive on purpose
    as_of = EPOCH + timedelta(microseconds=500)

    assert frame.select(instant("t", dtype) < moment(as_of, dtype)).item() is True


@pytest.mark.parametrize(("hour", "before"), [(0, False), (1, True)])
def test_a_day_begins_at_midnight(hour: int, *, before: bool) -> None:
    """A date compares by its midnight."""
    frame = pl.DataFrame({"t": [EPOCH.date()]})

    found = frame.select(instant("t", pl.Date()) < moment(EPOCH.replace(hour=hour), pl.Date()))

    assert found.item() is before


def test_times_without_a_zone_are_in_utc_unless_said() -> None:
    """The offset in which `as_of` happens to be written changes nothing."""
    at = datetime(2011, 12, 10, 12, tzinfo=timezone(timedelta(hours=5)))  # 07:00 in UTC
    frame = pl.DataFrame({"t": [datetime(2011, 12, 10, 8), datetime(2011, 12, 10, 6)]})  # noqa: DTZ001 - naive on purpose

    before = frame.select(instant("t", pl.Datetime()) < moment(at, pl.Datetime()))

    assert before.to_series().to_list() == [False, True]


@given(
    hours=st.integers(-100_000, 100_000),
    days=st.integers(-2, 2),
    zone=st.sampled_from(["UTC", "Europe/London", "Asia/Kathmandu", "America/Santiago"]),
)
def test_days_compare_with_the_first_day_as_with_the_moment(
    hours: int, days: int, zone: str
) -> None:
    """`date < first_day` wherever the date's midnight is before the moment, in every zone."""
    at = EPOCH + timedelta(hours=hours)
    dates = pl.DataFrame({"t": [at.date() + timedelta(days=days)]})
    expected = dates.select(instant("t", pl.Date()) < moment(at, pl.Date(), zone)).item()

    assert dates.select(pl.col("t") < first_day(at, zone)).item() is expected


def test_ahead_is_the_calendar_as_back_is() -> None:
    """A day over the spring change has 23 hours, 24 h has 24; a month after 31 January ends it."""
    noon = datetime(2024, 3, 30, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    aware = pl.Datetime("us", "Europe/Berlin")
    assert ahead(noon, "1d", aware) == noon.astimezone(UTC) + timedelta(hours=23)
    assert ahead(noon, "24h", aware) == noon.astimezone(UTC) + timedelta(hours=24)
    assert back(ahead(noon, "1d", aware), "1d", aware) == noon
    last = datetime(2024, 1, 31, tzinfo=UTC)
    assert ahead(last, "1mo", pl.Date()) == datetime(2024, 2, 29, tzinfo=UTC)
