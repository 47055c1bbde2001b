"""Bins of the calendar, also where clocks change; the oracle walks the clock minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow import EventFrame
from eventflow.schema import Dimension
from eventflow_time import TemporalBinStep

CHANGES = {
    "Europe/Berlin": [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)],
    "America/New_York": [datetime(2026, 3, 7, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC)],
    "Asia/Kolkata": [datetime(2026, 3, 28, tzinfo=UTC)],
}
WALL = datetime(2026, 1, 1, 3)  # noqa: DTZ001 - a wall clock
NIGHTS = [(zone, start) for zone, starts in CHANGES.items() for start in starts]


def _frame(times: list[Any]) -> EventFrame:
    return EventFrame.of({"at": times}, timestamp="at")


def _binned(times: list[Any], **options: Any) -> pl.DataFrame:
    return TemporalBinStep(**options).apply(_frame(times), None).collect().sort("at", "bin_start")


def _holds_its_event(made: pl.DataFrame) -> bool:
    utc = made.with_columns(pl.col("at", "bin_start", "bin_end").dt.convert_time_zone("UTC"))
    inside = (pl.col("bin_start") <= pl.col("at")) & (pl.col("at") < pl.col("bin_end"))
    return bool(utc.select(inside.all()).item())


def _walked(minutes: list[datetime], zone: str, length: int) -> list[datetime]:
    """Return the first minute of each minute's bin, of bins that are `length` minutes long.

    Bins up to an hour also end where the offset changes; longer ones are cut on a clock that,
    set back, stands still until time has caught up.
    """
    starts: list[datetime] = []
    bins: list[Any] = []
    latest = datetime.min  # noqa: DTZ901 - a wall clock
    for minute in minutes:
        local = minute.astimezone(ZoneInfo(zone))
        wall = local.replace(tzinfo=None)
        latest = max(latest, wall)
        shown = wall if length <= 60 else latest
        passed = (shown - datetime(1970, 1, 1)) // timedelta(minutes=length)  # noqa: DTZ001 - a wall clock
        bins.append((passed, local.utcoffset() if length <= 60 else None))
        starts.append(minute if len(bins) < 2 or bins[-1] != bins[-2] else starts[-1])
    return starts


@pytest.mark.parametrize(("zone", "start"), NIGHTS, ids=lambda v: str(v)[:19])
@pytest.mark.parametrize("length", [15, 60, 90, 120, 360, 1440])
def test_every_instant_lies_in_one_bin_also_where_clocks_change(
    zone: str, start: datetime, length: int
) -> None:
    """Bins begin where the clock first shows their start, and end where the next begins."""
    minutes = [start + timedelta(minutes=5 * n) for n in range(4 * 24 * 12)]
    made = _binned(minutes, bin_size="1d" if length == 1440 else f"{length}m", timezone=zone)
    expected = _walked(minutes, zone, length)
    begun = next(i for i, s in enumerate(expected) if s != expected[0])  # the first is cut off
    found = made["bin_start"].dt.convert_time_zone("UTC").to_list()
    assert found[begun:] == expected[begun:]
    ends = made.select("bin_start", "bin_end").unique().sort("bin_start")
    assert ends["bin_end"][:-1].to_list() == ends["bin_start"][1:].to_list()
    assert _holds_its_event(made)


def test_the_bins_of_the_vision_are_six_hours_from_midnight() -> None:
    """Half-open: six o'clock belongs to the second bin."""
    times = [datetime(2026, 1, 1, h, m) for h, m in ((0, 0), (5, 59), (6, 0), (23, 59))]  # noqa: DTZ001 - a wall clock
    made = _binned(times, bin_size="6h")
    assert made["bin_start"].dt.hour().to_list() == [0, 0, 6, 18]
    assert (made["bin_end"] - made["bin_start"]).unique().to_list() == [timedelta(hours=6)]


@pytest.mark.parametrize(
    ("size", "offset", "start", "end"),
    [
        ("1d", None, "2026-05-13", "2026-05-14"),
        ("1d", "6h", "2026-05-12T06:00:00+00:00", "2026-05-13T06:00:00+00:00"),
        ("1w", None, "2026-05-11", "2026-05-18"),
        ("1mo", None, "2026-05-01", "2026-06-01"),
        ("1mo", "14d", "2026-04-15", "2026-05-15"),
        ("1q", None, "2026-04-01", "2026-07-01"),
        ("1y", None, "2026-01-01", "2027-01-01"),
        ("15m", None, "2026-05-13T05:30:00+00:00", "2026-05-13T05:45:00+00:00"),
    ],
)
def test_bins_follow_the_calendar_and_their_label_tells_them(
    size: str, offset: str | None, start: str, end: str
) -> None:
    """Weeks begin on Monday, months on the first, and an offset moves both ends."""
    times = [datetime(2026, 5, 13, 5, 40, tzinfo=UTC)]
    made = _binned(times, bin_size=size, offset=offset, columns=["start", "end", "label"])
    assert made["bin_label"].to_list() == [f"{start}/{end}"]


