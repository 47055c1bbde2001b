"""Windows are half-open, before a stated moment, in the column's own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from eventflow_features import AggregateSpec, EntityAggregation, Window
from eventflow_features.errors import MissingOptionError

BERLIN = ZoneInfo("Europe/Berlin")
AS_OF = datetime(2024, 4, 1, tzinfo=UTC)


def _count(times: list[object], window: str, as_of: datetime, dtype: pl.DataType) -> int:
    rows = pl.LazyFrame({"k": ["a"] * len(times), "t": pl.Series(times, dtype=dtype)})
    spec = AggregateSpec(name="n", window=window)
    made = EntityAggregation(by="k", time="t", as_of=as_of, aggregates=[spec])
    found = made.run(rows).collect()
    return found["n"].item() if len(found) else 0


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_an_event_at_as_of_does_not_count_and_one_at_the_start_does(unit: str) -> None:
    """[as_of - 7d, as_of): both edges, one unit to each side, in every time unit."""
    tick = timedelta(milliseconds=1) if unit == "ms" else timedelta(microseconds=1)
    start = AS_OF - timedelta(days=7)
    dtype = pl.Datetime(unit, "UTC")  # type: ignore[arg-type] # parametrised with valid units
    assert _count([AS_OF], "7d", AS_OF, dtype) == 0
    assert _count([AS_OF - tick], "7d", AS_OF, dtype) == 1
    assert _count([start], "7d", AS_OF, dtype) == 1
    assert _count([start - tick, AS_OF - tick], "7d", AS_OF, dtype) == 1


def test_a_moment_finer_than_the_column_is_not_rounded() -> None:
    """An event 0.5 ms before as_of counts although the column holds milliseconds."""
    as_of = AS_OF + timedelta(microseconds=500)
    assert _count([AS_OF], "all", as_of, pl.Datetime("ms", "UTC")) == 1


def test_an_earlier_window_ends_before_it_is_counted_from() -> None:
    """60d..30d is [as_of - 60d, as_of - 30d)."""
    days = [datetime(2024, 4, 1, tzinfo=UTC) - timedelta(days=d) for d in (29, 30, 31, 60, 61)]
    assert _count(list(days), "60d..30d", AS_OF, pl.Datetime("us", "UTC")) == 2


def test_a_day_is_a_calendar_day_where_clocks_change() -> None:
    """1d before noon on the day after the spring change begins at noon, 23 hours earlier."""
    as_of = datetime(2024, 3, 31, 12, tzinfo=BERLIN)
    begin = datetime(2024, 3, 30, 12, tzinfo=BERLIN)
    dtype = pl.Datetime("us", "Europe/Berlin")
    assert _count([begin], "1d", as_of, dtype) == 1
    assert _count([begin], "24h", as_of, dtype) == 0 + 1  # 24 h reach back to 11:00
    assert _count([begin - timedelta(microseconds=1)], "1d", as_of, dtype) == 0


def test_a_date_counts_when_as_of_lies_after_its_midnight() -> None:
    """A Date column compares by its midnight."""
    assert _count([date(2024, 4, 1)], "all", AS_OF, pl.Date()) == 0
    assert _count([date(2024, 4, 1)], "all", AS_OF + timedelta(seconds=1), pl.Date()) == 1


def test_zones_meet_in_the_instant() -> None:
    """A moment in one zone and events in another are compared as instants."""
    as_of = datetime(2024, 4, 1, 2, tzinfo=BERLIN)  # midnight UTC
    event = datetime(2024, 3, 31, 23, 59, tzinfo=UTC)
    assert _count([event], "1h", as_of, pl.Datetime("us", "UTC")) == 1
    assert _count([event + timedelta(minutes=1)], "1h", as_of, pl.Datetime("us", "UTC")) == 0


@pytest.mark.parametrize("text", ["", "7 days", "-7d", "0d", "7", "d", "30d..60d", "7d..7d", "ALL"])
def test_what_is_not_a_window_is_refused(text: str) -> None:
    """The message quotes what was written."""
    with pytest.raises(ValueError, match="window"):
        Window.parse(text)


def test_a_window_needs_a_moment() -> None:
    """The maximum of the data is never taken instead."""
    rows = pl.LazyFrame({"k": ["a"], "t": [AS_OF]})
    spec = AggregateSpec(name="n", window="7d")
    with pytest.raises(MissingOptionError, match="EF323"):
        EntityAggregation(by="k", time="t", aggregates=[spec]).run(rows)
