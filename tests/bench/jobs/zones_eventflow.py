"""Points in zones by the join `in_zone`."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from timing import timed_counts

from eventflow import EventFrame
from eventflow.context.schema import ContextSchema
from eventflow_space import InZoneJoin

WGS84 = "EPSG:4326"


def job(path: str) -> dict[str, int]:
    """Count the points of each zone."""
    roles = {"latitude": "lat", "longitude": "lon", "crs": WGS84}
    events = EventFrame(pl.scan_parquet(path)).under(ContextSchema(**roles))
    shapes = EventFrame(pl.scan_parquet(Path(path).with_name("zones.parquet")))
    zones = shapes.under(ContextSchema(geometry="shape", crs=WGS84))
    joined = InZoneJoin().join(events, zones).lazy
    counts = joined.group_by("zone").len().collect(engine="streaming")
    return {str(zone): count for zone, count in counts.rows() if zone is not None}


if __name__ == "__main__":
    timed_counts(job)