ODD = {
    "Australia/Lord_Howe": [datetime(2024, 4, 6, tzinfo=UTC), datetime(2024, 10, 5, tzinfo=UTC)],
    "America/Caracas": [datetime(2016, 4, 30, 20, tzinfo=UTC)],
    "Asia/Pyongyang": [datetime(2018, 5, 4, 4, tzinfo=UTC)],
    "Pacific/Apia": [datetime(2011, 12, 29, tzinfo=UTC)],
}


@pytest.mark.parametrize(("zone", "start"), [(z, s) for z, starts in ODD.items() for s in starts])
@pytest.mark.parametrize("size", ["15m", "30m", "1h", "2h", "6h", "1d"])
@pytest.mark.parametrize("offset", [None, "6h"])
def test_bins_neither_overlap_nor_leave_gaps_where_clocks_change_by_half_an_hour_or_a_day(
    zone: str, start: datetime, size: str, offset: str | None
) -> None:
    """Each instant lies in its bin, and each bin begins where the one before it ends."""
    times = [start + timedelta(minutes=5 * n) for n in range(12 * 50)]
    made = _binned(times, bin_size=size, offset=offset, timezone=zone)
    assert _holds_its_event(made)
    bins = made.select("bin_start", "bin_end").unique().sort("bin_start")
    assert bins["bin_end"][:-1].to_list() == bins["bin_start"][1:].to_list()


@pytest.mark.parametrize(
    ("at", "start"),
    [
        (datetime(2024, 4, 6, 14, 10, tzinfo=UTC), 14),
        (datetime(2024, 4, 6, 15, 20, tzinfo=UTC), 14),
        (datetime(2024, 4, 6, 15, 30, tzinfo=UTC), 15),
    ],
)
def test_an_hour_of_lord_howe_is_longer_when_half_of_it_comes_twice(
    at: datetime, start: int
) -> None:
    """01:00 begins at 14:00 UTC; 01:30 to 02:00 comes twice; 02:00 is first shown at 15:30 UTC."""
    made = _binned([at], bin_size="1h", timezone="Australia/Lord_Howe")
    begins = made["bin_start"].dt.convert_time_zone("UTC").to_list()
    assert begins == [datetime(2024, 4, 6, start, 30 if start == 15 else 0, tzinfo=UTC)]


def test_an_event_between_bins_has_none() -> None:
    """Six hours of every day: noon lies in no bin, half past five in the first."""
    times = [datetime(2024, 1, 1, h, m) for h, m in ((0, 0), (5, 59), (6, 0), (12, 0))]  # noqa: DTZ001 - a wall clock
    made = _binned(times, bin_size="6h", every="1d", columns=["start", "end", "label"])
    midnight, six = times[0], times[2]
    label = "2024-01-01T00:00:00/2024-01-01T06:00:00"
    assert made.rows() == [
        (times[0], midnight, six, label),
        (times[1], midnight, six, label),
        (times[2], None, None, None),
        (times[3], None, None, None),
    ]


@pytest.mark.parametrize(
    ("size", "every", "many"), [("1d", "6h", 4), ("90m", "1h", 2), ("3d", "1d", 3)]
)
def test_an_event_is_in_as_many_bins_as_hold_it(size: str, every: str, many: int) -> None:
    """Also in the earliest one, whose last moment it may be."""
    hour = timedelta(hours=1)
    at = datetime(2026, 3, 5, 1, 15, tzinfo=UTC)
    length, step = (
        {"90m": 1.5 * hour, "1d": 24 * hour, "3d": 72 * hour}[size],
        {"6h": 6 * hour, "1h": hour, "1d": 24 * hour}[every],
    )
    epoch = datetime(2026, 3, 1, tzinfo=UTC)
    begins = [epoch + n * step for n in range(200)]
    expected = [(b, b + length) for b in begins if b <= at < b + length]
    assert len(expected) == many
    found = _binned([at], bin_size=size, every=every).select("bin_start", "bin_end").rows()
    assert found == expected


