"""Which zone holds a point: cells first, and edges only where a cell does not tell.

Zones are drawn on a grid of cells. A cell that one zone fills, or none touches, answers for every
point in it. Where boundaries run, the cell lists their edges, and the zones that hold its middle:
these hold a point too, unless an odd number of their edges is crossed on the way from the point to
the middle; and others if it is. Where that is not plain, since an edge comes nearer to the way's
corners than a millionth of a cell, or a cell has many edges, the shapes are asked (GEOS).
"""

from __future__ import annotations

from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from attrs import field, frozen

from eventflow_space.zone_edges import WIDER, Edges, Grid, runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Zones = NDArray[np.int32]

NONE = -1
"""No zone."""

_ASK = -2  # the shapes have to be asked
_CELLS_PER_ZONE = 2_000  # a tenth of the points lie in cells that boundaries cross
_FEWEST, _MOST = 2**14, 2**21  # cells of a grid: four bytes each
_LONG = 64  # edges of a cell: more are not worth their memory
_FINEST = 1e-12  # degrees that numbers tell apart for sure
_AT_ONCE = 2**15  # points that are asked together
_NEW, _HOLDS = 1, 2  # bits of an entry: the first of its zone, and a zone that holds the middle
_BITS = 34  # of an entry: 2**32 corners


@frozen(eq=False)
class ZoneCells:
    """Zones, ready to be asked. A smaller number of a zone goes before a larger one.

    Attributes:
        zones: The shapes.
        tree: The shapes by place.
        grid: The cells.
        edges: The edges.
        answers: Of each cell, and of what is off the grid: the zone that fills it, -1 for none, -2
            where shapes have to be asked, or -3 - n for list n.
        starts: Where each list begins in `lists`, and where the last ends.
        lists: Entries: edges, or a zone by its first edge, times 4, with the bits above. In the
            order of zones, list after list.
    """

    zones: NDArray[Any]
    tree: shapely.STRtree
    grid: Grid
    edges: Edges
    answers: Zones
    starts: Ints
    lists: Ints | Zones
    _lock: Lock = field(factory=Lock)  # GEOS builds a prepared shape's index when it is first asked

    @classmethod
    def of(cls, zones: NDArray[Any]) -> ZoneCells:
        """Draw zones (valid polygons and multipolygons, none of them empty) on a grid."""
        edges = Edges.of(zones)
        bounds = shapely.total_bounds(zones) if len(zones) else np.zeros(4)
        wanted = max(len(zones) * _CELLS_PER_ZONE, len(edges.zone), _FEWEST)
        grid = Grid.over(bounds, min(wanted, _MOST))
        answers = np.full(grid.size + 1, NONE, np.int32)
        entries = _distinct(np.concatenate([np.zeros(0, np.int64), *_drawn(edges, grid, answers)]))
        cells, lists = entries >> _BITS, entries & (1 << _BITS) - 1
        begins = np.flatnonzero(np.diff(cells, prepend=NONE))
        counts = np.diff(begins, append=len(cells))
        listed = counts <= _LONG
        answers[cells[begins]] = _ASK
        answers[cells[begins[listed]]] = _ASK - 1 - np.arange(listed.sum(), dtype=np.int32)
        lists[np.diff(edges.zone[lists >> 2], prepend=NONE) != 0] |= _NEW
        lists[begins] |= _NEW
        lists = lists[np.repeat(listed, counts)]
        if lists.max(initial=0) < 2**31:
            lists = lists.astype(np.int32)
        starts = np.cumsum(np.append(0, counts[listed]))
        return cls(zones, shapely.STRtree(zones), grid, edges, answers, starts, lists)

    def find(self, x: Floats, y: Floats) -> tuple[Zones, Ints]:
        """Return the zone of each point (-1: none), and which points lie inside several.

        A point inside several zones is in the first; a point inside none that lies on boundaries
        is in the first whose boundary it is.
        """
        cell = self.grid.cells(x, y)
        zone = self.answers[cell]
        listed = np.flatnonzero(zone < _ASK)
        several, asked = [], [np.flatnonzero(zone == _ASK)]
        for begin in range(0, len(listed), _AT_ONCE):
            part = listed[begin : begin + _AT_ONCE]
            lists = _ASK - 1 - zone[part]
            zone[part], twice, doubtful = self._walked(lists, cell[part], x[part], y[part])
            several.append(part[twice & ~doubtful])
            asked.append(part[doubtful])
        rest = np.concatenate(asked)
        if len(rest):
            zone[rest], twice = self._asked(x[rest], y[rest])
            several.append(rest[twice])
        return zone, np.sort(np.concatenate([rest[:0], *several]))

    def _walked(
        self, lists: Zones, cells: Ints, x: Floats, y: Floats
    ) -> tuple[Zones, Bools, Bools]:
        """Return the zone of each point as lists tell, whether it has several, and is in doubt."""
        begins = self.starts[lists]
        counts = self.starts[lists + 1] - begins
        entries = self.lists[runs(begins, counts)]
        point, edge = np.repeat(np.arange(len(x)), counts), entries >> 2
        holds = (entries & _HOLDS) > 0
        crossed, near = self._crossed(
            edge, x[point], y[point], *(m[point] for m in self.grid.middles(cells))
        )
        doubtful = np.zeros(len(x), bool)
        doubtful[point[near & ~holds]] = True
        first = np.flatnonzero(entries & _NEW)
        held = first[np.logical_xor.reduceat(crossed | holds, first)]
        zone = np.full(len(x), NONE, np.int32)
        return zone, _first(zone, point[held], self.edges.zone[edge[held]]), doubtful

    def _crossed(
        self, edge: Ints, x: Floats, y: Floats, middle_x: Floats, middle_y: Floats
    ) -> tuple[Bools, Bools]:
        """Return whether edges are crossed from points to middles, and whether they are too near.

        The way goes level to below or above the middle, then up or down. A corner level with it
        counts as south of it, one below or above as west of it.
        """
        a, b = self.edges.corners.take(edge), self.edges.corners.take(edge + 1)
        ax, ay, bx, by = a.real, a.imag, b.real, b.imag
        dx, dy = bx - ax, by - ay
        along, across = dx * (y - ay), dy * (middle_x - ax)
        point, turn, middle = along - dy * (x - ax), along - across, dx * (middle_y - ay) - across
        level = ((ay > y) != (by > y)) & ((point > 0) != (turn > 0))
        upright = ((ax > middle_x) != (bx > middle_x)) & ((turn > 0) != (middle > 0))
        least = np.minimum(np.minimum(np.abs(point), np.abs(turn)), np.abs(middle))
        width, height = (max(WIDER / per, _FINEST) for per in (self.grid.per_x, self.grid.per_y))
        return level ^ upright, least <= np.abs(dx) * height + np.abs(dy) * width

    def _asked(self, x: Floats, y: Floats) -> tuple[Zones, Bools]:
        """Return the zone of each point as shapes tell, and whether it has several."""
        zone = np.full(len(x), NONE, np.int32)
        point, asked = self.tree.query(shapely.points(x, y))
        order = np.lexsort((asked, point))
        point, asked = point[order], asked[order]
        with self._lock:
            shapely.prepare(self.zones[asked])
            inside = shapely.contains_xy(self.zones[asked], x[point], y[point])
            several = _first(zone, point[inside], asked[inside])
            rest = zone[point] == NONE
            point, asked = point[rest], asked[rest]
            on = shapely.intersects_xy(self.zones[asked], x[point], y[point])
        _first(zone, point[on], asked[on])
        return zone, several


