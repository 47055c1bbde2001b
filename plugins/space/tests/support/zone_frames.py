"""Zones and events that tests are fed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import shapely

from eventflow import EventFrame
from eventflow.context.schema import ContextSchema

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

WGS84 = "EPSG:4326"


def zones(shapes: Mapping[str, Any], crs: str | None = WGS84) -> EventFrame:
    """Return zones of these shapes, with their names."""
    data = {
        "zone": list(shapes),
        "shape": [None if s is None else shapely.to_wkb(s) for s in shapes.values()],
    }
    lazy = pl.LazyFrame(data, schema={"zone": pl.String, "shape": pl.Binary})
    return EventFrame(lazy).under(ContextSchema(key=("zone",), geometry="shape", crs=crs))


def events(latitude: Any, longitude: Any, crs: str = WGS84) -> EventFrame:
    """Return events at these positions, numbered."""
    data = {"id": range(len(latitude)), "lat": latitude, "lon": longitude}
    schema = {"id": pl.Int64, "lat": pl.Float64, "lon": pl.Float64}
    frame = pl.DataFrame(data, schema=schema)
    return EventFrame.of(frame, latitude="lat", longitude="lon", crs=crs)


def voronoi(number: int, bounds: tuple[float, float, float, float], seed: int) -> NDArray[Any]:
    """Return polygons that share their boundaries and fill a box."""
    random = np.random.default_rng(seed)
    box = shapely.box(*bounds)
    west, south, east, north = bounds
    seeds = np.stack([random.uniform(west, east, number), random.uniform(south, north, number)], 1)
    cells = shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=box)
    cut: NDArray[Any] = shapely.intersection(shapely.get_parts(cells), box)
    return cut
