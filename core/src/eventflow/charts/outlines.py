"""Outlines of areas as the record keeps them: plain rings, no finer than a picture can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    Area = tuple[tuple[float, ...], ...]

_DIGITS: Final = 6
_FINEST: Final = 1_000
"""Steps along the longer side of the whole map; shorter edges than one of them are left out."""


def rings(outlines: pl.Series) -> tuple[Area, ...]:
    """Return the rings of each area.

    Args:
        outlines: For each area a list of rings, or one ring, of ``[longitude, latitude]`` points.
    """
    areas = [_rings_of(area) for area in outlines.to_list()]
    everything = [point for area in areas for ring in area for point in ring]
    if not everything:
        return tuple(() for _ in areas)
    lon, lat = zip(*everything, strict=True)
    least = max(max(lon) - min(lon), max(lat) - min(lat)) / _FINEST
    return tuple(tuple(_flat(_thinned(ring, least)) for ring in area) for area in areas)


def middle(area: Area) -> tuple[float, float]:
    """Return the middle of the box around an area's first ring, degrees east and north."""
    if not area:
        return 0.0, 0.0
    lon, lat = unrolled(area[0][::2]), area[0][1::2]
    east = (min(lon) + max(lon)) / 2
    return (east + 180) % 360 - 180, (min(lat) + max(lat)) / 2


def unrolled(longitudes: Sequence[float]) -> list[float]:
    """Return longitudes without jumps: no step is wider than half the globe."""
    out = list(longitudes[:1])
    for lon in longitudes[1:]:
        out.append(lon - 360 * round((lon - out[-1]) / 360))
    return out


def _rings_of(area: Any) -> list[list[tuple[float, float]]]:
    nested = bool(area) and bool(area[0]) and isinstance(area[0][0], (list, tuple))
    parts = area if nested else [area]
    return [[(float(p[0]), float(p[1])) for p in ring] for ring in parts if ring]


def _thinned(ring: list[tuple[float, float]], least: float) -> list[tuple[float, float]]:
    """Leave out points nearer than `least` to the one before; a ring keeps three at least."""
    kept = ring[:1]
    for i, (lon, lat) in enumerate(ring[1:], 1):
        last_lon, last_lat = kept[-1]
        needed = len(ring) - i <= 3 - len(kept)
        if needed or max(abs(lon - last_lon), abs(lat - last_lat)) >= least:
            kept.append((lon, lat))
    return kept


def _flat(ring: list[tuple[float, float]]) -> tuple[float, ...]:
    return tuple(round(number, _DIGITS) for point in ring for number in point)
