"""From shapes that are points to their positions in degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import shapely

from eventflow_space.context_places import LAT, LON, label
from eventflow_space.zone_errors import ZoneShapeError
from eventflow_space.zone_shapes import converted, decoded

if TYPE_CHECKING:
    from eventflow_space.zone_shapes import Shapes

_POINT, _POINTS = 0, 4  # GEOS type numbers of point and multipoint


def positioned(rows: pl.DataFrame, *, shapes: str, crs: str, to: str) -> pl.DataFrame:
    """Add `LAT` and `LON` of each row, null where there is no shape or an empty one.

    A multipoint of one point is that point.

    Args:
        rows: The rows.
        shapes: Column of shapes, well-known binary.
        crs: Coordinate system of the shapes.
        to: That of the positions, a geographic one.

    Raises:
        ZoneShapeError: EF377, a shape is no point, or its bytes are no WKB.
    """
    points = _points(decoded(rows[shapes], lambda row: label(rows, row)))
    points, _ = converted(points, crs, to)
    axes = {LAT: shapely.get_y(points), LON: shapely.get_x(points)}
    return rows.with_columns(pl.Series(n, v, pl.Float64).fill_nan(None) for n, v in axes.items())


def _points(shapes: Shapes) -> Shapes:
    kinds = shapely.get_type_id(shapes)
    single = (kinds == _POINTS) & (shapely.get_num_geometries(shapes) == 1)
    other = ~shapely.is_missing(shapes) & (kinds != _POINT) & ~single
    if other.any():
        names = [shape.geom_type.lower() for shape in shapes[other]]
        found, numbers = np.unique(names, return_counts=True)
        raise ZoneShapeError.not_points(dict(zip(found, numbers.tolist(), strict=True)))
    points = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    points[shapely.is_empty(points)] = None  # GEOS refuses to tell where nothing is
    return points
