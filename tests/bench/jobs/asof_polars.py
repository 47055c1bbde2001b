"""The join by hand in Polars: rows are taken as sorted, or sorted in the plan (``sorts``)."""

from __future__ import annotations

import polars as pl
from asof_shape import CONTEXT, SORTS
from timing import timed


def job(events: str, target: str) -> None:
    """Run it."""
    ours, theirs = pl.scan_parquet(events), pl.scan_parquet(CONTEXT)
    if SORTS:
        ours, theirs = ours.sort("key", "time"), theirs.sort("key", "time")
    ours.join_asof(
        theirs, on="time", by="key", allow_exact_matches=False, check_sortedness=False
    ).sink_parquet(target)


if __name__ == "__main__":
    timed(job)
