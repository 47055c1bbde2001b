"""The numbers of charts, against loops over rows."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow import EventFrame
from eventflow.charts import chart as limits

if TYPE_CHECKING:
    from eventflow.charts.record import ChartRecord

START = datetime(2026, 3, 1, tzinfo=UTC)
FEW = settings(max_examples=30, deadline=None)

numbers = st.none() | st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf])
positions = st.lists(
    st.tuples(
        st.none() | st.floats(-95, 95),
        st.none() | st.floats(-190, 190),
        st.none() | st.integers(-5, 5),
    ),
    max_size=40,
)


def located(rows: list[tuple[Any, ...]]) -> EventFrame:
    """Return events with a latitude, a longitude and a number."""
    schema = {"lat": pl.Float64, "lon": pl.Float64, "n": pl.Int64}
    data = pl.DataFrame(rows, schema=schema, orient="row")
    return EventFrame.of(data, latitude="lat", longitude="lon")


def usable(lat: float | None, lon: float | None) -> bool:
    """Whether a position counts, as the documentation has it."""
    there = lat is not None and lon is not None and abs(lat) <= 90 and abs(lon) <= 180
    return there and (lat, lon) != (0, 0)


@FEW
@given(positions)
def test_a_map_has_every_event_once(rows: list[tuple[Any, ...]]) -> None:
    """Events in points and events without a place are all events; a point lies among its own."""
    chart = located(rows).plot.map().chart
    assert chart.map is not None
    good = [(lat, lon) for lat, lon, _ in rows if usable(lat, lon)]
    assert sum(v or 0 for v in chart.map.values) == len(good)
    assert chart.missing == len(rows) - len(good)
    assert chart.left_out == 0
    if good:
        low, high = min(lat for lat, _ in good), max(lat for lat, _ in good)
        assert all(low - 1e-6 <= lat <= high + 1e-6 for lat in chart.map.latitude)
        assert all(-180 <= lon <= 180 for lon in chart.map.longitude)


def test_points_stay_together_across_the_antimeridian() -> None:
    """Two places a few kilometres apart on both sides are two points, not the ends of a globe."""
    rows = [(-17.0, 179.99, 1), (-17.0, 179.99, 3), (-17.0, -179.99, 5), (-16.99, 179.99, 0)]
    chart = located(rows).plot.map("n").chart
    assert chart.map is not None
    found = dict(zip(zip(chart.map.longitude, chart.map.latitude, strict=True),
                     chart.map.values, strict=True))  # fmt: skip
    assert found == {(179.99, -17.0): 2.0, (-179.99, -17.0): 5.0, (179.99, -16.99): 0.0}


@FEW
@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 3), numbers)))
def test_a_heatmap_is_a_loop_over_pairs(rows: list[tuple[Any, ...]]) -> None:
    """The mean of each pair that has events; null and NaN take no part, null keys no place."""
    data = pl.DataFrame(rows, schema={"k": pl.String, "h": pl.Int64, "v": pl.Float64}, orient="row")
    chart = EventFrame.of(data).plot.heatmap("h", "k", "v").chart
    groups: dict[tuple[str, str], list[float]] = defaultdict(list)
    for k, h, v in rows:
        if k is not None:
            found = groups[k, str(h)]
            found += [v] if v is not None and not math.isnan(v) else []
    marks = chart.heatmap
    assert marks is not None
    told = {
        (marks.rows[j], marks.columns[i]): v
        for i, j, v in zip(marks.column, marks.row, marks.values, strict=True)
    }
    assert told.keys() == groups.keys()
    for key, values in groups.items():
        expected = sum(values) / len(values) if values else math.nan
        if math.isfinite(expected):
            assert told[key] == pytest.approx(expected, rel=1e-9, abs=1e-9)
        else:
            assert told[key] is None
    assert chart.missing == sum(k is None for k, _, _ in rows)


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [("count", 3), ("sum", 9), ("mean", 3), ("median", 2), ("minimum", 1), ("maximum", 6),
     ("distinct", 3)],
)  # fmt: skip
def test_what_can_be_measured(aggregate: str, expected: float) -> None:
    """Each aggregate of 1, 2, 6 and a null; of a group with nulls alone there is no number."""
    rows = EventFrame.of({"k": ["a"] * 4 + ["b"], "v": [1, 2, 6, None, None]})
    chart = rows.plot.bars("k", "v", aggregate=aggregate).chart
    assert chart.bars is not None
    found = dict(zip(chart.bars.labels, chart.bars.values, strict=True))
    assert found["a"] == expected
    assert found["b"] == (0 if aggregate in {"count", "distinct"} else None)


@FEW
@given(st.lists(numbers, max_size=60))
def test_a_histogram_has_every_number_in_its_bin(values: list[float | None]) -> None:
    """Rows in bins and rows without a finite number are all rows; ends are those of the data."""
    chart = EventFrame.of(pl.DataFrame({"v": values}, schema={"v": pl.Float64})).plot.histogram("v")
    marks = chart.chart.histogram
    assert marks is not None
    finite = [v for v in values if v is not None and math.isfinite(v)]
    assert sum(v or 0 for v in marks.values) == len(finite)
    assert chart.chart.missing == len(values) - len(finite)
    assert len(marks.values) <= 32
    if len(set(finite)) > 1 and max(finite) - min(finite) > 1e-3:
        width = (max(finite) - min(finite)) / 32
        assert marks.values == tuple(
            sum(min(int((v - min(finite)) / width), 31) == i for v in finite)
            for i in range(len(marks.values))
        )


def test_times_fall_into_calendar_steps_and_empty_ones_are_shown() -> None:
    """Hours of three days, one of them empty, become three days; a step that is given counts."""
    hours = [START + timedelta(hours=h) for h in (*range(24), *range(48, 200))]
    rows = EventFrame.of({"at": hours})
    days = Counter(at.date().isoformat() for at in hours)
    marks = rows.plot.histogram("at", every="1d").chart.histogram
    assert marks is not None
    assert dict(zip(marks.starts, marks.values, strict=True)) == {**days, "2026-03-02": 0}
    assert marks.end == "2026-03-10"
    monthly = rows.plot.histogram("at", every="1mo").chart.histogram
    assert monthly is not None
    assert (monthly.starts, monthly.values, monthly.end) == (("2026-03-01",), (176,), "2026-04-01")


@pytest.mark.parametrize(
    ("step", "most"), [(timedelta(seconds=7), 96), (timedelta(days=45), 96), (timedelta(0), 96)]
)
def test_a_scale_of_time_is_as_fine_as_can_be_shown(step: timedelta, most: int) -> None:
    """Whatever the data covers, there are at most as many columns as fit."""
    rows = EventFrame.of({"at": [START + i * step for i in range(300)], "k": ["x"] * 300})
    marks = rows.plot.heatmap("at", "k").chart.heatmap
    assert marks is not None
    assert 1 <= len(marks.columns) <= most
    assert sum(v or 0 for v in marks.values) == 300


def test_dates_and_days_that_are_too_many_to_be_filled() -> None:
    """Dates are days; with seconds over a year, empty seconds are not made up."""
    rows = EventFrame.of({"d": [date(2026, 1, 1), date(2026, 1, 3)], "n": [1, 2]})
    marks = rows.plot.heatmap("d", "n").chart.heatmap
    assert marks is not None
    assert marks.columns == ("2026-01-01", "2026-01-02", "2026-01-03")
    far = rows.plot.histogram("d", every="1s").chart.histogram
    assert far is not None
    assert far.values == (1, 1)


@pytest.mark.parametrize("dtype", [pl.Date, pl.Datetime("us"), pl.Datetime("ms", "Europe/Berlin")])
@pytest.mark.parametrize("every", [None, "1s", "1mo"])
def test_the_ends_of_time_are_drawn(dtype: Any, every: str | None) -> None:
    """Of the year 1, or 9999: what stands for always in many a table."""
    ends = pl.Series([date(1, 1, 1), date(2026, 3, 1), date(9999, 12, 31)])
    zone = getattr(dtype, "time_zone", None)
    times = ends if dtype == pl.Date else ends.cast(pl.Datetime("us")).dt.replace_time_zone(zone)
    frame = EventFrame.of({"at": times.cast(dtype), "n": ["a", "b", "c"]})
    found = frame.plot.histogram("at", every=every).chart.histogram
    assert found is not None
    assert sum(v or 0 for v in found.values) == 3
    fields = frame.plot.heatmap("at", "n", every=every).chart.heatmap
    assert fields is not None
    assert fields.values == (1, 1, 1)


def test_names_are_cut_to_those_with_most_events() -> None:
    """The fullest are kept, by name among equals, and the others counted."""
    names = [f"k{i:03}" for i in range(100) for _ in range(1 + (i == 99))]
    chart = EventFrame.of({"k": names}).plot.bars("k").chart
    assert chart.bars is not None
    assert chart.bars.labels == ("k099", *(f"k{i:03}" for i in range(limits.MOST_BARS - 1)))
    assert chart.left_out == 100 - limits.MOST_BARS


def squares(ids: pl.Series) -> pl.Series:
    """Outline cells ``x`` by a square of one degree; cell 9 is unknown."""
    areas = [
        None if x == 9 else [[[x, 0.0], [x + 1.0, 0.0], [x + 1.0, 1.0], [x, 1.0], [x, 0.0]]]
        for x in ids
    ]
    return pl.Series(areas, dtype=pl.List(pl.List(pl.List(pl.Float64))))


def areas(**roles: str) -> ChartRecord:
    """Return the map of five cells, one of them unknown and one null."""
    data = {"cell": [1, 1, 2, 9, None], "v": [1.0, 3.0, 5.0, 7.0, 9.0], "lat": [1.0] * 5,
            "lon": [1.0, 3.0, 5.0, 7.0, 9.0]}  # fmt: skip
    frame = EventFrame.of(data, **roles)
    return (frame if roles else frame.outlined("cell", squares)).plot.map("v", cell="cell").chart


def test_cells_are_outlined_by_what_the_frame_knows() -> None:
    """Cells with their rings and means; a cell without an outline is left out, a null missing."""
    chart = areas()
    assert chart.map is not None
    assert chart.map.labels == ("1", "2")
    assert chart.map.values == (2.0, 5.0)
    assert chart.map.outlines[0] == ((1.0, 0.0, 2.0, 0.0, 2.0, 1.0, 1.0, 1.0, 1.0, 0.0),)
    assert (chart.map.longitude[0], chart.map.latitude[0]) == (1.5, 0.5)
    assert (chart.left_out, chart.missing) == (1, 1)


def test_cells_without_outlines_are_where_their_events_are() -> None:
    """On average, each under its id."""
    chart = areas(latitude="lat", longitude="lon")
    assert chart.map is not None
    assert not chart.map.outlines
    found = dict(zip(chart.map.labels, chart.map.longitude, strict=True))
    assert found == {"1": 2.0, "2": 5.0, "9": 7.0}
