"""Points in zones by geopandas."""

from __future__ import annotations

from pathlib import Path

import geopandas
import polars as pl
import shapely
from timing import timed_counts


def job(path: str) -> dict[str, int]:
    """Count the points of each zone."""
    zones = pl.read_parquet(Path(path).with_name("zones.parquet"))
    shapes = geopandas.GeoDataFrame(
        {"zone": zones["zone"].to_numpy()}, geometry=shapely.from_wkb(zones["shape"].to_numpy())
    )
    points = pl.read_parquet(path)
    where = geopandas.points_from_xy(points["lon"].to_numpy(), points["lat"].to_numpy())
    events = geopandas.GeoDataFrame({"id": points["id"].to_numpy()}, geometry=where)
    counts = events.sjoin(shapes, predicate="within")["zone"].value_counts()
    return {str(zone): int(count) for zone, count in counts.items()}


if __name__ == "__main__":
    timed_counts(job)
