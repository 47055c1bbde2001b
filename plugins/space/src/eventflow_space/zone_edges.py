"""Edges of zones on a grid of cells: which cells they cross, and which middles of cells they hold.

Interiors are filled by the even-odd rule along the middle of rows, as in any scan conversion of
polygons (Foley et al., Computer Graphics, 1990, chapter 3).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

WIDER = 1e-6
"""Of a cell: how near an edge counts as in the cell."""

_POLYGON = 3  # GEOS type number
_AT_ONCE = 2**16  # cells that are drawn together
_FRACTION = 20  # bits: crossings of the middle of a row are told apart to a millionth of a cell


@frozen
class Grid:
    """Cells of equal width and height over all zones, numbered eastwards, then northwards.

    Attributes:
        west: Where the first column begins.
        south: Where the first row begins.
        per_x: Columns per unit.
        per_y: Rows per unit.
        columns: How many columns.
        rows: How many rows.
    """

    west: float
    south: float
    per_x: float
    per_y: float
    columns: int
    rows: int

    @classmethod
    def over(cls, bounds: Floats, cells: int) -> Grid:
        """Lay a grid of about so many cells over bounds (west, south, east, north)."""
        width, height = np.maximum(bounds[2:] - bounds[:2], 1e-9) * (1 + 1e-9)
        columns = int(min(max(np.sqrt(cells * width / height), 1), cells))
        rows = max(cells // columns, 1)
        return cls(bounds[0], bounds[1], columns / width, rows / height, columns, rows)

    @property
    def size(self) -> int:
        """How many cells there are."""
        return self.columns * self.rows

    def scaled(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return positions in columns and rows."""
        return (x - self.west) * self.per_x, (y - self.south) * self.per_y

    def cells(self, x: Floats, y: Floats) -> Ints:
        """Return the cell of each position; -1 off the grid, and for NaN."""
        u, v = self.scaled(x, y)
        inside = (u >= 0) & (v >= 0) & (u < self.columns) & (v < self.rows)
        found = np.where(inside, v, 0).astype(np.int64) * self.columns
        found += np.where(inside, u, 0).astype(np.int64)
        return np.where(inside, found, -1)

    def middles(self, cells: Ints) -> tuple[Floats, Floats]:
        """Return the position of the middle of each cell."""
        row, column = np.divmod(cells, self.columns)
        return self.west + (column + 0.5) / self.per_x, self.south + (row + 0.5) / self.per_y


@frozen(eq=False)
class Edges:
    """The edges of all zones, zone after zone: edge i runs from corner i to corner i + 1.

    Attributes:
        corners: Corners of all rings, ring after ring; x is the real part, y the imaginary one.
        zone: The zone of each corner.
        drawn: Whether an edge begins at a corner: not at the last of a ring.
    """

    corners: NDArray[np.complex128]
    zone: NDArray[np.int32]
    drawn: NDArray[np.bool_]

    @classmethod
    def of(cls, zones: NDArray[Any]) -> Edges:
        """Take the edges of polygons and multipolygons."""
        corners = shapely.get_coordinates(zones).view(np.complex128).ravel()
        counts = shapely.get_num_coordinates(zones)
        drawn = np.append(corners[1:] != corners[:-1], np.zeros(len(corners[:1]), bool))
        drawn[np.cumsum(counts) - 1] = False
        drawn[_inner_ends(zones, counts)] = False
        return cls(corners, np.repeat(np.arange(len(zones), dtype=np.int32), counts), drawn)

    def parts(self, grid: Grid) -> list[slice]:
        """Return whole zones' corners, so many at a time as memory is spared."""
        last = np.flatnonzero(np.diff(self.zone, append=-1))
        cells = np.cumsum(self._cells(grid))[last]
        cuts = np.searchsorted(cells, np.arange(_AT_ONCE, cells.max(initial=0), _AT_ONCE))
        ends = last[:-1][np.isin(np.arange(len(last) - 1), cuts)] + 1
        return [slice(*part) for part in pairwise([0, *ends, len(self.zone)])]

    def crossed(self, grid: Grid, part: slice) -> Iterator[tuple[Ints, Ints]]:
        """Yield edges and the cells they run through; every cell within `WIDER` of one is."""
        yield from _crossed(*self._drawn(grid, part), grid)

    def filled(self, grid: Grid, part: slice) -> Iterator[tuple[Ints, Ints]]:
        """Yield zones and cells whose middle they hold, so many at a time as memory is spared.

        What is within a millionth of a cell of a middle may be told to be on either side.
        """
        edge, u, v = self._drawn(grid, part)
        first = int(self.zone[edge].min(initial=0))
        zone = self.zone[edge] - np.int64(first)
        ends = np.sort(_middles(zone, u, v, grid)) + 2 ** (_FRACTION - 1) >> _FRACTION
        begins, counts = ends[::2], ends[1::2] - ends[::2]
        cuts = np.searchsorted(np.cumsum(counts), np.arange(0, counts.sum(), _AT_ONCE)[1:])
        for some in np.split(np.arange(len(begins)), cuts):
            zone, begin = np.divmod(begins[some], grid.size)
            yield np.repeat(zone + first, counts[some]), runs(begin, counts[some])

    def _drawn(self, grid: Grid, part: slice) -> tuple[Ints, Floats, Floats]:
        """Return edges, and columns and rows of their ends; all go up, or level."""
        corners, own = self.corners[part], np.flatnonzero(self.drawn[part])
        u, v = grid.scaled(corners.real, corners.imag)
        down = v[own] > v[own + 1]
        start, stop = own + down, own + ~down
        return own + part.start, np.stack([u[start], u[stop]]), np.stack([v[start], v[stop]])

    def _cells(self, grid: Grid) -> Floats:
        """Return about how many cells each edge runs through."""
        step = np.diff(self.corners, append=0)
        across, along = np.abs(step.real) * grid.per_x, np.abs(step.imag) * grid.per_y
        cells: Floats = np.where(self.drawn, 1 + across + along, 0)
        return cells