def test_a_day_of_25_hours_lies_in_25_bins_of_a_day_that_begin_every_hour() -> None:
    """The bin that is oldest holds the event too, though it began more than 24 hours before."""
    berlin, hour = ZoneInfo("Europe/Berlin"), timedelta(hours=1)
    at = datetime(2026, 10, 25, 20, 30, tzinfo=UTC)
    begins = [datetime(2026, 10, 24, tzinfo=UTC) + n * hour for n in range(48)]
    walls = [b.astimezone(berlin).replace(tzinfo=None, fold=0) + timedelta(days=1) for b in begins]
    ends = [wall.replace(tzinfo=berlin).astimezone(UTC) for wall in walls]
    expected = [b for b, end in zip(begins, ends, strict=True) if b <= at < end]
    made = _binned([at], bin_size="1d", every="1h", timezone="Europe/Berlin")
    assert len(expected) == 25
    assert made["bin_start"].dt.convert_time_zone("UTC").to_list() == expected


def test_overlapping_bins_give_a_row_for_each() -> None:
    """Bins of a day that begin every six hours: four of them; a row without a time stays one."""
    at = datetime(2026, 3, 1, 7, tzinfo=UTC)
    made = _binned([at, None], bin_size="1d", every="6h")
    assert made.filter(pl.col("at").is_null()).select("bin_start", "bin_end").rows() == [
        (None, None)
    ]
    found = made.drop_nulls().select("bin_start", "bin_end").rows()
    starts = [datetime(2026, 2, 28, 12, tzinfo=UTC) + timedelta(hours=6 * n) for n in range(4)]
    assert found == [(s, s + timedelta(days=1)) for s in starts]


@pytest.mark.parametrize(
    ("size", "every"), [("1d", "6h"), ("2d", "1d"), ("2h", "30m"), ("1mo", "1w")]
)
def test_overlapping_bins_hold_their_event_where_clocks_change(size: str, every: str) -> None:
    """Every bin that is given holds the event, and each holder begins where a bin begins."""
    times = [datetime(2026, 10, 24, tzinfo=UTC) + timedelta(minutes=20 * n) for n in range(200)]
    made = _binned(times, bin_size=size, every=every, timezone="Europe/Berlin")
    assert _holds_its_event(made)
    assert made.select(pl.struct("at", "bin_start").is_duplicated().any()).item() is False
    begins = set(_binned(times, bin_size=every, timezone="Europe/Berlin")["bin_start"])
    late = made.filter(pl.col("bin_start") >= min(begins))
    assert set(late["bin_start"]) <= begins
    for at in (times[80], times[120]):
        expected = {s for s in begins if s <= at} & set(made["bin_start"])
        own = made.filter(pl.col("at") == at)
        holders = set(own["bin_start"])
        ends = dict(made.select("bin_start", "bin_end").unique().rows())
        assert holders >= {s for s in expected if ends[s] > at}


def test_dates_are_binned_as_days() -> None:
    """A date stays a date."""
    made = _binned([date(2026, 5, 13), date(2026, 5, 17)], bin_size="1w")
    assert made["bin_start"].to_list() == [date(2026, 5, 11)] * 2
    assert made["bin_end"].to_list() == [date(2026, 5, 18)] * 2


def test_a_wall_clock_keeps_its_own_unless_a_zone_is_asked_for() -> None:
    """Times without a zone are binned as written; with `timezone` they are first read."""
    frame = EventFrame.of(
        {"at": [WALL]},
        timestamp="at",
        timezone="America/New_York",
    )
    plain = TemporalBinStep(bin_size="1d").apply(frame, None).collect()
    assert plain["bin_start"].to_list() == [datetime(2026, 1, 1)]  # noqa: DTZ001 - a wall clock
    there = TemporalBinStep(bin_size="6h", timezone="UTC").apply(frame, None).collect()
    assert there["bin_start"].to_list() == [datetime(2026, 1, 1, 6, tzinfo=UTC)]


@pytest.mark.parametrize("length", ["6", "six hours", "0h", "1h30m"])
def test_a_length_that_is_none_is_refused(length: str) -> None:
    """The message says how a length is written."""
    with pytest.raises(ValidationError, match=r"write (it in one|for example)"):
        TemporalBinStep(bin_size=length)


def test_the_schema_tells_of_the_bin() -> None:
    """Its start and end, and the distance between bins; a label alone tells of none."""
    frame = _frame([datetime(2026, 1, 1, tzinfo=UTC)])
    made = TemporalBinStep(bin_size="6h", every="1h", prefix="b_").apply(frame, None)
    assert made.schema.dimensions == (Dimension(column="b_start", end="b_end", every="1h"),)
    assert made.schema.timestamp == "at"
    start = TemporalBinStep(bin_size="6h", columns=["start"]).apply(frame, None)
    assert start.schema.dimensions == (Dimension(column="bin_start", every="6h"),)
    label = TemporalBinStep(bin_size="6h", columns=["label"]).apply(frame, None)
    assert label.schema.dimensions == ()
