"""Positions as points in space, where the nearest is the nearest along the sphere too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eventflow_space.sphere import RADIUS_M

if TYPE_CHECKING:
    from numpy.typing import NDArray


def in_space(lat: Any, lon: Any) -> NDArray[np.float64]:
    """Return degrees as points of space, metres from the centre of the Earth; shape (n, 3)."""
    phi, lam = np.radians(lat), np.radians(lon)
    flat = np.cos(phi)
    return RADIUS_M * np.stack([flat * np.cos(lam), flat * np.sin(lam), np.sin(phi)], axis=1)


def chord(arc: float) -> float:
    """Return the straight distance that belongs to one along the sphere, metres."""
    angle = min(arc / RADIUS_M, np.pi)
    return float(2 * RADIUS_M * np.sin(angle / 2))


def along(chords: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances along the sphere that belong to straight ones, metres."""
    arcs: NDArray[np.float64] = 2 * RADIUS_M * np.arcsin(np.minimum(chords / (2 * RADIUS_M), 1))
    return arcs
