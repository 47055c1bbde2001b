"""Which projected coordinate system a grid gets, where none is asked for.

The smallest that fits, so that squares are square:

1. a UTM zone, on WGS84, if all positions lie within 3.5° of its central meridian and from 80° S to
   84° N: lengths are off by 0.2 % at most;
2. else Lambert's azimuthal equal-area projection around the middle of the positions, in whole
   degrees, if none is further than 50° from it: areas are true, lengths are off by 10 % at most.
   Around a pole if longitudes go all the way round it;
3. else EPSG:6933, the equal-area grid of the world: areas are true; lengths are at 30° N and S, and
   cells become narrow and tall towards the poles.

Positions on both sides of the antimeridian are next to each other in the first two, not in the
third, whose map ends there.
"""

from __future__ import annotations

from math import acos, cos, degrees, radians, sin

from attrs import frozen

WORLD = "EPSG:6933"
"""Coordinate system of a grid of the whole world; also of one without positions to learn from."""

_UTM_NORTH, _UTM_SOUTH = 32600, 32700
_TURN = 360.0
_HALF_TURN = 180.0
_RIGHT = 90.0
_ZONE = 6
_ZONE_REACH = 3.5
_UTM_LATITUDES = (-80.0, 84.0)
_REACH = 50.0


@frozen
class Bounds:
    """What holds all positions, degrees.

    Attributes:
        south: Smallest latitude.
        north: Largest latitude.
        west: Westernmost longitude.
        east: Easternmost longitude, at least `west`; above 180 beyond the antimeridian.
    """

    south: float
    north: float
    west: float
    east: float

    @property
    def middle(self) -> tuple[float, float]:
        """Latitude and longitude of the middle; the pole, if longitudes go more than half round."""
        lat, lon = (self.south + self.north) / 2, (self.west + self.east) / 2
        if self.east - self.west > _HALF_TURN:
            return (_RIGHT if lat > 0 else -_RIGHT), 0.0
        return lat, lon - _TURN if lon > _HALF_TURN else lon


def chosen(bounds: Bounds) -> str:
    """Return the coordinate system of a grid, by what holds all positions."""
    lat, lon = bounds.middle
    zone = int((lon + _HALF_TURN) // _ZONE) % 60 + 1
    if _in_zone(bounds, zone):
        return f"EPSG:{(_UTM_NORTH if lat >= 0 else _UTM_SOUTH) + zone}"
    center = (float(round(lat)), float(round(lon)))
    if _furthest(bounds, center) <= _REACH:
        return f"+proj=laea +lat_0={center[0]:g} +lon_0={center[1]:g} +datum=WGS84 +units=m"
    return WORLD


def _in_zone(bounds: Bounds, zone: int) -> bool:
    low, high = _UTM_LATITUDES
    if bounds.south < low or bounds.north > high or bounds.east - bounds.west > 2 * _ZONE_REACH:
        return False
    meridian = zone * _ZONE - _HALF_TURN - _ZONE / 2
    return all(_apart(lon, meridian) <= _ZONE_REACH for lon in (bounds.west, bounds.east))


def _furthest(bounds: Bounds, center: tuple[float, float]) -> float:
    """Return how far the furthest corner is, degrees; a turn where a corner does not tell."""
    if abs(center[0]) == _RIGHT:
        return _RIGHT - (bounds.south if center[0] > 0 else -bounds.north)
    if bounds.east - bounds.west > _HALF_TURN:
        return _TURN
    corners = [
        (lat, lon) for lat in (bounds.south, bounds.north) for lon in (bounds.west, bounds.east)
    ]
    return max(_angle(center, corner) for corner in corners)


def _apart(lon: float, meridian: float) -> float:
    return abs((lon - meridian + _HALF_TURN) % _TURN - _HALF_TURN)


def _angle(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the angle between two positions on a sphere, degrees."""
    (lat_a, lon_a), (lat_b, lon_b) = (tuple(map(radians, point)) for point in (a, b))
    cosine = sin(lat_a) * sin(lat_b) + cos(lat_a) * cos(lat_b) * cos(lon_a - lon_b)
    return degrees(acos(max(-1.0, min(1.0, cosine))))
