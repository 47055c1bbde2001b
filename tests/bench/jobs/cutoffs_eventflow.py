"""A training set in Eventflow: what is wanted at each cut-off, and the label window."""

from __future__ import annotations

import cutoffs_shape as shape
import polars as pl
from timing import timed

from eventflow.frame import EventFrame
from eventflow.schema import EventSchema
from eventflow_features.training import TrainingSetStep


def _written(aggregate: str) -> str:
    return aggregate if aggregate == "count" else f"{aggregate}(amount)"


STEP = TrainingSetStep(
    as_of="2025-01-01",
    cutoffs=shape.CUTOFFS,
    windows=list(shape.WINDOWS),
    aggregates={name: _written(name) for name in shape.AGGREGATES},
    labels={
        "window": f"{shape.LABEL.days}d",
        "aggregates": {f"label_{name}": _written(name) for name in shape.LABELS},
    },
)


def job(events: str, parquet: str) -> None:
    """Run it."""
    schema = EventSchema(entity="customer", timestamp="at")
    rows = EventFrame(pl.scan_parquet(events), schema)
    STEP.apply(rows, None).lazy.sink_parquet(parquet)


if __name__ == "__main__":
    timed(job)
