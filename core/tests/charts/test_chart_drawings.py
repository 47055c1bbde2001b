"""Drawings: well-formed, inside their frame, true to their numbers, whatever these are."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.charts import words
from eventflow.charts.draw.classes import Classes
from eventflow.charts.draw.picture import alone, inline, style
from eventflow.charts.draw.projection import Projection, steps, together
from eventflow.charts.outlines import unrolled
from eventflow.charts.record import (
    BarMarks,
    ChartRecord,
    HeatmapMarks,
    HistogramMarks,
    MapMarks,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

SVG = "{http://www.w3.org/2000/svg}"
FEW = settings(max_examples=40, deadline=None)

values = st.none() | st.floats(-1e12, 1e12).map(lambda v: v if abs(v) > 1e-280 else 0.0)
names = st.text(max_size=30) | st.sampled_from(["</svg><script>", "a\x00b", "\ud800", "größe 大"])
places = st.tuples(st.floats(-180, 180), st.floats(-90, 90), values, names)


def chart(**kind: Any) -> ChartRecord:
    """Return a record with one kind of marks."""
    return ChartRecord(title="<Events> & \x1b places", measure="events", unit="1/d", **kind)


def drawn(record: ChartRecord) -> ET.Element:
    """Read a chart's file, and see that the part of a page is well-formed too."""
    ET.fromstring(inline(record))  # noqa: S314 - our own text
    return ET.fromstring(alone(record))  # noqa: S314 - our own text


def shapes(picture: ET.Element, kind: str) -> Iterator[tuple[str, str]]:
    """Yield style and outline of each path of a kind."""
    for path in picture.iter(f"{SVG}path"):
        styles = path.attrib["class"].split()
        if kind in styles:
            yield styles[0], path.attrib["d"]


def inside(picture: ET.Element) -> None:
    """See that nothing is drawn outside, as far as absolute places tell."""
    left, top, width, height = map(float, picture.attrib["viewBox"].split())
    for path in picture.iter(f"{SVG}path"):
        for x, y in re.findall(r"M(-?[\d.]+) (-?[\d.]+)", path.attrib["d"]):
            assert left - 1 <= float(x) <= left + width + 1
            assert top - 1 <= float(y) <= top + height + 1


@FEW
@given(st.lists(places, max_size=12))
def test_any_points_make_a_map(rows: list[tuple[float, float, float | None, str]]) -> None:
    """One dot for each place, in the frame; poles, antimeridian, one point, none: all are drawn."""
    lon, lat, found, labels = zip(*rows, strict=True) if rows else ((), (), (), ())
    marks = MapMarks(longitude=lon, latitude=lat, values=found, labels=labels)
    picture = drawn(chart(map=marks))
    dots = [d for _, d in shapes(picture, "dot")]
    assert sum(d.count("M") for d in dots) == len(rows)
    inside(picture)
    assert "script" not in {e.tag.removeprefix(SVG) for e in picture.iter()}


@FEW
@given(st.lists(st.tuples(names, values), max_size=8), st.booleans())
def test_any_bars_are_drawn(rows: list[tuple[str, float | None]], shared: bool) -> None:
    """A bar as long as its number is of the largest; a share as long as it is of the whole."""
    labels, found = zip(*rows, strict=True) if rows else ((), ())
    others = tuple(1.0 for _ in found) if shared else ()
    found = tuple(None if v is None else abs(v) if shared else v for v in found)
    picture = drawn(chart(bars=BarMarks(labels=labels, values=found, others=others)))
    inside(picture)
    widths = [float(w) for _, d in shapes(picture, "bar") for w in re.findall(r"h(-?[\d.]+)v", d)]
    known = [v for v in found if v]
    assert len(widths) == len(known)
    span = max([0.0, *known]) - min([0.0, *known])
    for width, value in zip(widths, known, strict=True):
        part = value / (value + 1) * 260 if shared else abs(value) / max(span, 1e-290) * 420
        assert width == pytest.approx(max(part, 1.0), abs=0.06)


@FEW
@given(st.integers(1, 200), st.integers(1, 40), st.lists(values, min_size=1, max_size=30))
def test_any_heatmap_is_drawn(width: int, height: int, found: list[float | None]) -> None:
    """A field for each number, at its column and its row."""
    at = [(i * 7 % width, i * 3 % height) for i in range(len(found))]
    at = list(dict.fromkeys(at))
    marks = HeatmapMarks(
        columns=tuple(f"c{i}" for i in range(width)),
        rows=tuple(f"r{i}" for i in range(height)),
        column=tuple(i for i, _ in at),
        row=tuple(j for _, j in at),
        values=tuple(found[: len(at)]),
    )
    picture = drawn(chart(heatmap=marks))
    inside(picture)
    covered = [
        (int(x) + i, int(y))
        for _, d in shapes(picture, "field")
        for x, y, n in re.findall(r"M(\d+) (\d+)h(\d+)", d)
        for i in range(int(n))
    ]
    assert sorted(covered) == sorted(at)


@FEW
@given(st.lists(st.none() | st.floats(0, 1e9), max_size=32))
def test_any_histogram_is_drawn(found: list[float | None]) -> None:
    """A bar for each bin that has rows, the fullest 150 high."""
    starts = tuple(str(i) for i in range(len(found)))
    marks = HistogramMarks(starts=starts, end="end", values=tuple(found))
    picture = drawn(chart(histogram=marks))
    inside(picture)
    heights = [float(h) for _, d in shapes(picture, "bar") for h in re.findall(r"v([\d.]+)h", d)]
    assert len(heights) == sum(1 for v in found if v)
    assert max(heights, default=150) == 150


