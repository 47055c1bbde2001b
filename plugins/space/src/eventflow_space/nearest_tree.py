"""The nearest of the points that are known at a time, for a batch of positions at a time.

Points in space are in a balanced k-d tree (Bentley, 1975): each node halves its points along the
axis of their greatest spread, and knows since when any of them counts, which other trees do not.
The shortest chord is the shortest great circle. All positions of a batch go down together: first
each to one leaf, which bounds its distance; then into every node that is no farther than that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from eventflow_space.in_space import along, in_space
from eventflow_space.point_tree import ALIKE_M, NONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_LEAF = 8  # points in a leaf, at most
_NEVER = np.iinfo(np.int64).max


@frozen(eq=False)
class NearestTree:
    """Points, ready to be asked.

    Attributes:
        points: In space, n x 3, in the order of the leaves.
        number: The number of each, as it was given.
        since: When each became known.
        starts: Level → where its nodes begin in `points`, and the end.
        low: Level → the least coordinates of each node's points.
        high: Level → the greatest.
        first: Level → when the first of each node's points became known.
    """

    points: Floats
    number: Ints
    since: Ints
    starts: list[Ints]
    low: list[Floats]
    high: list[Floats]
    first: list[Ints]

    @classmethod
    def of(cls, latitude: Floats, longitude: Floats, since: Ints) -> NearestTree:
        """Build a tree; points that have a lower number win ties.

        Args:
            latitude: Degrees.
            longitude: Degrees.
            since: When each becomes known.
        """
        points, number = in_space(latitude, longitude), np.arange(len(latitude))
        starts = [np.array([0, len(points)])]
        while np.diff(starts[-1]).max() > _LEAF:
            lengths = np.diff(starts[-1])
            node = np.repeat(np.arange(len(lengths)), lengths)
            low, high = (f.reduceat(points, starts[-1][:-1]) for f in (np.minimum, np.maximum))
            axis = (high - low).argmax(axis=1)[node]
            order = np.lexsort((points[np.arange(len(points)), axis], node))
            points, number = points[order], number[order]
            middle = starts[-1][:-1] + lengths // 2
            starts.append(np.append(np.stack([starts[-1][:-1], middle], 1).ravel(), len(points)))
        known = since[number]
        begins = [level[:-1] for level in starts] if len(points) else []
        return cls(
            points, number, known, starts,
            [np.minimum.reduceat(points, begin) for begin in begins],
            [np.maximum.reduceat(points, begin) for begin in begins],
            [np.minimum.reduceat(known, begin) for begin in begins],
        )  # fmt: skip

    def find(self, latitude: Floats, longitude: Floats, before: Ints) -> tuple[Ints, Floats]:
        """Return the nearest point of each position (-1: none known), and its distance in metres.

        Args:
            latitude: Degrees; NaN finds nothing.
            longitude: Degrees.
            before: Only points that became known before this count.
        """
        number, metres = np.full(len(latitude), NONE), np.full(len(latitude), np.nan)
        asked = np.flatnonzero(~np.isnan(latitude) & ~np.isnan(longitude))
        if self.first:
            time = before[asked]
            known = time > self.first[0][0]
            asked, time = asked[known], time[known]
            if len(asked):
                at = in_space(latitude[asked], longitude[asked])
                number[asked], squared = self._nearest(at, time)
                metres[asked] = along(np.sqrt(squared))
        return number, metres

    def _nearest(self, at: Floats, time: Ints) -> tuple[Ints, Floats]:
        """Return number and squared chord of the nearest point; one is known to each position."""
        bound = self._bound(at, time)
        which, node = np.arange(len(at)), np.zeros(len(at), np.int64)
        for level in range(1, len(self.starts)):
            which, node = np.repeat(which, 2), (np.repeat(node, 2) * 2)
            node[1::2] += 1
            near = self._gap(level, node, at[which]) <= bound[which]
            near &= self.first[level][node] < time[which]
            which, node = which[near], node[near]
        which, point, squared = self._leaves(which, node, at, time)
        begins = np.flatnonzero(np.diff(which, prepend=-1))
        best = np.minimum.reduceat(squared, begins)
        tied = squared <= np.repeat(_alike(best), np.diff(np.append(begins, len(which))))
        number = np.where(tied, self.number[point], _NEVER)
        return np.minimum.reduceat(number, begins), best

    def _bound(self, at: Floats, time: Ints) -> Floats:
        """Return at least the squared chord to some known point near each position."""
        node = np.zeros(len(at), np.int64)
        for level in range(1, len(self.starts)):
            gaps = [
                np.where(
                    self.first[level][child] < time, self._gap(level, child, at), np.inf
                )
                for child in (2 * node, 2 * node + 1)
            ]  # fmt: skip
            node = 2 * node + (gaps[1] < gaps[0])
        which, _, squared = self._leaves(np.arange(len(at)), node, at, time)
        return _alike(np.minimum.reduceat(squared, np.flatnonzero(np.diff(which, prepend=-1))))

    def _gap(self, level: int, node: Ints, at: Floats) -> Floats:
        """Return the squared distance between positions and boxes around nodes."""
        low, high = self.low[level][node], self.high[level][node]
        apart = np.maximum(np.maximum(low - at, at - high), 0)
        gap: Floats = np.einsum("ij,ij->i", apart, apart)
        return gap

    def _leaves(self, which: Ints, node: Ints, at: Floats, time: Ints) -> tuple[Ints, Ints, Floats]:
        """Return every known point of leaves, with its position and squared chord."""
        begins = self.starts[-1][node]
        counts = self.starts[-1][node + 1] - begins
        which = np.repeat(which, counts)
        ends = np.cumsum(counts)
        point = np.arange(len(which)) + np.repeat(begins - ends + counts, counts)
        known = self.since[point] < time[which]
        which, point = which[known], point[known]
        apart = self.points[point] - at[which]
        return which, point, np.einsum("ij,ij->i", apart, apart)


def _alike(squared: Floats) -> Floats:
    """Return the squares up to which distances are the same as these."""
    most: Floats = (np.sqrt(squared) + ALIKE_M) ** 2
    return most
