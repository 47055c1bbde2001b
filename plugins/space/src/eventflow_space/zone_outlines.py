"""Zones on maps: their outlines, no finer than a picture can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import shapely

from eventflow_space.places import WGS84
from eventflow_space.zone_shapes import converted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Shapes = NDArray[Any]
    Ints = NDArray[np.int64]

_FINEST = 1_000  # steps along the longer side of a map: what it can show
_MOST = 6_000  # corners on a map


def outlines(ids: pl.Series, values: pl.Series, zones: Shapes, crs: str) -> pl.Series:
    """Return the rings of the zones of each id: lists of longitude and latitude; null without.

    What is smaller than a thousandth of the map is left out (Douglas & Peucker, 1973), or more if
    that has too many corners; of each id one ring stays.

    Args:
        ids: Distinct values.
        values: The value of each zone.
        zones: Polygons and multipolygons.
        crs: Their geographic coordinate system.
    """
    wanted = ids.to_frame("id").with_row_index("row")
    found = wanted.join(values.to_frame("id").with_row_index("zone"), on="id").sort("row", "zone")
    row = found["row"].to_numpy().astype(np.int64)
    shapes, _ = converted(zones[found["zone"].to_numpy()], crs, WGS84)
    drawn: list[list[Any] | None] = [None] * len(ids)
    for ring, at in zip(*_simplified(shapes, row), strict=True):
        drawn[at] = [*(drawn[at] or []), shapely.get_coordinates(ring).tolist()]
    return pl.Series(ids.name, drawn, dtype=pl.List(pl.List(pl.List(pl.Float64))))


def _simplified(shapes: Shapes, row: Ints) -> tuple[Shapes, Ints]:
    """Return the rings of shapes, and the row of each; the whole has `_MOST` corners at most."""
    west, south, east, north = shapely.total_bounds(shapes) if len(shapes) else np.zeros(4)
    extent = max(east - west, north - south)
    step = extent / _FINEST
    rings, owner = _rings(shapes, row, step)
    while shapely.get_num_coordinates(rings).sum() > _MOST and step < extent:
        step *= 2
        rings, owner = _rings(shapes, row, step)
    return rings, owner


def _rings(shapes: Shapes, row: Ints, least: float) -> tuple[Shapes, Ints]:
    """Return the rings that are wide or tall enough to be seen, and the largest of each row."""
    parts, of_part = shapely.get_parts(shapely.simplify(shapes, least / 2), return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        return rings, of_ring
    owner = row[of_part[of_ring]]
    bounds = shapely.bounds(rings)
    size = (bounds[:, 2:] - bounds[:, :2]).max(axis=1)
    order = np.lexsort((size, owner))
    kept = size >= least
    kept[order[np.diff(owner[order], append=-1) != 0]] = True
    return rings[kept], owner[kept]
