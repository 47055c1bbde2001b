"""The twenty rules as a pointblank plan."""

from __future__ import annotations

import pointblank as pb
import polars as pl
from timing import timed_counts

COLUMNS = ("id", "a", "b", "c", "d", "kind", "code")
GOOD = {
    "b + c positive": pl.col("b") + pl.col("c") >= 0,
    "c near d": pl.col("c") <= pl.col("d") + 98,
    "a below b": pl.col("a").is_null() | (pl.col("a") < pl.col("b") + 3),
    "c doubled": pl.col("c") * 2 < 197,
    "b and c": pl.col("b") + pl.col("c") < 150,
}
NAMES = (
    *(f"{c} present" for c in COLUMNS), "id unique", "id range", "a range", "b range", "c range",
    "d range", "kind allowed", "code pattern", *GOOD,
)  # fmt: skip


def job(path: str) -> dict[str, int]:
    """Interrogate and count the failing units of each step."""
    plan = pb.Validate(pl.read_parquet(path)).col_vals_not_null(columns=list(COLUMNS))
    plan = (
        plan.rows_distinct(columns_subset="id")
        .col_vals_ge("id", 0, na_pass=True)
        .col_vals_between("a", -4, 4, na_pass=True)
        .col_vals_between("b", 0, 60, na_pass=True)
        .col_vals_between("c", 0, 98, na_pass=True)
        .col_vals_le("d", 998, na_pass=True)
        .col_vals_in_set("kind", ["x", "y", "z"])
        .col_vals_regex("code", "^C[0-9]{2,5}$", na_pass=True)
    )
    for good in GOOD.values():
        plan = plan.col_vals_expr(expr=good)
    failed = plan.interrogate(collect_extracts=False).n_failed()
    return dict(zip(NAMES, failed.values(), strict=True))


if __name__ == "__main__":
    timed_counts(job)
