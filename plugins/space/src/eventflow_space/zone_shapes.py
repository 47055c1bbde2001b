"""From shapes as they come to areas in degrees: decoded, converted, checked, cut at 180°."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import shapely
from attrs import frozen
from shapely import affinity

from eventflow_space.proj import in_thread
from eventflow_space.zone_errors import ZoneShapeError

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl
    from numpy.typing import NDArray

    Shapes = NDArray[Any]
    Floats = NDArray[np.float64]
    Named = Callable[[int], str]

EDGE_M = 1_000.0
"""Longest edge, in metres, of a zone that is converted from a projected system.

Edges are straight in the system of the events: a straight edge of 1 km in a transverse Mercator
projection and the same edge straight in degrees lie at most 2 cm x tan(latitude) apart (L²/8R).
"""

_AREAS = (3, 6)  # GEOS type numbers of polygon and multipolygon
_COLLECTION = 7
_HALF, _ROUND = 180.0, 360.0


@frozen
class Rules:
    """What becomes of shapes that are not areas with a valid boundary, and where they overlap.

    Attributes:
        invalid: Boundaries that cross themselves and the like.
        others: Points and lines.
        antimeridian: Edges over more than 180° of longitude.
        overlaps: Events inside several zones.
    """

    invalid: Literal["error", "repair"] = "error"
    others: Literal["error", "ignore"] = "error"
    antimeridian: Literal["error", "cross", "plain"] = "error"
    overlaps: Literal["error", "smallest", "first"] = "error"


def areas(wkb: pl.Series, crs: str, to: str, rules: Rules, named: Named) -> Shapes:
    """Return valid polygons and multipolygons, or None where there is no area.

    Longitudes are -180 to 180: what reaches over is cut there.

    Args:
        wkb: Shapes as well-known binary.
        crs: Their coordinate system.
        to: That of the result, a geographic one.
        rules: What becomes of shapes that are no areas.
        named: Tells what the zone of a row is called.

    Raises:
        ZoneShapeError: EF377.
    """
    shapes = _polygonal(decoded(wkb, named), rules)
    shapes, projected = converted(shapes, crs, to)
    _check_range(shapes, crs, named)
    shapes = _unwrapped(shapes, "cross" if projected else rules.antimeridian, named)
    shapes = _checked(shapes, rules, named)
    shapes = _cut(shapes)
    shapes[shapely.is_empty(shapes)] = None
    return shapes


def decoded(wkb: pl.Series, named: Named) -> Shapes:
    """Return shapes in two dimensions.

    Raises:
        ZoneShapeError: EF377, bytes that are no WKB.
    """
    shapes = shapely.from_wkb(wkb.to_numpy().astype(object), on_invalid="ignore")
    bad = np.flatnonzero(wkb.is_not_null().to_numpy() & shapely.is_missing(shapes))
    if len(bad):
        raise ZoneShapeError.unreadable(len(bad), named(bad[0]))
    flat: Shapes = shapely.force_2d(shapes) if shapely.has_z(shapes).any() else shapes
    return flat


def converted(shapes: Shapes, crs: str, to: str) -> tuple[Shapes, bool]:
    """Return shapes in another system, and whether theirs was projected."""
    return (shapes, False) if crs == to else in_thread(lambda: _converted(shapes, crs, to))


def _converted(shapes: Shapes, crs: str, to: str) -> tuple[Shapes, bool]:
    from pyproj import CRS, Transformer  # noqa: PLC0415 - delayed: PROJ takes 50 ms to open

    own = CRS.from_user_input(crs)
    transformer = Transformer.from_crs(own, to, always_xy=True)
    if not own.is_geographic:
        unit = own.axis_info[0].unit_conversion_factor if own.axis_info else 1.0
        shapes = shapely.segmentize(shapes, EDGE_M / unit)

    def transform(points: Floats) -> Floats:
        return np.stack(transformer.transform(points[:, 0], points[:, 1]), axis=1)

    return shapely.transform(shapes, transform), not own.is_geographic


def _polygonal(shapes: Shapes, rules: Rules) -> Shapes:
    """Return areas; those of collections become one; others are refused or left out."""
    kinds = shapely.get_type_id(shapes)
    for i in np.flatnonzero(kinds == _COLLECTION):
        shapes[i] = _gathered(shapes[i])
    kinds = shapely.get_type_id(shapes)
    other = (kinds >= 0) & ~np.isin(kinds, _AREAS) & ~shapely.is_empty(shapes)
    if other.any() and rules.others == "error":
        raise ZoneShapeError.not_areas(Counter(shape.geom_type for shape in shapes[other]))
    shapes[other] = None
    return shapes


def _gathered(collection: Any) -> Any:
    """Return the areas of a collection as one; the collection itself if it has none."""
    parts = shapely.get_parts(collection)
    found = parts[np.isin(shapely.get_type_id(parts), _AREAS)]
    return shapely.union_all(found) if len(found) else collection


def _check_range(shapes: Shapes, crs: str, named: Named) -> None:
    west, south, east, north = shapely.bounds(shapes).T
    reach = np.fmax(np.fmax(-west, east) / (3 * _HALF), np.fmax(-south, north) / (_HALF / 2))
    found = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    off = np.flatnonzero(found & ~(reach <= 1 + 1e-9))
    if len(off):
        most = float(np.abs(shapely.bounds(shapes[off[0]])).max())
        raise ZoneShapeError.off_the_globe(len(off), named(off[0]), crs, most)


def _unwrapped(shapes: Shapes, rule: str, named: Named) -> Shapes:
    """Return shapes whose edges over 180° go the short way, on longitudes over 180."""
    west, _, east, _ = shapely.bounds(shapes).T
    wide = np.flatnonzero(east - west > _HALF)
    if rule == "plain" or not len(wide):
        return shapes
    rings, of_ring = _rings(shapes[wide])
    points, ring = shapely.get_coordinates(rings, return_index=True)
    within = ring[1:] == ring[:-1]
    step = np.diff(points[:, 0])[within]
    ring = ring[1:][within]
    long = (np.abs(step) > _HALF) & (np.abs(step) < _ROUND)
    crossing = wide[np.unique(of_ring[ring[long]])]
    if not len(crossing):
        return shapes
    if rule == "error":
        raise ZoneShapeError.around_the_globe(len(crossing), named(crossing[0]))
    short = (step + _HALF) % _ROUND - _HALF
    turns = np.bincount(ring, weights=short, minlength=len(rings))
    poles = np.intersect1d(wide[of_ring[np.abs(turns) > _HALF]], crossing)
    if len(poles):
        raise ZoneShapeError.around_a_pole(len(poles), named(poles[0]))
    shapes[crossing] = shapely.transform(shapes[crossing], _east)
    return shapes


def _east(points: Floats) -> Floats:
    """Return positions on longitudes of 0 to 360."""
    return points + np.where(points[:, :1] < 0, [_ROUND, 0], 0)


def _rings(shapes: Shapes) -> tuple[Shapes, NDArray[np.int64]]:
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    return rings, of_part[of_ring] if len(of_ring) else of_ring


def _checked(shapes: Shapes, rules: Rules, named: Named) -> Shapes:
    bad = np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes))
    if not len(bad):
        return shapes
    if rules.invalid == "error":
        why = shapely.is_valid_reason(shapes[bad[0]])
        raise ZoneShapeError.invalid(len(bad), named(bad[0]), why)
    mended = shapely.make_valid(shapes[bad])
    kept = np.array([_gathered(m) if shapely.get_type_id(m) == _COLLECTION else m for m in mended])
    kept[~np.isin(shapely.get_type_id(kept), _AREAS)] = None  # it has collapsed to a line
    shapes[bad] = kept
    return shapes


def _cut(shapes: Shapes) -> Shapes:
    """Return shapes on longitudes of -180 to 180; what reaches over comes in on the other side."""
    west, _, east, _ = shapely.bounds(shapes).T
    over = np.flatnonzero((west < -_HALF) | (east > _HALF))
    world = shapely.box(-_HALF, -_HALF / 2, _HALF, _HALF / 2)
    for i in over:
        turned = [affinity.translate(shapes[i], by) for by in (-_ROUND, 0, _ROUND)]
        shapes[i] = _gathered(shapely.union_all(shapely.intersection(turned, world)))
    return shapes
