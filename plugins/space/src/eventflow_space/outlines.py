"""Where cells are: their centres, and their outlines for drawing.

Longitudes of a ring go on beyond ±180° where it crosses the antimeridian, so that no cell smears
across a map; the ring of a cell that holds a pole goes along it.
"""

from __future__ import annotations

from typing import Protocol

import polars as pl

Ring = list[tuple[float, float]]
"""Longitude and latitude of corners in degrees; the last one is the first again."""

_TURN = 360.0
_POLE = 90.0


class Cells(Protocol):
    """One way to divide the Earth into cells."""

    def centre(self, cell: pl.Expr) -> pl.Expr:
        """Return `latitude` and `longitude` of centres, degrees: a struct of two f64."""
        ...

    def corners(self, ids: pl.Series) -> pl.DataFrame:
        """Return `row` (of the id), `latitude` and `longitude`, a row for each corner in turn."""
        ...


def centres(ids: pl.Series, cells: Cells) -> pl.DataFrame:
    """Return `latitude` and `longitude` of the centres of cells, degrees, f64.

    Args:
        ids: Ids of cells; a null, and what is no id, gives nulls.
        cells: What they are ids of.
    """
    found = ids.to_frame("cell").select(cells.centre(pl.col("cell")).struct.unnest())
    return found.select("latitude", "longitude")


def outlines(ids: pl.Series, cells: Cells) -> list[Ring]:
    """Return the outline of each cell, closed; empty where there is no id.

    Args:
        ids: Ids of cells, each one once is enough.
        cells: What they are ids of.
    """
    rings: list[Ring] = [[] for _ in range(len(ids))]
    for row, lat, lon in cells.corners(ids).select("row", "latitude", "longitude").iter_rows():
        rings[row].append((lon, lat))
    return [_closed(ring) for ring in rings]


def _closed(corners: Ring) -> Ring:
    """Close a ring, without a leap from one side of the map to the other."""
    if not corners:
        return []
    ring = [corners[0]]
    for lon, lat in [*corners[1:], corners[0]]:
        before = ring[-1][0]
        ring.append((lon + _TURN * round((before - lon) / _TURN), lat))
    (west, first), (east, _) = ring[0], ring[-1]
    if round((east - west) / _TURN) == 0:
        return ring
    pole = _POLE if first > 0 else -_POLE
    return [*ring, (east, pole), (west, pole), ring[0]]
