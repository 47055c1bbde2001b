"""The twenty rules as one select, written by hand."""

from __future__ import annotations

import polars as pl
from polars import col
from timing import timed_counts

COLUMNS = ("id", "a", "b", "c", "d", "kind", "code")
GOOD = {
    "id range": col("id") >= 0,
    "a range": col("a").is_between(-4, 4),
    "b range": col("b").is_between(0, 60),
    "c range": col("c").is_between(0, 98),
    "d range": col("d") <= 998,
    "kind allowed": col("kind").is_in(["x", "y", "z"]),
    "code pattern": col("code").str.contains("^C[0-9]{2,5}$"),
    "b + c positive": col("b") + col("c") >= 0,
    "c near d": col("c") <= col("d") + 98,
    "a below b": col("a") < col("b") + 3,
    "c doubled": col("c") * 2 < 197,
    "b and c": col("b") + col("c") < 150,
}


def job(path: str) -> dict[str, int]:
    """Count the rows that fail each rule; a missing value fails only `present`."""
    counts = {f"{c} present": col(c).null_count() for c in COLUMNS}
    counts["id unique"] = col("id").count() - col("id").drop_nulls().n_unique()
    counts |= {name: (~good).sum() for name, good in GOOD.items()}
    found = pl.scan_parquet(path).select(**counts).collect(engine="streaming")
    return found.row(0, named=True)


if __name__ == "__main__":
    timed_counts(job)
