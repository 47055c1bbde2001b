"""Every step about neighbourhoods and movement keeps the contract of its kind."""

from __future__ import annotations

import polars as pl

from eventflow.testing import contract, sample_events
from eventflow_space import SpatialStopsStep, SpatialTrajectoryStep

EVENTS = sample_events(120)
PLACED = EVENTS.pipe(
    lambda lazy: lazy.with_columns(
        lat=45 + (pl.col("amount") / 5000).round(3), lon=8 + pl.col("quantity") / 1000
    )
).under(
    EVENTS.schema.model_copy(update={"latitude": "lat", "longitude": "lon", "crs": "EPSG:4326"})
)
OF = {"by": ["entity"], "time": "time"}

TestTrajectory = contract(SpatialTrajectoryStep, config={**OF, "max_speed_m_s": 0.01}, frame=PLACED)
TestStops = contract(
    SpatialStopsStep,
    config={**OF, "radius_m": 2000, "min_duration": "1d", "max_gap": "60d"},
    frame=PLACED,
    exclude={"no-python": "NumPy on whole columns: a stay begins where the one before ends"},
)