@FEW
@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=200))
def test_classes_cut_numbers_at_quantiles(found: list[float]) -> None:
    """Every number lies in its class; classes rise, share nothing, and are six at most."""
    classes = Classes.of(found)
    ends = [e for pair in zip(classes.lowest, classes.highest, strict=True) for e in pair]
    assert ends == sorted(ends)
    assert len(classes.lowest) <= 6
    order = classes.styles()
    for value in found:
        i = order.index(classes.style(value))
        assert classes.lowest[i] <= value <= classes.highest[i]
    if len(set(found)) == len(found) >= 12:
        sizes = [order.index(classes.style(v)) for v in found]
        counts = [sizes.count(i) for i in range(6)]
        assert max(counts) - min(counts) <= 1


def on_globe(lon: float) -> float:
    """Return a longitude from -180 up to 180."""
    return (lon + 180) % 360 - 180


@FEW
@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(0, 40)), min_size=1, max_size=10))
def test_the_cut_is_the_widest_gap(spans: list[tuple[float, float]]) -> None:
    """No narrower window holds all places: every start of a place is tried in a loop."""
    west, east = together((lon, lon + width) for lon, width in spans)
    found = east - west
    tried = [max((lon - start) % 360 + width for lon, width in spans) for start, _ in spans]
    best = min([w for w in tried if w <= 360], default=360)
    assert found == pytest.approx(min(best, 360), abs=1e-6) or (found == 360 and best > 300)


def test_an_area_across_the_antimeridian_stays_in_one_piece() -> None:
    """Its outline is drawn without a line across the map."""
    ring = (179.0, -17.0, -179.0, -17.0, -179.0, -16.0, 179.0, -16.0, 179.0, -17.0)
    marks = MapMarks(longitude=(180.0,), latitude=(-16.5,), values=(1.0,), outlines=((ring,),))
    assert unrolled(ring[::2]) == [179.0, 181.0, 181.0, 179.0, 179.0]
    [(_, path), *_] = shapes(drawn(chart(map=marks)), "area")
    moves = [float(m) for m in re.findall(r"-?\d*\.?\d+", path.split("l")[1])]
    assert sum(moves[::2]) == pytest.approx(0, abs=0.11)
    assert sum(moves[1::2]) == pytest.approx(0, abs=0.11)
    assert max(map(abs, moves)) < 668


def test_a_map_is_true_to_scale() -> None:
    """Degrees have the ratio of their lengths on the globe, and the scale bar the haversine's."""
    window = Projection.of([(7.0, 7.0), (7.4, 7.4)], [50.6, 50.9], 668)
    high = window.y(50.74) - window.y(50.76)
    wide = window.x(7.21) - window.x(7.19)
    assert high / wide == pytest.approx(1 / math.cos(math.radians(50.75)), rel=1e-4)
    middle = (window.south + window.north) / 2
    half = math.sin(math.radians(0.1) / 2) * math.cos(math.radians(middle))
    across = 2 * 6371.0088 * math.asin(half)
    assert window.km * (window.x(7.3) - window.x(7.2)) == pytest.approx(across, rel=1e-4)


def test_round_degrees() -> None:
    """Few lines at round places, none outside."""
    assert steps(-74.4, -73.6, 6) == [-74.4, -74.2, -74.0, -73.8, -73.6]
    assert steps(-180, 180, 6) == [-180, -120, -60, 0, 60, 120, 180][:7]


def test_a_chart_says_in_words_what_it_shows() -> None:
    """The highest first; what is left out or missing is told."""
    record = ChartRecord(
        title="Delay", measure="mean of delay", unit="min", left_out=3, missing=1,
        map=MapMarks(longitude=(-73.78, 1.0), latitude=(40.64, -2.0), values=(2.0, 5.5),
                     labels=("JFK", "X")),
    )  # fmt: skip
    assert [(line.name, line.value) for line in words.top(record)] == [
        ("X (2° S, 1° E)", "5.5"),
        ("JFK (40.64° N, 73.78° W)", "2"),
    ]
    assert words.notes(record) == [
        "3 places with the fewest events left out",
        "1 row without a place not shown",
    ]
    assert "from 2 to 5.5; highest: X (2° S, 1° E), 5.5" in words.sentence(record)


def test_colours_can_be_told_apart_in_every_theme() -> None:
    """Each step of the scale is darker (or lighter) than the last: hue is not needed to see it."""
    blocks = re.findall(r"\.ef-chart \{(.*?)\}", style())
    themes = [dict(re.findall(r"(--ef-[\w]+): (#[0-9a-f]{6})", block)) for block in blocks]
    assert len(themes) == 3
    used = set(re.findall(r"var\((--ef-\w+)\)", style()))
    for theme in themes:
        assert used <= theme.keys()
        light = [_luminance(theme[f"--ef-{i}"]) for i in range(6)]
        assert light in (sorted(light), sorted(light, reverse=True))
        assert all((max(a, b) + 0.05) / (min(a, b) + 0.05) > 1.2 for a, b in pairwise(light))
        for text in ("--ef-ink", "--ef-soft"):
            a, b = _luminance(theme[text]), _luminance(theme["--ef-page"])
            assert (max(a, b) + 0.05) / (min(a, b) + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
