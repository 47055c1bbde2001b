"""By hand in Polars, as one would first write it: a group-by and a pivot for each window."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import windows_shape as shape
from timing import timed


def job(events: str, parquet: str) -> None:
    """Run it."""
    wide: pl.DataFrame | None = None
    for days in shape.DAYS:
        for first in shape.GROUPINGS:
            part = window(pl.scan_parquet(events), days, first)
            wide = (
                part if wide is None else wide.join(part, on="customer", how="full", coalesce=True)
            )
    assert wide is not None
    shape.in_order(wide).write_parquet(parquet)


def window(rows: pl.LazyFrame, days: int, first: str) -> pl.DataFrame:
    """Return the features of one window and grouping."""
    day, amount = pl.col("day"), pl.col(shape.AMOUNT)
    inside = (day >= shape.AS_OF - timedelta(days=days)) & (day < shape.AS_OF)
    long = (
        rows.filter(inside)
        .group_by("customer", first, "kind")
        .agg(
            count=pl.len(), sum=amount.sum(), mean=amount.mean(), min=amount.min(), max=amount.max()
        )
        .with_columns(pl.format("{}|{}", first, "kind").alias("group"))
        .drop(first, "kind")
        .collect()
    )
    wide = long.pivot(on="group", index="customer", maintain_order=False)
    return wide.rename(
        {
            f"{a}_{group}": shape.column(*_parts(group), days, a)
            for a in shape.AGGREGATES
            for group in long["group"].unique()
        }
    )


def _parts(group: str) -> tuple[str, str]:
    first, _, kind = group.partition("|")
    return first, kind


if __name__ == "__main__":
    timed(job)
