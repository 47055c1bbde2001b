"""From degrees to the plane: which part of the globe a map shows, and how.

Up to 75 degrees of latitude the map is in the Mercator projection, which keeps shapes; nearer the
poles it is equirectangular (Snyder, Map Projections: A Working Manual, 1987, §7 and §12), true to
scale along the parallel in the middle. The map is cut open where there is nothing, so that data on
both sides of the antimeridian stay together.
"""

from __future__ import annotations

from math import asinh, atan, ceil, cos, degrees, floor, radians, sinh, tan
from typing import TYPE_CHECKING, Final

from attrs import frozen

from eventflow.charts.outlines import unrolled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_KM_PER_DEGREE: Final = 111.195
"""Of a sphere with Earth's mean radius, 6,371.0 km."""

_STEEPEST: Final = 75.0
_LEAST: Final = 0.01
"""Degrees that a map shows at least."""

_ROOM: Final = 1.1
"""Width of the map as a multiple of its content's."""

_NARROWEST: Final = 0.2
_FLATTEST, _TALLEST = 0.28, 0.62
"""Height as a share of the width, at least and at most."""

_HALF: Final = 180
_MOST: Final = 300
"""Degrees beyond which a map shows the whole globe, from -180."""

_ROUND: Final = (
    *(round(m * 10.0**e, 6) for e in (-4, -3, -2, -1) for m in (1, 2, 5)),
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 45.0, 60.0),
)


@frozen(kw_only=True)
class Projection:
    """A window on the globe.

    Attributes:
        west: Longitude of the left edge, degrees.
        degrees: Degrees of longitude from the left to the right edge.
        south: Latitude of the lower edge; below -90 where there is room to spare.
        north: Latitude of the upper edge.
        width: Width on paper.
        height: Height on paper.
        mercator: Whether it is in the Mercator projection.
    """

    west: float
    degrees: float
    south: float
    north: float
    width: float
    height: float
    mercator: bool

    @classmethod
    def of(
        cls, spans: Iterable[tuple[float, float]], latitudes: Sequence[float], width: float
    ) -> Projection:
        """Choose the window around some places.

        Args:
            spans: West and east end of each place, degrees, east not below west.
            latitudes: Every latitude, degrees.
            width: Width on paper.
        """
        west, east = together(spans)
        mercator = max(abs(min(latitudes)), abs(max(latitudes))) <= _STEEPEST
        low, high = (_upright(f(latitudes), mercator=mercator) for f in (min, max))
        squeeze = 1.0 if mercator else max(cos(radians((low + high) / 2)), _NARROWEST)
        across = max((east - west) * squeeze, _LEAST) * _ROOM
        up = max(high - low, _LEAST) * _ROOM
        across = min(max(across, up / _TALLEST), 360.0 * squeeze)
        up = max(up, across * _FLATTEST)
        middle, half = (low + high) / 2, up / 2
        return cls(
            west=(west + east) / 2 - across / squeeze / 2,
            degrees=across / squeeze,
            south=_latitude(middle - half, mercator=mercator),
            north=_latitude(middle + half, mercator=mercator),
            width=width,
            height=width * up / across,
            mercator=mercator,
        )

    def x(self, longitude: float) -> float:
        """Return how far right of the left edge a longitude is drawn."""
        return ((longitude - self.west) % 360) * self.width / self.degrees

    def y(self, latitude: float) -> float:
        """Return how far below the upper edge a latitude is drawn."""
        top, bottom, at = (
            _upright(lat, mercator=self.mercator) for lat in (self.north, self.south, latitude)
        )
        return (top - at) / (top - bottom) * self.height

    def ring(self, flat: Sequence[float]) -> list[tuple[float, float]]:
        """Return the points of an area's ring, as they are drawn; it stays in one piece."""
        longitudes = unrolled(flat[::2])
        least = min(longitudes)
        left, scale = self.x(least), self.width / self.degrees
        across = (left + (lon - least) * scale for lon in longitudes)
        return list(zip(across, map(self.y, flat[1::2]), strict=True))

    @property
    def km(self) -> float:
        """Kilometres per unit of paper, in the middle of the map."""
        middle = (self.south + self.north) / 2
        return _KM_PER_DEGREE * cos(radians(middle)) * self.degrees / self.width


def together(spans: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Return the narrowest range of longitudes with all of these in it.

    Args:
        spans: West and east end of each place, degrees, east not below west.

    Returns:
        Its west end, -180 up to 180, and its east end, above it by 360 at most.
    """
    ordered = sorted(((west + 180) % 360 - 180, east - west) for west, east in spans)
    cursor = max(west + width for west, width in ordered) - 360
    crosses = any(west + width > _HALF for west, width in ordered)
    widest, start = -1.0, ordered[0][0]
    for west, width in ordered:
        if west - cursor > widest:
            widest, start = west - cursor, west
        cursor = max(cursor, west + width)
    if widest <= 0 or (360 - widest > _MOST and not crosses):
        return -180.0, 180.0
    return start, start + 360 - widest


def steps(low: float, high: float, most: int) -> list[float]:
    """Return round degrees between two ends, few of them.

    Args:
        low: Lower end, degrees.
        high: Upper end.
        most: How many at most.
    """
    step = next((s for s in _ROUND if (high - low) / s <= most), _ROUND[-1])
    first = ceil(low / step)
    return [round(i * step, 6) for i in range(first, floor(high / step) + 1)]


def compass(value: float, positive: str, negative: str) -> str:
    """Return degrees with their direction: ``73.5° W``."""
    side = positive if value > 0 else negative if value < 0 else ""
    return f"{abs(value):g}° {'' if abs(value) == _HALF else side}".rstrip()


def _upright(latitude: float, *, mercator: bool) -> float:
    if not mercator:
        return latitude
    return degrees(asinh(tan(radians(latitude))))


def _latitude(upright: float, *, mercator: bool) -> float:
    return degrees(atan(sinh(radians(upright)))) if mercator else upright
