"""The twenty rules as a dataframely schema."""

from __future__ import annotations

import dataframely as dy
import polars as pl
from timing import timed_counts


class Rows(dy.Schema):
    """Columns with their rules."""

    id = dy.Int64(nullable=False, min=0)
    a = dy.Float64(nullable=False, min=-4, max=4)
    b = dy.Float64(nullable=False, min=0, max=60)
    c = dy.Int64(nullable=False, min=0, max=98)
    d = dy.Int64(nullable=False, max=998)
    kind = dy.String(nullable=False, check=lambda v: v.is_in(["x", "y", "z"]))
    code = dy.String(nullable=False, regex="^C[0-9]{2,5}$")

    @dy.rule()
    def unique(cls) -> pl.Expr:
        return pl.col("id").is_unique()

    @dy.rule()
    def positive(cls) -> pl.Expr:
        return pl.col("b") + pl.col("c") >= 0

    @dy.rule()
    def near(cls) -> pl.Expr:
        return pl.col("c") <= pl.col("d") + 98

    @dy.rule()
    def below(cls) -> pl.Expr:
        return pl.col("a") < pl.col("b") + 3

    @dy.rule()
    def doubled(cls) -> pl.Expr:
        return pl.col("c") * 2 < 197

    @dy.rule()
    def both(cls) -> pl.Expr:
        return pl.col("b") + pl.col("c") < 150


RULES = {
    "unique": "id unique", "positive": "b + c positive", "near": "c near d", "below": "a below b",
    "doubled": "c doubled", "both": "b and c", "kind|check": "kind allowed",
    "code|regex": "code pattern",
}  # fmt: skip


def job(path: str) -> dict[str, int]:
    """Filter, and count the failures of each rule."""
    _, failed = Rows.filter(pl.scan_parquet(path), eager=True)
    found = {f"{c} present": 0 for c in Rows.column_names()} | dict.fromkeys(RULES.values(), 0)
    found |= {f"{c} range": 0 for c in ("id", "a", "b", "c", "d")}
    for rule, count in failed.counts().items():
        column, _, kind = rule.partition("|")
        names = {"nullability": "present", "min": "range", "max": "range"}
        found[RULES.get(rule) or f"{column} {names[kind]}"] += count
    return found


if __name__ == "__main__":
    timed_counts(job)
