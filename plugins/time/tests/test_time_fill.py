"""Rows for every period, against a calendar walked in plain Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventflow
from eventflow import EventFrame, Pipeline
from eventflow_time import TemporalFillStep
from eventflow_time.errors import UnfitColumnError

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = dict[str, Any]
    Run = Callable[[Any, list[Row]], list[Row]]

DAY = timedelta(days=1)


def _day(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


@given(data=st.data(), until=st.sampled_from(["last", "as_of"]))
def test_a_day_without_an_event_gets_a_row(
    run: Run, streams: Any, histories: Any, data: st.DataObject, until: str
) -> None:
    """From an entity's first day to its last, or to the last that is complete; never before."""
    rows = data.draw(streams)
    as_of = datetime(2026, 4, 2, 12, tzinfo=UTC)
    step = TemporalFillStep(
        until=until, as_of=as_of, columns={"amount": 0, "kind": "forward"}, every="1d"
    )
    made = run(step, rows)
    there = [{k: v for k, v in r.items() if k != "is_filled"} for r in made if not r["is_filled"]]
    assert sorted(there, key=lambda r: r["row"]) == rows
    filled = {(r["entity"], r["time"]): r for r in made if r["is_filled"]}
    expected = set()
    for entity, mine in histories(rows).items():
        days = {_day(r["time"]) for r in mine}
        last = max(days) if until == "last" else _day(as_of) - DAY
        day = min(days)
        while day <= last:
            if day not in days:
                expected.add((entity, day))
                assert filled[entity, day] == {
                    "row": None,
                    "entity": entity,
                    "time": day,
                    "amount": 0,
                    "kind": _last_known(mine, day),
                    "is_filled": True,
                }
            day += DAY
    assert set(filled) == expected


def _last_known(rows: list[Row], at: datetime) -> str | None:
    known = [(r["time"], r["kind"]) for r in rows if r["time"] < at and r["kind"] is not None]
    return max(known)[1] if known else None


def _filled(times: list[Any], *, zone: str | None = None, **options: Any) -> list[Any]:
    roles = {"timezone": zone} if zone else {}
    frame = EventFrame.of({"at": times}, timestamp="at", **roles)
    made = TemporalFillStep(by=[], **options).apply(frame, None).collect()
    return made.filter("is_filled")["at"].sort().to_list()


@pytest.mark.parametrize(
    ("every", "walls"),
    [
        ("1h", ["01:00", "03:00", "04:00", "05:00"]),
        ("2h", ["00:00", "03:00", "04:00"]),
    ],
)
def test_hours_that_the_clock_skips_are_not_filled(every: str, walls: list[str]) -> None:
    """When summer time begins in Berlin there is no 02:00; that period begins at 03:00."""
    berlin = ZoneInfo("Europe/Berlin")
    night = [datetime(2026, 3, 29, h, 30, tzinfo=berlin) for h in (0, 6)]
    if every == "2h":
        night[0] -= timedelta(hours=2)
    found = _filled(night, every=every, timezone="Europe/Berlin")
    assert [at.strftime("%H:%M") for at in found] == walls


def test_an_hour_that_comes_twice_is_filled_twice() -> None:
    """When summer time ends, 02:00 comes again an hour later."""
    ends = [datetime(2026, 10, 24, 23, 30, tzinfo=UTC), datetime(2026, 10, 25, 3, 30, tzinfo=UTC)]
    found = _filled(ends, every="1h", timezone="Europe/Berlin")
    assert [at.astimezone(UTC).hour for at in found] == [0, 1, 2]


def test_dates_and_months_are_filled_on_the_calendar() -> None:
    """The day after the last of February is the first of March; months begin on the first."""
    assert _filled([date(2026, 2, 27), date(2026, 3, 2)], every="1d") == [
        date(2026, 2, 28),
        date(2026, 3, 1),
    ]
    assert _filled([date(2026, 1, 31), date(2026, 4, 1)], every="1mo") == [
        date(2026, 2, 1),
        date(2026, 3, 1),
    ]


