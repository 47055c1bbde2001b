"""Lags of cells: along the calendar, also where clocks change; the oracle walks the bins."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow.schema import EventSchema
from eventflow_features import FeatureLagStep

DAY = timedelta(days=1)
NAMES = ("cell", "bin_start", "count")


def _frame(rows: list[tuple[Any, ...]], every: str, offset: str | None = None) -> EventFrame:
    schema = EventSchema().with_dimension("cell").with_dimension(
        "bin_start", every=every, offset=offset
    )  # fmt: skip
    return EventFrame(pl.LazyFrame(rows, schema=NAMES, orient="row"), schema)


def _lagged(frame: EventFrame, **options: Any) -> dict[tuple[Any, ...], Any]:
    step = FeatureLagStep(**{"columns": "count", **options})
    rows = step.apply(frame, None).collect()
    lags = [c for c in rows.columns if "_lag_" in c]
    return {row[:2]: row[2:] for row in rows.select("cell", "bin_start", *lags).rows()}


@settings(deadline=None, max_examples=30)
@given(
    st.dictionaries(st.tuples(st.sampled_from([1, 2]), st.integers(0, 20)), st.integers(0, 9)),
    st.integers(1, 3),
)
def test_a_lag_is_what_the_key_had_so_many_bins_before(
    counts: dict[tuple[int, int], int], lag: int
) -> None:
    """A bin without a row is missing; no older row takes its place."""
    first = datetime(2024, 3, 1, tzinfo=UTC)
    rows = [(cell, first + 6 * n * timedelta(hours=1), c) for (cell, n), c in counts.items()]
    if not rows:
        return
    found = _lagged(_frame(rows, "6h"), lags=lag)
    assert found == {
        (cell, first + 6 * n * timedelta(hours=1)): (counts.get((cell, n - lag)),)
        for cell, n in counts
    }


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Berlin", date(2024, 3, 31)),
        ("Europe/Berlin", date(2024, 10, 27)),
        ("Australia/Lord_Howe", date(2024, 4, 7)),
        ("America/New_York", date(2024, 11, 3)),
    ],
)
def test_bins_are_counted_on_the_calendar_where_clocks_change(zone: str, day: date) -> None:
    """A quarter of a day and a day stay one bin each; an hour is an hour, also when repeated."""
    place = ZoneInfo(zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=place)
    quarters = [midnight + DAY * d + timedelta(hours=6 * q) for d in (-1, 0, 1) for q in range(4)]
    days = [midnight + DAY * d for d in (-1, 0, 1)]
    start = (midnight - DAY).astimezone(UTC)
    length = timedelta(minutes=30) if "Lord" in zone else timedelta(hours=1)
    hours = [start + length * n for n in range(60)]
    for every, starts in (
        ("6h", quarters),
        ("1d", days),
        ("30m" if "Lord" in zone else "1h", hours),
    ):
        rows = [(1, s.astimezone(UTC), n) for n, s in enumerate(starts)]
        frame = _frame(rows, every).pipe(
            lambda lazy: lazy.with_columns(pl.col("bin_start").dt.convert_time_zone(zone))
        )
        found = sorted(FeatureLagStep(columns="count").apply(frame, None).collect()
                       .select("count", "count_lag_1").rows())  # fmt: skip
        assert found == [(n, n - 1 if n else None) for n in range(len(starts))], every


@pytest.mark.parametrize(
    ("every", "starts"),
    [
        ("1w", [date(2024, 1, 1) + n * 7 * DAY for n in range(5)]),
        ("1mo", [date(2023 + m // 12, m % 12 + 1, 1) for m in range(10, 15)]),
        ("1q", [date(2023 + q // 4, q % 4 * 3 + 1, 1) for q in range(2, 7)]),
        ("1y", [date(y, 1, 1) for y in range(2019, 2024)]),
        ("2d", [date(1969, 12, 28) + n * 2 * DAY for n in range(5)]),
    ],
)
def test_weeks_months_quarters_and_years_are_bins_too(every: str, starts: list[date]) -> None:
    """Of dates, across years and before 1970."""
    found = _lagged(_frame([(1, s, n) for n, s in enumerate(starts)], every), lags=[1, 2])
    assert [found[1, s] for s in starts] == [(None, None), (0, None), (1, 0), (2, 1), (3, 2)]


def test_bins_that_begin_later_than_midnight() -> None:
    """An offset moves bins, not their neighbours, also where their start is skipped."""
    london = ZoneInfo("Europe/London")  # 31 March 2024: 01:00 is skipped, so this bin begins at 2
    starts = [datetime(2024, 3, 30, 23, tzinfo=london), datetime(2024, 3, 31, 2, tzinfo=london),
              datetime(2024, 3, 31, 3, tzinfo=london)]  # fmt: skip
    frame = _frame([(1, s.astimezone(UTC), n) for n, s in enumerate(starts)], "2h", "1h").pipe(
        lambda lazy: lazy.with_columns(pl.col("bin_start").dt.convert_time_zone("Europe/London"))
    )
    rows = FeatureLagStep(columns="count").apply(frame, None).collect().sort("count")
    assert rows["count_lag_1"].to_list() == [None, 0, 1]


def test_rows_without_key_stay_and_repeated_ones_are_counted() -> None:
    """Every row stays; what cannot be told is null, and the ledger says why."""
    start = datetime(2024, 3, 1, tzinfo=UTC)
    rows = [(1, start, 1), (1, start, 2), (1, start + DAY, 3), (None, start, 4), (1, None, 5)]
    made = FeatureLagStep(columns="count", by="cell").apply(_frame(rows, "1d"), None)
    assert made.collect()["count_lag_1"].null_count() == 5
    [account] = made.accounts
    assert account.counts.collect()["rows"].to_list() == [2]
    assert set(account.outcomes.values()) == {"flagged"}


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["x", None, "y"], pl.Categorical()),
        (["x", None, "y"], pl.String()),
        ([[2, 1], None, []], pl.List(pl.Int64)),
        ([{"a": 1}, None, {"a": None}], pl.Struct({"a": pl.Int64})),
        ([True, None, False], pl.Boolean()),
        ([float("inf"), None, float("-inf")], pl.Float64()),
    ],
)
def test_values_of_every_dtype_are_told_as_they_were(values: list[Any], dtype: pl.DataType) -> None:
    """With or without an order; a null is the null it was."""
    start = datetime(2024, 3, 1, tzinfo=UTC)
    starts = [start + n * DAY for n in range(4)]
    frame = _frame([(1, s, None) for s in starts], "1d").pipe(
        lambda lazy: lazy.with_columns(count=pl.Series([*values, None], dtype=dtype))
    )
    rows = FeatureLagStep(columns="count").apply(frame, None).collect().sort("bin_start")
    assert rows["count_lag_1"].dtype == dtype
    assert rows["count_lag_1"].to_list() == [None, *values]


def test_later_bins_change_nothing() -> None:
    """The features of a bin do not know those after it."""
    start = datetime(2024, 3, 1, tzinfo=UTC)
    rows = [(1, start + n * DAY, n) for n in range(6)]
    early = _lagged(_frame(rows[:4], "1d"), lags=[1, 2])
    other = [(cell, at, 99) for cell, at, _ in rows[4:]]
    late = _lagged(_frame([*rows[:4], *other], "1d"), lags=[1, 2])
    assert early.items() <= late.items()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"columns": "nope"}, "EF301"),
        ({"columns": "count", "bin": "count", "every": "1d"}, "EF345"),
        ({"columns": ["count", "count"]}, "EF322"),
        ({"columns": "count", "bin": "count"}, "EF323"),
    ],
)
def test_what_does_not_fit_is_told_before_data_is_read(options: dict[str, Any], code: str) -> None:
    """Each with its own code."""
    frame = _frame([(1, datetime(2024, 3, 1, tzinfo=UTC), 1)], "1d")
    with pytest.raises(EventflowError) as told:
        FeatureLagStep(**options).apply(frame, None)
    assert told.value.problems[0].code == code


def test_without_bins_it_asks_for_them() -> None:
    """EF323 names the option; a distance that is none is refused at once."""
    with pytest.raises(EventflowError, match=r"features\.lagged needs bin"):
        FeatureLagStep(columns="x").apply(EventFrame.of({"x": [1]}), None)
    with pytest.raises(ValidationError, match="is not the distance of bins"):
        FeatureLagStep(columns="x", every="1h30m")
