"""Places for Eventflow: grids, cells, zones, nearest neighbours, neighbourhoods, trajectories.

Names are imported on first use: a pipeline that grids events does not load polygons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

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

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "density": ["SpatialDensityStep"],
        "distance": ["SpatialDistanceStep"],
        "geohash_step": ["SpatialGeohashStep"],
        "grid": ["SpatialGridStep"],
        "hexagons": ["SpatialH3Step"],
        "in_zone": ["InZoneJoin"],
        "nearest": ["NearestJoin"],
        "nearest_asof": ["NearestAsOfJoin"],
        "neighbours": ["SpatialNeighboursStep"],
        "poi": ["SpatialPoiStep"],
        "project": ["SpatialProjectStep"],
        "spatial_lag": ["SpatialLagStep"],
        "stops": ["SpatialStopsStep"],
        "trajectory": ["SpatialTrajectoryStep"],
        "zone_step": ["SpatialZoneStep"],
        "zones": ["ZonesSource"],
    },
)
