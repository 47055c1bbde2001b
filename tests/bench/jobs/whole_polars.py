"""The same written by hand in Polars: parse once, fill, cap, scale, validate, then as churn."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

import churn_polars as churn
import polars as pl
from polars import col
from timing import timed

VALUE, TICKETS, USES, PLAN = (
    "total_value", "support_tickets", "feature_usage_count", "plan_type",
)  # fmt: skip


def job(csv: str, parquet: str) -> None:
    """Run it."""
    scan = pl.scan_csv(csv, schema=churn.SCHEMA)
    rows = scan.with_columns(col(pl.Float64).fill_nan(None)).collect()
    ready = ready_made(rows.lazy()).collect(engine="streaming")
    churn.check_input(ready)
    prepared = churn.prepare(ready.lazy())
    features = churn.compute(prepared, churn.learn(prepared))
    features.sink_parquet(parquet, compression_level=1)
    churn.check_output(pl.scan_parquet(parquet))


def ready_made(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Fill with medians and the mode, cap at Tukey's fences, bring uses between 0 and 1."""
    fill = _row(
        rows.select(col(VALUE).median(), col(USES).median(), col(PLAN).drop_nulls().mode().min())
    )
    filled = rows.with_columns(
        col(VALUE).fill_null(fill[VALUE]),
        col(USES).fill_null(round(fill[USES])),
        col(PLAN).fill_null(fill[PLAN]),
    )
    quartiles = _row(filled.select(col(VALUE, TICKETS, USES).quantile([0.25, 0.75], "linear")))
    fences = {c: _fences(*quartiles[c]) for c in (VALUE, TICKETS, USES)}
    low, high = fences.pop(VALUE)
    whole = [col(c).clip(ceil(a), floor(b)) for c, (a, b) in fences.items()]
    capped = filled.with_columns(col(VALUE).clip(low, high), *whole)
    ends = _row(capped.select(low=col(USES).min(), high=col(USES).max()))
    return capped.with_columns((col(USES) - ends["low"]) / (ends["high"] - ends["low"]))


def _fences(first: float, third: float) -> tuple[float, float]:
    reach = 1.5 * (third - first)
    return first - reach, third + reach


def _row(query: pl.LazyFrame) -> dict[str, Any]:
    return query.collect(engine="streaming").row(0, named=True)


if __name__ == "__main__":
    timed(job)
