"""Places for Eventflow: grids, cells, zones, nearest neighbours, neighbourhoods, trajectories.

Names are imported on first use: a pipeline that grids events does not load polygons.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventflow_space.density import SpatialDensityStep
    from eventflow_space.distance import SpatialDistanceStep
    from eventflow_space.geohash_step import SpatialGeohashStep
    from eventflow_space.grid import SpatialGridStep
    from eventflow_space.hexagons import SpatialH3Step
    from eventflow_space.in_zone import InZoneJoin
    from eventflow_space.nearest import NearestJoin
    from eventflow_space.nearest_asof import NearestAsOfJoin
    from eventflow_space.neighbours import SpatialNeighboursStep
    from eventflow_space.poi import SpatialPoiStep
    from eventflow_space.project import SpatialProjectStep
    from eventflow_space.spatial_lag import SpatialLagStep
    from eventflow_space.stops import SpatialStopsStep
    from eventflow_space.trajectory import SpatialTrajectoryStep
    from eventflow_space.zone_step import SpatialZoneStep
    from eventflow_space.zones import ZonesSource

_HOME: dict[str, tuple[str, ...]] = {
    "density": ("SpatialDensityStep",),
    "distance": ("SpatialDistanceStep",),
    "geohash_step": ("SpatialGeohashStep",),
    "grid": ("SpatialGridStep",),
    "hexagons": ("SpatialH3Step",),
    "in_zone": ("InZoneJoin",),
    "nearest": ("NearestJoin",),
    "nearest_asof": ("NearestAsOfJoin",),
    "neighbours": ("SpatialNeighboursStep",),
    "poi": ("SpatialPoiStep",),
    "project": ("SpatialProjectStep",),
    "spatial_lag": ("SpatialLagStep",),
    "stops": ("SpatialStopsStep",),
    "trajectory": ("SpatialTrajectoryStep",),
    "zone_step": ("SpatialZoneStep",),
    "zones": ("ZonesSource",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "InZoneJoin",
    "NearestAsOfJoin",
    "NearestJoin",
    "SpatialDensityStep",
    "SpatialDistanceStep",
    "SpatialGeohashStep",
    "SpatialGridStep",
    "SpatialH3Step",
    "SpatialLagStep",
    "SpatialNeighboursStep",
    "SpatialPoiStep",
    "SpatialProjectStep",
    "SpatialStopsStep",
    "SpatialTrajectoryStep",
    "SpatialZoneStep",
    "ZonesSource",
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