def _inner_ends(zones: NDArray[Any], counts: Ints) -> Ints:
    """Return the last corners of the rings of zones that have several."""
    several = (shapely.get_type_id(zones) != _POLYGON) | (shapely.get_num_interior_rings(zones) > 0)
    parts, of_part = shapely.get_parts(zones[several], return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    if not len(rings):
        return np.zeros(0, np.int64)
    begins, theirs = (np.cumsum(counts) - counts)[several], counts[several]
    ahead = begins - (np.cumsum(theirs) - theirs)
    ends: Ints = np.cumsum(shapely.get_num_coordinates(rings)) - 1 + ahead[of_part[of_ring]]
    return ends


def _crossed(edge: Ints, u: Floats, v: Floats, grid: Grid) -> Iterator[tuple[Ints, Ints]]:
    """Yield edges and cells: of short edges all cells of their boxes, of others those on them."""
    left, right = _span(u.min(axis=0), u.max(axis=0), grid.columns)
    bottom, top = _span(v[0], v[1], grid.rows)
    short = (right - left <= 1) & (top - bottom <= 1)
    corner = bottom * grid.columns + left
    wide, tall = right > left, top > bottom
    for mask, further in (
        (short, 0), (short & wide, 1), (short & tall, grid.columns),
        (short & wide & tall, grid.columns + 1),
    ):  # fmt: skip
        yield edge[mask], corner[mask] + further
    if not short.all():
        long = ~short
        yield _traced(edge[long], u[:, long], v[:, long], grid)


def _span(low: Floats, high: Floats, most: int) -> tuple[Ints, Ints]:
    """Return the first and the last column or row that lines reach."""
    first, last = np.floor(low - WIDER), np.floor(high + WIDER)
    return np.maximum(first, 0).astype(np.int64), np.minimum(last, most - 1).astype(np.int64)


def _traced(edge: Ints, u: Floats, v: Floats, grid: Grid) -> tuple[Ints, Ints]:
    """Return edges and the cells they run through, column by column."""
    west, east = u.min(axis=0), u.max(axis=0)
    first, last = _span(west, east, grid.columns)
    counts = last - first + 1
    which = np.repeat(np.arange(len(edge)), counts)
    column = runs(first, counts)
    across, (low, high) = (u[1] - u[0])[which], v[:, which]
    slope = np.divide(high - low, across, out=np.zeros(len(which)), where=across != 0)
    at = [
        np.clip(low + slope * (np.clip(side, west[which], east[which]) - u[0, which]), low, high)
        for side in (column, column + 1)
    ]
    upright = across == 0
    bottom, top = _span(
        np.where(upright, low, np.minimum(*at)), np.where(upright, high, np.maximum(*at)), grid.rows
    )
    tall = top - bottom + 1
    cell = runs(bottom, tall) * grid.columns + np.repeat(column, tall)
    return np.repeat(edge[which], tall), cell


def _middles(zone: Ints, u: Floats, v: Floats, grid: Grid) -> Ints:
    """Return where edges cross the middle of rows, as one number: zone, row, and column in parts.

    Sorted, two by two they are where a zone begins and ends.
    """
    bottom, top = (np.ceil(end - 0.5).astype(np.int64) for end in v)
    counts = top - bottom
    which = np.repeat(np.arange(len(zone)), counts)
    row = runs(bottom, counts)
    slope = (u[1, which] - u[0, which]) / (v[1, which] - v[0, which])
    column = np.clip(u[0, which] + slope * (row + 0.5 - v[0, which]), 0, grid.columns)
    cell = (zone[which] * grid.rows + row) * grid.columns
    found: Ints = (cell << _FRACTION) + (column * 2**_FRACTION).astype(np.int64)
    return found


def runs(begins: Ints, counts: Ints) -> Ints:
    """Return ``begin, begin + 1, …`` for each of `counts`, one after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    found: Ints = np.arange(total) + np.repeat(begins - ends + counts, counts)
    return found
