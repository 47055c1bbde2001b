"""The step `enrich` with the join `asof`, and the account of events that found nothing."""

from __future__ import annotations

import polars as pl
from asof_shape import CONTEXT
from timing import timed

from eventflow import ContextEnricherStep, EventFrame, Pipeline
from eventflow_time import AsOfJoin


def job(events: str, target: str) -> None:
    """Run it."""
    context = EventFrame.of(pl.scan_parquet(CONTEXT), timestamp="time")
    step = ContextEnricherStep(context, AsOfJoin(by="key"))
    frame = Pipeline([step]).run(EventFrame.of(pl.scan_parquet(events), timestamp="time"))
    written = frame.lazy.sink_parquet(target, lazy=True)
    pl.collect_all([written, *(account.counts for account in frame.accounts)])


if __name__ == "__main__":
    timed(job)
