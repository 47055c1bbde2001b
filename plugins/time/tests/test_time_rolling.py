"""Trailing windows against Python loops and DuckDB's window queries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventflow import EventFrame
from eventflow_time import TemporalRollingStep

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Row = dict[str, Any]
    Run = Callable[[Any, list[Row]], list[Row]]

ALL = ["count", "sum", "mean", "min", "max", "std", "var", "median"]
BERLIN = ZoneInfo("Europe/Berlin")


@given(data=st.data(), hours=st.sampled_from([1, 12, 48]))
def test_a_window_holds_what_happened_before_and_not_longer_ago(
    run: Run, streams: Any, data: st.DataObject, hours: int
) -> None:
    """``[t - W, t)``: an event exactly W before counts, one at the same time does not."""
    rows = data.draw(streams)
    window = f"{hours}h"
    step = TemporalRollingStep(windows=[window], columns=["amount"], aggregates=ALL)
    for row, found in zip(rows, run(step, rows), strict=True):
        if row["entity"] is None or row["time"] is None:
            assert {found[f"amount_{name}_{window}"] for name in ALL[1:]} == {None}
            assert found[f"events_{window}"] is None
            continue
        inside = [
            r
            for r in rows
            if r["entity"] == row["entity"]
            and r["time"] is not None
            and row["time"] - timedelta(hours=hours) <= r["time"] < row["time"]
        ]
        known = [r["amount"] for r in inside if r["amount"] is not None]
        deviation = stdev(known) if len(known) > 1 else None
        expected = {
            "sum": sum(known),
            "mean": fmean(known) if known else None,
            "min": min(known, default=None),
            "max": max(known, default=None),
            "std": deviation,
            "var": None if deviation is None else deviation**2,
            "median": median(known) if known else None,
        }
        assert found[f"events_{window}"] == len(inside)
        for name, value in expected.items():
            assert found[f"amount_{name}_{window}"] == pytest.approx(value, abs=1e-7), name


def test_windows_agree_with_duckdb(sample: EventFrame, tmp_path: Path) -> None:
    """SQL's ``RANGE`` frame without the current row and its peers gives the same."""
    events = sample.collect().with_row_index("row")
    query = """
        SELECT row, count(*) OVER w AS n, coalesce(sum(quantity) OVER w, 0)::BIGINT AS total,
               avg(amount) OVER w AS average, min(amount) OVER w AS low
        FROM events WHERE entity IS NOT NULL AND time IS NOT NULL
        WINDOW w AS (PARTITION BY entity ORDER BY time
                     RANGE BETWEEN INTERVAL 30 DAYS PRECEDING AND CURRENT ROW EXCLUDE GROUP)
        ORDER BY row
    """
    path = tmp_path / "events.parquet"
    events.write_parquet(path)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE VIEW events AS FROM '{path}'")
        expected = connection.sql(query).fetchall()
    step = TemporalRollingStep(
        windows=["30d"], columns=["quantity", "amount"], aggregates=["count", "sum", "mean", "min"]
    )
    made = step.apply(sample.with_lazy(events.lazy()), None).collect()
    found = made.drop_nulls(["entity", "time"]).sort("row")
    names = ["row", "events_30d", "quantity_sum_30d", "amount_mean_30d", "amount_min_30d"]
    assert len(expected) > 100
    assert found.select(names).rows() == [pytest.approx(row) for row in expected]


def _events(
    times: list[Any], amounts: list[Any] | None = None, zone: str | None = None
) -> EventFrame:
    columns = {"at": times, "amount": amounts or [1.0] * len(times)}
    roles = {"timezone": zone} if zone else {}
    return EventFrame.of(columns, timestamp="at", **roles)


def _told(frame: EventFrame, **options: Any) -> list[Any]:
    step = TemporalRollingStep(by=[], **options)
    return step.apply(frame, None).collect().sort("at").to_series(-1).to_list()


@pytest.mark.parametrize("naive", [True, False], ids=["wall clock", "aware"])
def test_a_day_over_a_clock_change_has_23_hours(naive: bool) -> None:
    """At 12:00 after the change, ``1d`` begins at 12:00 of the day before; ``24h`` at 11:00."""
    walls = [datetime(2026, 3, 28, 11, 30), datetime(2026, 3, 28, 12), datetime(2026, 3, 29, 12)]  # noqa: DTZ001 - a wall clock  # noqa: DTZ001 - a wall clock
    if naive:
        frame = _events(walls, zone="Europe/Berlin")
    else:
        frame = _events([wall.replace(tzinfo=BERLIN) for wall in walls])
    assert _told(frame, windows=["1d"], aggregates=["count"])[-1] == 1
    assert _told(frame, windows=["24h"], aggregates=["count"])[-1] == 2


def test_dates_take_whole_days() -> None:
    """Of dates, ``1mo`` before 31 March begins on the last of February."""
    days = [date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 31)]
    assert _told(_events(days), windows=["1mo"], aggregates=["count"]) == [0, 1, 1]


def test_a_large_value_that_has_left_the_window_leaves_no_trace() -> None:
    """Sums and deviations are those of what is in the window, whatever was there before."""
    times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=d) for d in range(6)]
    frame = _events(times, [1e15, 0.1, 0.2, 0.4, 0.7, 0.0])
    for name, expected in (("sum", 1.1), ("mean", 0.55), ("std", 0.15 * 2**0.5)):
        told = _told(frame, windows=["2d"], columns=["amount"], aggregates=[name])
        assert told[-1] == pytest.approx(expected, rel=1e-9), name


def test_numbers_of_each_kind_can_be_aggregated() -> None:
    """Small integers do not overflow, decimals and flags are numbers."""
    times = [datetime(2026, 1, d, tzinfo=UTC) for d in (1, 2, 3)]
    columns = {
        "small": pl.Series([100, 100, 100], dtype=pl.Int8),
        "price": pl.Series([Decimal("0.10"), Decimal("0.20"), None], dtype=pl.Decimal(10, 2)),
        "flag": [True, False, True],
    }
    frame = EventFrame.of(pl.DataFrame({"at": times, **columns}), timestamp="at")
    step = TemporalRollingStep(
        by=[], windows=["9d"], columns=["small", "price", "flag"], aggregates=["sum", "mean"]
    )
    last = step.apply(frame, None).collect().sort("at").row(-1, named=True)
    assert last["small_sum_9d"] == 200
    assert last["price_sum_9d"] == pytest.approx(0.30)
    assert last["price_mean_9d"] == pytest.approx(0.15)
    assert (last["flag_sum_9d"], last["flag_mean_9d"]) == (1, 0.5)


def test_too_few_known_values_give_null() -> None:
    """`min_samples` counts values that are known, not rows."""
    times = [datetime(2026, 1, d, tzinfo=UTC) for d in (1, 2, 3, 4)]
    frame = _events(times, [1.0, None, 2.0, 4.0])
    options = {"windows": ["9d"], "columns": ["amount"], "aggregates": ["sum"]}
    assert _told(frame, **options) == [0, 1, 1, 3]
    assert _told(frame, **options, min_samples=2) == [None, None, None, 3]
