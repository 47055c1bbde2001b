"""By hand in Polars: read once, then a group-by for each cut-off and another for its labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cutoffs_shape as shape
import polars as pl
from timing import timed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

AT, AMOUNT = pl.col("at"), pl.col("amount")


def job(events: str, parquet: str) -> None:
    """Run it."""
    rows = pl.read_parquet(events).lazy()
    pl.concat([known(rows, cutoff) for cutoff in shape.CUTOFFS]).sink_parquet(parquet)


def known(rows: pl.LazyFrame, cutoff: datetime) -> pl.LazyFrame:
    """One row per customer that was known at a cut-off."""
    ahead = AT.is_between(cutoff, cutoff + shape.LABEL, closed="left")
    labels = [_of(AMOUNT, name).alias(f"label_{name}") for name in shape.LABELS]
    features = rows.filter(cutoff > AT).group_by("customer").agg(past(cutoff))
    later = rows.filter(ahead).group_by("customer").agg(labels)
    both = features.join(later, on="customer", how="left")
    return both.with_columns(
        pl.col("label_count", "label_sum").fill_null(0), pl.lit(cutoff).alias("cutoff")
    )


def past(cutoff: datetime) -> Iterator[pl.Expr]:
    """All aggregates of all windows before a cut-off."""
    for window, length in shape.WINDOWS.items():
        amount = AMOUNT if length is None else AMOUNT.filter(cutoff - length <= AT)
        yield from (_of(amount, name).alias(f"{name}_{window}") for name in shape.AGGREGATES)


def _of(amount: pl.Expr, aggregate: str) -> pl.Expr:
    made: pl.Expr = amount.len() if aggregate == "count" else getattr(amount, aggregate)()
    return made


if __name__ == "__main__":
    timed(job)