def test_a_wall_clock_stays_one() -> None:
    """Times without a zone are filled with times without a zone, read in that of the frame."""
    walls = [datetime(2026, 1, 1, 20), datetime(2026, 1, 3, 20)]  # noqa: DTZ001 - a wall clock
    assert _filled(walls, every="1d", zone="America/New_York") == [datetime(2026, 1, 2)]  # noqa: DTZ001 - a wall clock
    there = _filled(walls, every="1d", zone="America/New_York", timezone="UTC")
    assert there == [datetime(2026, 1, 2, 19)]  # midnight in UTC  # noqa: DTZ001 - a wall clock


def test_the_ledger_tells_of_rows_that_were_made() -> None:
    """The run's count of rows adds up although there are more than were read."""
    at = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 4, tzinfo=UTC)]
    frame = EventFrame.of({"at": at}, timestamp="at")
    run = Pipeline([TemporalFillStep(by=[])]).run(frame)
    assert run.collect().height == 4


@pytest.mark.parametrize(
    ("dtype", "value"),
    [(pl.Int64, 0.5), (pl.UInt8, -1), (pl.Int8, 300), (pl.Int64, 2**70), (pl.Int64, 2**200),
     (pl.Decimal(10, 1), 0.25), (pl.Float64, float("nan")), (pl.Boolean, 1), (pl.Int64, True)],
)  # fmt: skip
def test_a_constant_that_its_column_cannot_hold_is_refused(dtype: Any, value: float) -> None:
    """It is neither rounded nor an error of the engine: EF331 before any data is read."""
    days = [date(2026, 1, 1), date(2026, 1, 3)]
    frame = EventFrame.of({"at": days, "x": pl.Series([None, None], dtype=dtype)}, timestamp="at")
    with pytest.raises(UnfitColumnError, match=f"cannot hold {value}"):
        TemporalFillStep(by=[], columns={"x": value}).apply(frame, None)


@pytest.mark.parametrize(
    ("dtype", "value"),
    [(pl.Int64, 2.0), (pl.UInt8, 255), (pl.Decimal(10, 2), 0.25), (pl.Float32, 0.5),
     (pl.Boolean, True)],
)  # fmt: skip
def test_a_constant_that_fits_stands_in_the_rows_that_were_made(dtype: Any, value: float) -> None:
    """As the value that was written."""
    days = [date(2026, 1, 1), date(2026, 1, 3)]
    frame = EventFrame.of({"at": days, "x": pl.Series([None, None], dtype=dtype)}, timestamp="at")
    made = TemporalFillStep(by=[], columns={"x": value}).apply(frame, None).collect()
    assert made.filter("is_filled")["x"].cast(pl.Float64).to_list() == [float(value)]


def test_a_period_of_half_an_hour_more_is_filled_once() -> None:
    """On Lord Howe 01:00 lasts 90 minutes when clocks go back; a period with an event gets none."""
    times = [datetime(2024, 4, 6, h, 10, tzinfo=UTC) for h in (10, 14, 16, 17)]
    found = _filled(times, every="1h", timezone="Australia/Lord_Howe")
    assert [at.astimezone(UTC).hour for at in found] == [11, 12, 13]


def test_a_value_that_does_not_fit_its_column_is_refused() -> None:
    """EF331 before any data is read."""
    frame = EventFrame.of({"at": [date(2026, 1, 1)], "name": ["x"]}, timestamp="at")
    with pytest.raises(UnfitColumnError, match='"name" is str'):
        TemporalFillStep(by=[], columns={"name": 0}).apply(frame, None)
    with pytest.raises(UnfitColumnError, match="shorter than a day"):
        TemporalFillStep(by=[], every="6h").apply(frame, None)


def test_the_run_binds_the_moment() -> None:
    """Without `as_of` of its own, the step fills up to the run's."""
    at = pl.Series("at", [datetime(2026, 1, 1, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC"))
    frame = eventflow.EventFrame.of(at.to_frame(), timestamp="at")
    step = TemporalFillStep(by=[], until="as_of").at(datetime(2026, 1, 4, 1, tzinfo=UTC))
    assert step.apply(frame, None).collect()["at"].dt.day().sort().to_list() == [1, 2, 3]
