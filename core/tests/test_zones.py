"""Times without an offset, read in a zone whose clocks change: `zoneinfo` is the oracle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow.frame import EventFrame
from eventflow.moments import back, day, elapsed, instant, located, moment
from eventflow.schema import EventMetadata, EventSchema
from eventflow.zones import known_zone

ZONES = ["America/New_York", "Europe/London", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
CHANGES = {
    "America/New_York": (
        datetime(2024, 3, 10, 7, tzinfo=UTC), datetime(2024, 11, 3, 6, tzinfo=UTC),
    ),
    "Europe/London": (datetime(2024, 3, 31, 1, tzinfo=UTC), datetime(2024, 10, 27, 1, tzinfo=UTC)),
    "Australia/Lord_Howe": (
        datetime(2024, 10, 5, 15, 30, tzinfo=UTC), datetime(2024, 4, 6, 15, tzinfo=UTC),
    ),
}  # fmt: skip
NAIVE = pl.Datetime("us")


def exists(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks in the zone ever showed this."""
    there = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there.replace(tzinfo=None) == wall


def surely(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the later of the instants at which clocks in the zone showed this."""
    return max(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))


@st.composite
def near_changes(draw: st.DrawFn) -> tuple[str, datetime, datetime]:
    """Draw a zone, a wall clock and a moment within hours of a change of its clocks."""
    zone = draw(st.sampled_from(sorted(CHANGES)))
    change = draw(st.sampled_from(CHANGES[zone]))
    hours = st.integers(-5 * 3600, 5 * 3600).map(lambda s: timedelta(seconds=s))
    wall = (change + draw(hours)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    skipped = draw(st.booleans())
    wall += timedelta(minutes=20) if skipped else timedelta()
    return zone, wall, change + draw(hours)


@given(near_changes())
def test_a_wall_clock_counts_once_it_is_surely_past(drawn: tuple[str, datetime, datetime]) -> None:
    """Before `at` is what `zoneinfo` says of the later reading, to the second, at both edges."""
    zone, wall, at = drawn
    if not exists(wall, ZoneInfo(zone)):
        return
    frame = pl.DataFrame({"t": [wall]}, schema={"t": NAIVE})

    found = frame.select(instant("t", NAIVE) < moment(at, NAIVE, zone)).item()

    assert found is (surely(wall, ZoneInfo(zone)) < at)


@given(near_changes())
def test_what_counts_never_happened_later(drawn: tuple[str, datetime, datetime]) -> None:
    """Of every wall clock, skipped ones too: what lies before `at` has a time of at least zero."""
    zone, wall, at = drawn
    frame = pl.DataFrame({"t": [wall]}, schema={"t": NAIVE})
    before, passed = frame.select(
        before=instant("t", NAIVE) < moment(at, NAIVE, zone), passed=elapsed("t", NAIVE, at, zone)
    ).row(0)

    assert not before or passed >= timedelta()
    if exists(wall, ZoneInfo(zone)):
        assert passed == at - surely(wall, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("hour", "minute", "counted"),
    [(4, 59, [True, False, False]), (5, 0, [True, False, False]), (5, 59, [True, False, False]),
     (6, 0, [True, False, False]), (6, 30, [True, True, False]), (7, 0, [True, True, True])],
)  # fmt: skip
def test_a_repeated_hour_is_read_as_its_second_pass(
    hour: int, minute: int, counted: list[bool]
) -> None:
    """At 01:45 EDT nobody knows whether 01:15 has been for the last time; at 01:30 EST it has."""
    walls = [datetime(2024, 11, 3, h, m) for h, m in ((0, 58), (1, 15), (1, 45))]  # noqa: DTZ001 - naive on purpose
    at = datetime(2024, 11, 3, hour, minute, tzinfo=UTC)
    frame = pl.DataFrame({"t": walls}, schema={"t": NAIVE})

    found = frame.select(instant("t", NAIVE) < moment(at, NAIVE, "America/New_York"))

    assert found.to_series().to_list() == counted


def test_a_skipped_wall_clock_lies_before_the_first_that_follows() -> None:
    """Half past two never was on 10 March 2024 in New York; at three it is past, as 01:30 EST."""
    frame = pl.DataFrame({"t": [datetime(2024, 3, 10, 2, 30)]}, schema={"t": NAIVE})  # noqa: DTZ001 - naive on purpose
    before, change = datetime(2024, 3, 10, 6, 59, tzinfo=UTC), datetime(2024, 3, 10, 7, tzinfo=UTC)
    time, zone = instant("t", NAIVE), "America/New_York"

    assert frame.select(time < moment(before, NAIVE, zone)).item() is False
    assert frame.select(time < moment(change, NAIVE, zone)).item() is True
    found = frame.select(located("t", NAIVE, zone)).item()
    assert found == datetime(2024, 3, 10, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_an_instant_is_as_fine_as_its_wall_clock(zone: str) -> None:
    """Nanoseconds stay, in every zone."""
    noon = datetime(2024, 3, 31, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    dtype, wall = pl.Datetime("ns"), datetime(2024, 3, 31, 12)  # noqa: DTZ001 - naive on purpose
    clock = pl.lit(wall, dtype) + pl.duration(nanoseconds=7, time_unit="ns")
    found = pl.select(clock.alias("t")).select(located("t", dtype, zone).to_physical()).item()
    assert found == int(noon.timestamp()) * 10**9 + 7


@pytest.mark.parametrize("zone", ZONES)
def test_a_date_is_a_day_in_the_zone(zone: str) -> None:
    """It begins at midnight there, and days since it are days of the calendar there."""
    today = date(2024, 3, 31)  # clocks change in London
    midnight = datetime(2024, 3, 31, tzinfo=ZoneInfo(zone))
    frame = pl.DataFrame({"t": [today]})
    tick = timedelta(microseconds=1)

    def counts(at: datetime) -> bool:
        found = frame.select(instant("t", pl.Date()) < moment(at, pl.Date(), zone)).item()
        assert isinstance(found, bool)
        return found

    assert not counts(midnight)
    assert counts(midnight + tick)
    later = datetime(2024, 4, 1, tzinfo=ZoneInfo(zone))
    passed = frame.select(elapsed("t", pl.Date(), later, zone)).item()
    assert passed == timedelta(days=1)


def test_columns_with_a_zone_are_instants_whatever_the_frame_says() -> None:
    """Their day, where a date is compared, is that of the frame's zone."""
    dtype = pl.Datetime("us", "Asia/Kolkata")
    at = datetime(2024, 1, 1, 2, tzinfo=UTC)
    frame = pl.DataFrame({"t": [at]}, schema={"t": pl.Datetime("us", "UTC")}).cast({"t": dtype})
    tick = timedelta(microseconds=1)
    zone = "America/New_York"

    assert frame.select(instant("t", dtype) < moment(at, dtype, zone)).item() is False
    assert frame.select(instant("t", dtype) < moment(at + tick, dtype, zone)).item() is True
    assert frame.select(elapsed("t", dtype, at + tick, zone)).item() == tick
    assert frame.select(day("t", dtype, zone)).item() == date(2023, 12, 31)


def test_lengths_of_the_calendar_are_lengths_in_the_zone() -> None:
    """The day before noon of the day after the change began at noon: 23 hours earlier."""
    zone = ZoneInfo("America/New_York")
    at = datetime(2024, 3, 10, 12, tzinfo=zone)

    assert back(at, "1d", NAIVE, str(zone)) == datetime(2024, 3, 9, 12, tzinfo=zone)
    assert back(at, "24h", NAIVE, str(zone)) == datetime(2024, 3, 9, 11, tzinfo=zone)
    assert back(at, "1d", NAIVE) == at.astimezone(UTC) - timedelta(hours=24)


def test_the_configured_zone_stands_above_the_declared_one() -> None:
    """Schema, then the source's metadata, then UTC."""
    data = pl.DataFrame({"t": [datetime(2024, 1, 1)]})  # noqa: DTZ001 - naive on purpose
    declared = EventFrame(data.lazy(), metadata=EventMetadata(timezone="Europe/London"))

    assert EventFrame.of(data).zone == "UTC"
    assert EventFrame.of(data, timestamp="t", timezone="Asia/Kolkata").zone == "Asia/Kolkata"
    assert declared.under(EventSchema(timestamp="t")).zone == "Europe/London"
    assert declared.under(EventSchema(timezone="Asia/Kolkata")).zone == "Asia/Kolkata"


@pytest.mark.parametrize(
    ("name", "said"),
    [("America/New_Yrok", 'did you mean "America/New_York"'), ("Mars/Base", "Europe/Paris")],
)
def test_an_unknown_zone_is_refused_with_the_nearest(name: str, said: str) -> None:
    """Both Polars and the person need a name that exists."""
    with pytest.raises(ValueError, match=said):
        known_zone(name)
    assert known_zone("America/New_York") == "America/New_York"
