"""Which zone holds a point: cells first, and shapes only where a cell does not tell.

Zones are drawn on a grid of cells. A cell that one zone fills, or none touches, answers for every
point in it; where boundaries run, the cell lists the zones that reach it, and only these are asked
(GEOS, prepared). Boundaries are drawn conservatively: every cell within a millionth of a cell's
width of a boundary is asked. Interiors are filled by the even-odd rule along the middle of rows,
as in any scan conversion of polygons (Foley et al., Computer Graphics, 1990, chapter 3).
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NONE = -1
"""No zone."""

_CELLS_PER_ZONE = 2_000  # a tenth of the points lie in cells that boundaries cross
_FEWEST, _MOST = 2**14, 2**23  # cells of a grid: four bytes each
_LONG = 24  # a list of more zones is searched by a tree
_WIDER = 1e-6  # of a cell: how near a boundary counts as in the cell
_AT_ONCE = 2**17  # cells that are filled together


@frozen(eq=False)
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
    def over(cls, bounds: Floats, zones: int) -> Grid:
        """Lay a grid over bounds (west, south, east, north), as fine as so many zones are worth."""
        width, height = np.maximum(bounds[2:] - bounds[:2], 1e-9) * (1 + 1e-9)
        cells = min(max(zones * _CELLS_PER_ZONE, _FEWEST), _MOST)
        columns = int(min(max(np.sqrt(cells * width / height), 1), cells))
        rows = max(cells // columns, 1)
        return cls(bounds[0], bounds[1], columns / width, rows / height, columns, rows)

    def scaled(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Return positions in columns and rows."""
        return (x - self.west) * self.per_x, (y - self.south) * self.per_y

    def cells(self, x: Floats, y: Floats) -> Ints:
        """Return the cell of each position; -1 off the grid, and for NaN."""
        u, v = self.scaled(x, y)
        inside = (u >= 0) & (v >= 0) & (u < self.columns) & (v < self.rows)
        found = np.where(inside, v, 0).astype(np.int64) * self.columns
        found += np.where(inside, u, 0).astype(np.int64)
        return np.where(inside, found, NONE)


