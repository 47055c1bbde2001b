"""Every step about neighbourhoods and movement keeps the contract of its kind."""

from __future__ import annotations

import polars as pl

from eventflow import EventFrame
from eventflow.testing import contract, sample_events
from eventflow_space import (
    SpatialDensityStep,
    SpatialLagStep,
    SpatialNeighboursStep,
    SpatialPoiStep,
    SpatialStopsStep,
    SpatialTrajectoryStep,
)
from eventflow_space.geohash import geohash
from eventflow_space.squares import packed

EVENTS = sample_events(120)
PLACED = EVENTS.pipe(
    lambda lazy: lazy.with_columns(
        lat=45 + (pl.col("amount") / 5000).round(3), lon=8 + pl.col("quantity") / 1000
    )
).under(
    EVENTS.schema.model_copy(update={"latitude": "lat", "longitude": "lon", "crs": "EPSG:4326"})
)
CELLS = EVENTS.pipe(
    lambda lazy: lazy.with_columns(
        cell=packed(pl.col("quantity") % 4, pl.col("amount").floor() % 3)
    )
)
SAME_PERIOD = {"no-peers": "cells of one period are told of one another, as is asked for"}
POIS = EventFrame.of(
    {"lat": [45.0, 45.01, 95.0], "lon": [8.0, 8.001, 8.0], "kind": ["bar", "school", "bar"]},
    latitude="lat",
    longitude="lon",
    crs="EPSG:4326",
)
OF = {"by": ["entity"], "time": "time"}

TestTrajectory = contract(SpatialTrajectoryStep, config={**OF, "max_speed_m_s": 0.01}, frame=PLACED)
TestStops = contract(
    SpatialStopsStep,
    config={**OF, "radius_m": 2000, "min_duration": "1d", "max_gap": "60d"},
    frame=PLACED,
    exclude={"no-python": "NumPy on whole columns: a stay begins where the one before ends"},
)

TestNeighbours = contract(
    SpatialNeighboursStep,
    config={
        "columns": ["amount", "quantity"],
        "aggregates": ["sum", "mean", "min", "max", "count"],
        "missing": "zero",
        "rings": 2,
    },
    frame=CELLS,
    exclude=SAME_PERIOD,
)
TestNeighboursEarlier = contract(
    SpatialNeighboursStep,
    config={"columns": ["amount"], "time": "time", "earlier": "8h", "centre": True},
    frame=CELLS,
)
TestLag = contract(SpatialLagStep, config={"columns": "amount", "by": "category", "time": "time",
                                           "order": 2, "lower_orders": True},
                   frame=CELLS, exclude=SAME_PERIOD)  # fmt: skip
TestDensity = contract(
    SpatialDensityStep,
    config={"bandwidth_m": 300, "size_m": 200, "value": "quantity"},
    frame=CELLS,
    exclude=SAME_PERIOD,
)

GEOHASHES = EVENTS.pipe(
    lambda lazy: lazy.with_columns(
        cell=geohash(pl.col("quantity") % 4 * 0.002, 180 - pl.col("amount") % 3 * 0.002, 7)
    )
)
TestGeohashNeighbours = contract(
    SpatialNeighboursStep,
    config={"columns": "amount", "missing": "zero", "rings": 3, "grid": "geohash"},
    frame=GEOHASHES,
    exclude=SAME_PERIOD,
)
TestGeohashDensity = contract(
    SpatialDensityStep,
    config={"bandwidth_m": 500, "kernel": "quartic", "grid": "geohash"},
    frame=GEOHASHES,
    exclude=SAME_PERIOD,
)

TestPoi = contract(
    SpatialPoiStep,
    config={
        "pois": POIS,
        "category": "kind",
        "categories": ["bar", "school", "zoo"],
        "radii_m": [500, 2000],
    },
    frame=PLACED,
    exclude={"no-python": "SciPy's k-d tree, asked for whole columns"},
)
