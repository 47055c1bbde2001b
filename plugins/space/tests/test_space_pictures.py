"""Cells on maps: every step that makes ids says how they are outlined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from eventflow import EventFrame, Pipeline
from eventflow_space import SpatialGeohashStep, SpatialGridStep, SpatialH3Step

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