def _drawn(edges: Edges, grid: Grid, answers: Zones) -> Iterator[Ints]:
    """Note which zones fill cells; yield entries of cells that this does not tell all about."""
    crossed, parts = np.zeros(grid.size, bool), edges.parts(grid)
    for edge, cell in chain.from_iterable(edges.crossed(grid, part) for part in parts):
        crossed[cell] = True
        yield cell << _BITS | edge << 2
    number = edges.zone.max(initial=NONE) + 1
    entry = np.searchsorted(edges.zone, np.arange(number)) << 2 | _HOLDS
    for zone, cell in chain.from_iterable(edges.filled(grid, part) for part in parts):
        unclear = crossed[cell]
        yield cell[unclear] << _BITS | entry[zone[unclear]]
        cell, zone = cell[~unclear], zone[~unclear]  # noqa: PLW2901 - what is left of them
        before = answers[cell]
        answers[cell] = zone
        now = answers[cell]
        taken, lost = before >= 0, now != zone
        for mask, others in ((taken, before), (taken, zone), (lost, now), (lost, zone)):
            yield cell[mask] << _BITS | entry[others[mask]]


def _distinct(values: Ints) -> Ints:
    """Return each value once, sorted; sorts in place."""
    values.sort()
    once: Ints = values[np.append(np.ones(len(values[:1]), bool), values[1:] != values[:-1])]
    return once


def _first(zone: Zones, points: Ints, held: Ints | Zones) -> Bools:
    """Give each point the first of its zones; return whether it has several.

    Args:
        zone: The zone of each point, which is filled in.
        points: Points that zones hold, in order.
        held: These zones.
    """
    again = points[1:] == points[:-1]
    first = np.append(np.ones(len(points[:1]), bool), ~again)
    zone[points[first]] = held[first]
    several = np.zeros(len(zone), bool)
    several[points[1:][again]] = True
    return several