@frozen(eq=False)
class ZoneCells:
    """Zones, ready to be asked. A smaller number of a zone goes before a larger one.

    Attributes:
        zones: The shapes, prepared.
        grid: The cells.
        answers: Of each cell: the zone that fills it, -1 for none, or -2 - n for list n.
        starts: Where each list begins in `members`, and where the last ends.
        members: Zones that reach a cell, list after list.
        tree: For lists that are long.
    """

    zones: NDArray[Any]
    grid: Grid
    answers: NDArray[np.int32]
    starts: Ints
    members: NDArray[np.int32]
    tree: shapely.STRtree | None
    _lock: Lock = field(factory=Lock)  # GEOS builds a prepared shape's index when it is first asked

    @classmethod
    def of(cls, zones: NDArray[Any]) -> ZoneCells:
        """Draw zones (valid polygons and multipolygons, none of them empty) on a grid."""
        shapely.prepare(zones)
        number = len(zones)
        bounds = shapely.total_bounds(zones) if number else np.zeros(4)
        grid = Grid.over(bounds, number)
        answers = np.full(grid.columns * grid.rows, NONE, np.int32)
        found = [lines.crossed(grid) for lines in _Lines.of(zones, grid)]
        crossed = np.zeros(len(answers), bool)
        for reached in found:
            crossed[reached // number] = True
        for lines in _Lines.of(zones, grid):
            for zone, cell in lines.filled(grid):
                unclear = crossed[cell]
                found.append(cell[unclear] * number + zone[unclear])
                found.extend(_fill(answers, cell[~unclear], zone[~unclear], number))
        pairs = _distinct(np.concatenate([np.zeros(0, np.int64), *found]))
        del found
        cells, members = np.divmod(pairs, max(number, 1))
        listed, firsts = np.unique(cells, return_index=True)
        answers[listed] = -2 - np.arange(len(listed), dtype=np.int32)
        starts = np.append(firsts, len(pairs)).astype(np.int64)
        long = len(listed) > 0 and np.diff(starts).max() > _LONG
        tree = shapely.STRtree(zones) if long else None
        return cls(zones, grid, answers, starts, members.astype(np.int32), tree)

    def find(self, x: Floats, y: Floats) -> tuple[NDArray[np.int32], Ints]:
        """Return the zone of each point (-1: none), and which points lie inside several.

        A point inside several zones is in the first; a point inside none that lies on boundaries
        is in the first whose boundary it is.
        """
        with self._lock:
            return self._find(x, y)

    def _find(self, x: Floats, y: Floats) -> tuple[NDArray[np.int32], Ints]:
        cell = self.grid.cells(x, y)
        zone = np.where(cell >= 0, self.answers[cell], np.int32(NONE))
        open_ = np.flatnonzero(zone < NONE)
        if not len(open_):
            return zone, open_
        point, asked = self._asked(open_, -2 - zone[open_], x, y)
        zone[open_] = NONE
        inside = shapely.contains_xy(self.zones[asked], x[point], y[point])
        held, several = _first(zone, point[inside], asked[inside])
        rest = zone[point] == NONE
        point, asked = point[rest], asked[rest]
        on = shapely.intersects_xy(self.zones[asked], x[point], y[point])
        _first(zone, point[on], asked[on])
        return zone, held[several]

    def _asked(
        self, points: Ints, lists: NDArray[np.int32], x: Floats, y: Floats
    ) -> tuple[Ints, Ints]:
        """Return pairs of a point and a zone that may hold it, in the order of both."""
        lengths = self.starts[lists + 1] - self.starts[lists]
        short = lengths <= _LONG
        counts, begins = lengths[short], self.starts[lists[short]]
        point = np.repeat(points[short], counts)
        asked = self.members[_runs(begins, counts)].astype(np.int64)
        if self.tree is None or short.all():
            return point, asked
        far = points[~short]
        which, near = self.tree.query(shapely.points(x[far], y[far]))
        point, asked = np.append(point, far[which]), np.append(asked, near)
        order = np.lexsort((asked, point))
        return point[order], asked[order]


@frozen(eq=False)
class _Lines:
    """Line segments of the zones' rings, in columns and rows of a grid; each goes upwards or level.

    Attributes:
        zone: The zone of each.
        u: Columns of both ends, n x 2.
        v: Rows of both ends, n x 2.
        number: How many zones there are in all.
    """

    zone: Ints
    u: Floats
    v: Floats
    number: int

    @classmethod
    def of(cls, zones: NDArray[Any], grid: Grid) -> Iterator[_Lines]:
        """Yield the lines of all zones, so many zones at a time as memory is spared."""
        points = np.cumsum(shapely.get_num_coordinates(zones))
        cuts = np.searchsorted(points, np.arange(0, points.max(initial=0), _AT_ONCE // 4)[1:])
        for part in np.split(np.arange(len(zones)), cuts):
            yield cls._of(zones[part], part, grid, len(zones))

    @classmethod
    def _of(cls, zones: NDArray[Any], numbers: Ints, grid: Grid, total: int) -> _Lines:
        parts, of_part = shapely.get_parts(zones, return_index=True)
        rings, of_ring = shapely.get_rings(parts, return_index=True)
        points, ring = shapely.get_coordinates(rings, return_index=True)
        u, v = grid.scaled(points[:, 0], points[:, 1])
        begins = np.flatnonzero(ring[1:] == ring[:-1])
        zone = of_part[of_ring[ring[begins]]] if len(begins) else begins
        ends = np.stack([begins, begins + 1], axis=1)
        down = v[ends[:, 0]] > v[ends[:, 1]]
        ends[down] = ends[down][:, ::-1]
        return cls(numbers[zone], u[ends], v[ends], total)

    def crossed(self, grid: Grid) -> Ints:
        """Return the cells that boundaries run through, as cell * number of zones + zone."""
        left, right = self.u.min(axis=1), self.u.max(axis=1)
        first = np.floor(left - _WIDER).astype(np.int64)
        counts = np.floor(right + _WIDER).astype(np.int64) - first + 1
        which = np.repeat(np.arange(len(first)), counts)
        column = _runs(first, counts)
        slope = _ratio(self.v[:, 1] - self.v[:, 0], self.u[:, 1] - self.u[:, 0])[which]
        start_u, start_v, end_v = self.u[which, 0], self.v[which, 0], self.v[which, 1]
        level = np.isnan(slope)  # straight up: every row
        low, high = (
            np.where(level, end, np.clip(start_v + slope * (edge - start_u), start_v, end_v))
            for end, edge in (
                (start_v, np.clip(column, left[which], right[which])),
                (end_v, np.clip(column + 1, left[which], right[which])),
            )
        )
        bottom = np.floor(np.minimum(low, high) - _WIDER).astype(np.int64)
        tall = np.floor(np.maximum(low, high) + _WIDER).astype(np.int64) - bottom + 1
        row, column = _runs(bottom, tall), np.repeat(column, tall)
        zone = np.repeat(self.zone[which], tall)
        on = (column >= 0) & (row >= 0) & (column < grid.columns) & (row < grid.rows)
        cell = row[on] * grid.columns + column[on]
        return _distinct(cell * self.number + zone[on])

    def filled(self, grid: Grid) -> Iterator[tuple[Ints, Ints]]:
        """Yield zones and cells whose middle they hold, so many at a time as memory is spared."""
        bottom = np.ceil(self.v[:, 0] - 0.5).astype(np.int64)
        counts = np.ceil(self.v[:, 1] - 0.5).astype(np.int64) - bottom
        which = np.repeat(np.arange(len(bottom)), counts)
        row = _runs(bottom, counts)
        slope = _ratio(self.u[:, 1] - self.u[:, 0], self.v[:, 1] - self.v[:, 0])[which]
        u = self.u[which, 0] + slope * (row + 0.5 - self.v[which, 0])
        zone = self.zone[which]
        order = np.lexsort((u, row, zone))
        enter, leave = order[::2], order[1::2]
        first = np.maximum(np.ceil(u[enter] - 0.5).astype(np.int64), 0)
        last = np.minimum(np.floor(u[leave] - 0.5).astype(np.int64), grid.columns - 1)
        wide = np.maximum(last - first + 1, 0)
        begins, zone = row[enter] * grid.columns + first, zone[enter]
        cuts = np.searchsorted(np.cumsum(wide), np.arange(0, wide.sum(), _AT_ONCE)[1:])
        for part in np.split(np.arange(len(wide)), cuts):
            yield np.repeat(zone[part], wide[part]), _runs(begins[part], wide[part])


def _fill(answers: NDArray[np.int32], cell: Ints, zone: Ints, number: int) -> Iterator[Ints]:
    """Note the zone that fills each cell; yield all pairs of cells that several zones fill."""
    before = answers[cell]
    answers[cell] = zone
    now = answers[cell]
    taken, lost = (before >= 0) & (before != zone), now != zone
    for mask, others in ((taken, before), (taken, zone), (lost, now), (lost, zone)):
        yield cell[mask] * number + others[mask]


def _first(zone: NDArray[np.int32], point: Ints, held: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Give each point its first zone; return the points, and whether each has several."""
    points, firsts, counts = np.unique(point, return_index=True, return_counts=True)
    zone[points] = held[firsts]
    return points, counts > 1


def _distinct(values: Ints) -> Ints:
    """Return each value once, sorted; sorts in place."""
    values.sort()
    once: Ints = values[np.append(np.ones(len(values[:1]), bool), values[1:] != values[:-1])]
    return once


def _runs(begins: Ints, counts: Ints) -> Ints:
    """Return ``begin, begin + 1, …`` for each of `counts`, one after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    runs: Ints = np.arange(total) + np.repeat(begins - ends + counts, counts)
    return runs


def _ratio(a: Floats, b: Floats) -> Floats:
    """Return a / b; NaN where b is 0."""
    ratio: Floats = np.divide(a, b, out=np.full(len(a), np.nan), where=b != 0)
    return ratio
