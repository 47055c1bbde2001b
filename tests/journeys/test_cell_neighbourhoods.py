"""From positions to cells, and from cells to what is around them."""

from __future__ import annotations

import numpy as np
import polars as pl
from pyproj import Transformer
from sklearn.neighbors import KernelDensity

from eventflow import EventFrame, Pipeline
from eventflow_features import FeatureAggregationStep
from eventflow_space import SpatialDensityStep, SpatialGridStep, SpatialNeighboursStep

NUMBER, SIDE, BANDWIDTH, CRS = 2_000, 200.0, 800.0, "EPSG:32618"


def test_cells_of_the_grid_have_the_density_and_the_neighbours_of_their_events() -> None:
    """As scikit-learn and a count say of the projected positions."""
    dice = np.random.default_rng(8)
    lat, lon = 40.7 + dice.normal(0, 0.02, NUMBER), -74 + dice.normal(0, 0.02, NUMBER)
    roles = {"latitude": "lat", "longitude": "lon", "crs": "EPSG:4326"}
    events = EventFrame.of(pl.DataFrame({"lat": lat, "lon": lon}), **roles)
    steps = [
        SpatialGridStep(size_m=SIDE, projected=CRS),
        FeatureAggregationStep(by=["cell"], aggregates={"n": "count"}),
        SpatialNeighboursStep(columns="n", aggregates="sum", centre=True),
        SpatialDensityStep(bandwidth_m=BANDWIDTH, size_m=SIDE, value="n"),
    ]
    made = Pipeline(steps).run(events).collect()

    metres = np.stack(Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(lon, lat), 1)
    index = np.stack([made["cell"].to_numpy() // 2**32, made["cell"].to_numpy() % 2**32 - 2**31], 1)
    held = np.floor(metres / SIDE)
    around = [(np.abs(held - cell).max(axis=1) <= 1).sum() for cell in index]
    assert made["n_sum_ring1"].to_list() == around

    model = KernelDensity(bandwidth=BANDWIDTH, rtol=0, atol=0).fit(metres)
    exact = np.exp(model.score_samples((index + 0.5) * SIDE)) * NUMBER * 1e6
    apart = np.abs(made["density"].to_numpy() / exact - 1)
    assert np.median(apart) < 0.02
