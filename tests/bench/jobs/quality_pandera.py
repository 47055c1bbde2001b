"""The twenty rules as a pandera schema for Polars, all failures gathered."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from timing import timed_counts

COLUMNS = {
    "id": [pa.Check.ge(0)],
    "a": [pa.Check.in_range(-4, 4)],
    "b": [pa.Check.in_range(0, 60)],
    "c": [pa.Check.in_range(0, 98)],
    "d": [pa.Check.le(998)],
    "kind": [pa.Check.isin(["x", "y", "z"])],
    "code": [pa.Check.str_matches("^C[0-9]{2,5}$")],
}
GOOD = {
    "b + c positive": pl.col("b") + pl.col("c") >= 0,
    "c near d": pl.col("c") <= pl.col("d") + 98,
    "a below b": pl.col("a") < pl.col("b") + 3,
    "c doubled": pl.col("c") * 2 < 197,
    "b and c": pl.col("b") + pl.col("c") < 150,
}

NAMES = {
    "not_nullable": "present", "field_uniqueness": "unique", "in_range": "range",
    "greater_than_or_equal_to": "range", "less_than_or_equal_to": "range", "isin": "allowed",
    "str_matches": "pattern",
}  # fmt: skip


def _row(good: pl.Expr, name: str) -> pa.Check:
    return pa.Check(lambda data: data.lazyframe.select(good), name=name)


SCHEMA = pa.DataFrameSchema(
    {c: pa.Column(checks=checks, unique=c == "id") for c, checks in COLUMNS.items()},
    checks=[_row(good, name) for name, good in GOOD.items()],
)


def job(path: str) -> dict[str, int]:
    """Validate lazily and count the failures by check."""
    found = {f"{c} present": 0 for c in COLUMNS} | {"id unique": 0}
    found |= {f"{c} {NAMES[checks[0].name]}": 0 for c, checks in COLUMNS.items()}
    found |= dict.fromkeys(GOOD, 0)
    try:
        SCHEMA.validate(pl.read_parquet(path), lazy=True)
    except pa.errors.SchemaErrors as errors:
        for column, check, count in (
            errors.failure_cases.group_by("column", "check").len().iter_rows()
        ):
            name = check if check in GOOD else f"{column} {NAMES[check.partition('(')[0]]}"
            found[name] += count
    return found


if __name__ == "__main__":
    timed_counts(job)
