"""Cells and zones on maps: every step that makes ids says how they are outlined."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
import shapely

from eventflow import EventFrame, Pipeline
from eventflow_space import SpatialGeohashStep, SpatialGridStep, SpatialH3Step, SpatialZoneStep
from zone_frames import events, voronoi, zones

if TYPE_CHECKING:
    from eventflow import BaseStep

PLACES = {"lat": [50.73, 50.7302, 51.2, None], "lon": [7.1, 7.1002, 6.8, 7.0]}


@pytest.mark.parametrize(
    ("step", "corners"),
    [
        (SpatialGridStep(size_m=5000), 4),
        (SpatialH3Step(resolution=6, name="cell"), 6),
        (SpatialGeohashStep(precision=5, name="cell"), 4),
    ],
)
def test_a_map_of_cells_has_their_outlines(step: BaseStep, corners: int) -> None:
    """Each cell is a closed ring around the events that it counts."""
    frame = EventFrame.of(PLACES, latitude="lat", longitude="lon", crs="EPSG:4326")
    made = Pipeline([step]).run(frame)
    chart = made.plot.map(cell="cell").chart
    assert chart.map is not None
    assert sorted(v or 0 for v in chart.map.values) == [1, 2]
    assert (chart.missing, chart.left_out) == (1, 0)
    ids = dict(zip(chart.map.labels, chart.map.outlines, strict=True))
    for cell, lat, lon in made.collect().drop_nulls().select(
        pl.col("cell").cast(pl.String), "lat", "lon"
    ).iter_rows():  # fmt: skip
        [ring] = ids[cell]
        assert len(ring) == 2 * (corners + 1)
        assert ring[:2] == ring[-2:]
        assert min(ring[::2]) <= lon <= max(ring[::2])
        assert min(ring[1::2]) <= lat <= max(ring[1::2])


def drawn(
    shapes: dict[str, shapely.Geometry], lat: list[float], lon: list[float]
) -> dict[str, shapely.Geometry]:
    """Return what a map of events by zone draws of each zone."""
    made = Pipeline([SpatialZoneStep(zones=zones(shapes))]).run(events(lat, lon))
    marks = made.plot.map(cell="zone").chart.map
    assert marks is not None
    rings = {
        label: [shapely.Polygon(np.reshape(ring, (-1, 2))) for ring in area]
        for label, area in zip(marks.labels, marks.outlines, strict=True)
    }
    return {label: reduce(shapely.symmetric_difference, area) for label, area in rings.items()}


def test_a_map_of_zones_has_their_outlines() -> None:
    """Holes and parts are drawn, on both sides of 180° too; zones without events are not."""
    box, hole = shapely.box(0, 40, 10, 50), shapely.box(4, 44, 6, 46)
    shapes = {
        "holed": box - hole, "hole": hole, "empty": shapely.box(20, 40, 21, 41),
        "parts": shapely.box(12, 40, 14, 42) | shapely.box(16, 40, 18, 42),
        "over": shapely.box(170, 0, 190, 10),
    }  # fmt: skip
    found = drawn(shapes, [41, 45, 41, 5, 60], [1, 5, 13, -175, 5])
    over = shapely.box(170, 0, 180, 10) | shapely.box(-180, 0, -170, 10)
    expected = {**shapes, "over": over}
    del expected["empty"]
    assert found.keys() == expected.keys()
    assert all(shapely.equals(found[name], shape) for name, shape in expected.items())


def test_outlines_are_no_finer_than_a_picture() -> None:
    """A million corners become a few thousand, and lie where they were; dust is left out."""
    shapes = shapely.segmentize(voronoi(300, (0, 40, 20, 60), seed=6), 0.001)
    dust = shapely.box(0.01, 39, 0.011, 39.001)
    named = {f"z{i}": shape for i, shape in enumerate(shapes)}
    named["z0"] = shapely.union_all([named["z0"], dust])
    points = shapely.get_coordinates(shapely.point_on_surface(shapes))
    found = drawn(named, points[:, 1].tolist(), points[:, 0].tolist())
    assert len(found) == 300
    assert shapely.get_num_coordinates(shapes).sum() > 1_000_000
    assert shapely.get_num_coordinates([*found.values()]).sum() < 6_000
    off = [shapely.symmetric_difference(named[name], shape).area for name, shape in found.items()]
    assert max(off) < 0.02 * shapely.length(shapes).max()
    assert found["z0"].bounds[1] >= 40


def test_zones_that_share_a_value_are_drawn_together() -> None:
    """A map by a column that several zones have shows all of them, in the context's system too."""
    shapes = {"a": shapely.box(3e5, 5.5e6, 4e5, 5.6e6), "b": shapely.box(5e5, 5.5e6, 6e5, 5.6e6)}
    both = zones(shapes, "EPSG:25832").pipe(lambda lazy: lazy.with_columns(land=pl.lit("x")))
    made = Pipeline([SpatialZoneStep(zones=both)]).run(events([50.0], [6.9]))
    marks = made.plot.map(cell="land").chart.map
    assert marks is not None
    assert [len(area) for area in marks.outlines] == [2]
    west, east = (ring[::2] for ring in marks.outlines[0])
    assert 6 < min(west) < max(west) < min(east) == pytest.approx(9, abs=0.1)
