"""The churn pipeline on 5 million customers against the same work written by hand."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import customers
import polars as pl
from harness import Contestant, compete, table
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = 5_000_000
JOBS = Path(__file__).parent / "jobs"


def bench(folder: Path, *, rounds: int = 9) -> Iterable[str]:
    """Time eventflow, Polars, DuckDB and pandas in turn; their outputs must be equal."""
    csv = folder / "customers.csv"
    customers.write(csv, ROWS)
    polars, eventflow, duckdb, pandas = (
        _contestant(name, csv, folder) for name in ("polars", "eventflow", "duckdb", "pandas")
    )
    compete([polars, eventflow, duckdb], folder, rounds=rounds)
    compete([pandas], folder, rounds=2)
    expected = _result(folder, "polars")
    for name in ("eventflow", "duckdb", "pandas"):
        assert_frame_equal(_result(folder, name), expected, check_dtypes=False, rel_tol=1e-9)
    yield from table(
        f"Churn, {ROWS:,} customers, CSV to Parquet", [polars, eventflow, duckdb], against=polars
    )
    yield from table("pandas, two rounds by itself", [pandas], against=pandas)


def _contestant(name: str, csv: Path, folder: Path) -> Contestant:
    script = JOBS / f"churn_{name}.py"
    return Contestant(
        name, [sys.executable, str(script), str(csv), str(folder / f"{name}.parquet")]
    )


def _result(folder: Path, name: str) -> pl.DataFrame:
    rows = pl.read_parquet(folder / f"{name}.parquet").sort("customer_id")
    return rows.with_columns(pl.col(pl.String).cast(pl.String))
