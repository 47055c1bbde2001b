"""Every step that looks at single positions keeps the contract of its kind."""

from __future__ import annotations

import polars as pl

from eventflow import EventFrame
from eventflow.testing import contract, sample_events
from eventflow_space import (
    SpatialDistanceStep,
    SpatialGeohashStep,
    SpatialGridStep,
    SpatialH3Step,
    SpatialProjectStep,
)

ODD = [(None, 1.0), (0.0, 0.0), (91.0, 200.0), (120.0, 45.0), (-73.9, 40.7)]


def _located() -> EventFrame:
    """Return the sample events around New York, a few of them nowhere."""
    events = sample_events().collect().drop("amount", "quantity")
    places = [(40.5 + n * 0.007, -74.3 + n * 0.013) for n in range(events.height - len(ODD))]
    at = pl.DataFrame([*ODD, *places], schema={"lat": pl.Float64, "lon": pl.Float64}, orient="row")
    rows = pl.concat([events, at], how="horizontal")
    return EventFrame.of(rows, latitude="lat", longitude="lon", timestamp="time", crs="EPSG:4326")


FRAME = _located()
BY_PROJ = {"no-python": "coordinate systems beyond a few are computed by PROJ, in batches"}

TestGrid = contract(SpatialGridStep, config={"size_m": 300}, frame=FRAME)
TestGridOfSizes = contract(
    SpatialGridStep,
    config={
        "size_m": [300, 50_000],
        "projected": "EPSG:32618",
        "add": ["latitude", "longitude"],
    },
    frame=FRAME,
    exclude=BY_PROJ,
)
TestGridByProj = contract(
    SpatialGridStep, config={"size_m": 300, "projected": "EPSG:2263"}, frame=FRAME, exclude=BY_PROJ
)
TestH3 = contract(SpatialH3Step, config={"resolution": [5, 9], "add": ["latitude"]}, frame=FRAME)
TestGeohash = contract(SpatialGeohashStep, config={"precision": [5, 8]}, frame=FRAME)
TestProject = contract(
    SpatialProjectStep,
    config={"to": "EPSG:4258", "prefix": "etrs_"},
    frame=FRAME,
    exclude=BY_PROJ,
)
TO = {"to_latitude": "lon", "to_longitude": "lat", "columns": ["m", "bearing"]}
TestDistance = contract(SpatialDistanceStep, config=TO, frame=FRAME)
TestGeodesic = contract(
    SpatialDistanceStep, config={**TO, "method": "geodesic"}, frame=FRAME, exclude=BY_PROJ
)
