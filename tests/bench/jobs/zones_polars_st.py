"""Points in zones by polars-st."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import polars_st as st
from timing import timed_counts


def job(path: str) -> dict[str, int]:
    """Count the points of each zone."""
    zones = pl.scan_parquet(Path(path).with_name("zones.parquet"))
    shapes = zones.select("zone", geometry=st.from_wkb("shape"))
    points = pl.scan_parquet(path).select("id", geometry=st.point(pl.concat_arr("lon", "lat")))
    joined = points.st.sjoin(shapes, predicate="within")  # type: ignore[attr-defined] # registered by polars-st
    counts = joined.group_by("zone").len().collect()
    return {str(zone): count for zone, count in counts.rows()}


if __name__ == "__main__":
    timed_counts(job)
