"""The nearest of many points on a sphere: SciPy's k-d tree of points in space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from scipy.spatial import cKDTree

from eventflow_space.in_space import along, in_space

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

NONE = -1
"""No point."""

ALIKE_M = 1e-6
"""Distances that differ by no more are the same: what rounding leaves of them differs by less."""


@frozen(eq=False)
class PointTree:
    """Points, ready to be asked.

    Attributes:
        points: In space, n x 3.
        tree: The same; None if there are none.
    """

    points: Floats
    tree: Any

    @classmethod
    def of(cls, latitude: Floats, longitude: Floats) -> PointTree:
        """Build a tree of points in degrees; those that have a lower number win ties."""
        points = in_space(latitude, longitude)
        return cls(points, cKDTree(points) if len(points) else None)

    def find(self, latitude: Floats, longitude: Floats) -> tuple[Ints, Floats]:
        """Return the nearest point of each position (-1: none), and its distance in metres.

        Args:
            latitude: Degrees; NaN finds nothing.
            longitude: Degrees.
        """
        number, metres = np.full(len(latitude), NONE), np.full(len(latitude), np.nan)
        asked = np.flatnonzero(~np.isnan(latitude) & ~np.isnan(longitude))
        if self.tree is not None and len(asked):
            at = in_space(latitude[asked], longitude[asked])
            number[asked] = self._nearest(at)
            apart = self.points[number[asked]] - at
            metres[asked] = along(np.sqrt(np.einsum("ij,ij->i", apart, apart)))
        return number, metres

    def _nearest(self, at: Floats) -> Ints:
        chords, found = self.tree.query(at, k=2)
        nearest: Ints = found[:, 0].astype(np.int64)
        tied = np.flatnonzero(chords[:, 1] <= chords[:, 0] + ALIKE_M)
        if len(tied):
            alike = self.tree.query_ball_point(at[tied], chords[tied, 0] + ALIKE_M)
            nearest[tied] = [min(points) for points in alike]
        return nearest
