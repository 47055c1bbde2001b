"""Bins of the calendar, also where clocks change; the oracle walks the clock minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow import EventFrame
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
