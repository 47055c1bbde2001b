"""Places for Eventflow: grids, cells, zones, nearest neighbours, neighbourhoods, trajectories.

Names are imported on first use: a pipeline that grids events does not load polygons.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventflow_space.density import SpatialDensityStep
    from eventflow_space.neighbours import SpatialNeighboursStep
    from eventflow_space.poi import SpatialPoiStep
    from eventflow_space.spatial_lag import SpatialLagStep
    from eventflow_space.stops import SpatialStopsStep
    from eventflow_space.trajectory import SpatialTrajectoryStep

_HOME: dict[str, tuple[str, ...]] = {
    "density": ("SpatialDensityStep",),
    "neighbours": ("SpatialNeighboursStep",),
    "poi": ("SpatialPoiStep",),
    "spatial_lag": ("SpatialLagStep",),
    "stops": ("SpatialStopsStep",),
    "trajectory": ("SpatialTrajectoryStep",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "SpatialDensityStep",
    "SpatialLagStep",
    "SpatialNeighboursStep",
    "SpatialPoiStep",
    "SpatialStopsStep",
    "SpatialTrajectoryStep",
]


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    module = _MODULE_OF.get(name)
    if module is None:
        msg = f"module 'eventflow_space' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"eventflow_space.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
