"""Geometries of GeoJSON as shapes.

Polygons and multipolygons in two dimensions are decoded by msgspec, several times as fast as by
GEOS, which reads all others.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Shapes = NDArray[Any]

Ring = list[tuple[float, float]]

_POLYGON = shapely.GeometryType.POLYGON
_CORNERS = 4  # of a ring at least: the last is the first again


class _Polygon(msgspec.Struct, tag_field="type", tag="Polygon"):
    coordinates: list[Ring]

    @property
    def parts(self) -> list[list[Ring]]:
        return [self.coordinates]


class _MultiPolygon(msgspec.Struct, tag_field="type", tag="MultiPolygon"):
    coordinates: list[list[Ring]]

    @property
    def parts(self) -> list[list[Ring]]:
        return self.coordinates


_AREAS = msgspec.json.Decoder(_Polygon | _MultiPolygon | None)


def shapes_of(geometries: Sequence[msgspec.Raw]) -> Shapes:
    """Return the shape of each geometry; None where it is null, or no geometry."""
    try:
        found = _areas([_AREAS.decode(geometry) for geometry in geometries])
    except msgspec.ValidationError:
        found = None
    return _others(geometries) if found is None else found


def _areas(geometries: Sequence[_Polygon | _MultiPolygon | None]) -> Shapes | None:
    """Return areas; None if one is empty, or a ring of it is short or not closed."""
    parts = [[] if geometry is None else geometry.parts for geometry in geometries]
    polygons = list(chain.from_iterable(parts))
    rings = list(chain.from_iterable(polygons))
    of_rings, of_polygons, of_parts = _offsets(rings), _offsets(polygons), _offsets(parts)
    numbers = chain.from_iterable(chain.from_iterable(rings))
    corners = np.fromiter(numbers, float, 2 * of_rings[-1]).reshape(-1, 2)
    null = np.array([geometry is None for geometry in geometries], bool)
    empty = (np.diff(of_parts)[~null] == 0).any() or (np.diff(of_polygons) == 0).any()
    short = (np.diff(of_rings) < _CORNERS).any()
    if empty or short or (corners[of_rings[:-1]] != corners[of_rings[1:] - 1]).any():
        return None
    made = shapely.from_ragged_array(_POLYGON, corners, (of_rings, of_polygons))
    several = np.array([isinstance(geometry, _MultiPolygon) for geometry in geometries], bool)
    owner = np.repeat(np.arange(len(parts)), np.diff(of_parts))
    shapes = np.full(len(parts), None, object)
    shapes[~several & ~null] = made[~several[owner]]
    shapely.multipolygons(made[several[owner]], indices=owner[several[owner]], out=shapes)
    return shapes


def _others(geometries: Sequence[msgspec.Raw]) -> Shapes:
    texts = [bytes(geometry).decode() for geometry in geometries]
    given = np.array([None if text == "null" else text for text in texts], object)
    made: Shapes = shapely.from_geojson(given, on_invalid="ignore")
    return made


def _offsets(lists: Sequence[Sequence[Any]]) -> NDArray[np.int64]:
    """Return where each list begins among all values, and where the last ends."""
    lengths = np.fromiter(map(len, lists), np.int64, len(lists))
    return np.append(0, np.cumsum(lengths))
