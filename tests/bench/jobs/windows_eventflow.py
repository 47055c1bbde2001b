"""The same in Eventflow: what is wanted, and no word on how."""

from __future__ import annotations

import polars as pl
import windows_shape as shape
from timing import timed

from eventflow.frame import EventFrame
from eventflow.schema import EventSchema
from eventflow_features import FeatureAggregationStep

STEP = FeatureAggregationStep(
    as_of=shape.AS_OF,
    windows=[f"{days}d" for days in shape.DAYS],
    groups=[
        {"columns": [first, "kind"], "values": {first: values, "kind": shape.KINDS}}
        for first, values in shape.GROUPINGS.items()
    ],
    aggregates=[f"{aggregate}({shape.AMOUNT})" for aggregate in shape.AGGREGATES],
)


def job(events: str, parquet: str) -> None:
    """Run it."""
    schema = EventSchema(entity="customer", timestamp="day")
    rows = EventFrame(pl.scan_parquet(events), schema)
    STEP.apply(rows, None).lazy.sink_parquet(parquet)


if __name__ == "__main__":
    timed(job)
