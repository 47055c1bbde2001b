"""The whole pipeline on 5 million customers: read, prepare, validate, churn features, Parquet."""

from __future__ import annotations

import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import customers
import polars as pl
from harness import Contestant, compete, table
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = 5_000_000
MISSING = 0.03
JOBS = Path(__file__).parent / "jobs"


def bench(folder: Path, *, rounds: int = 9) -> Iterable[str]:
    """Time eventflow and Polars in turn; their outputs must be equal."""
    csv = folder / "whole.csv"
    customers.write(csv, ROWS, missing=MISSING)
    polars, eventflow = (_contestant(name, csv) for name in ("polars", "eventflow"))
    compete([polars, eventflow], folder, rounds=rounds)
    expected, found = (_result(folder, c.name) for c in (polars, eventflow))
    assert_frame_equal(found, expected, check_dtypes=False, rel_tol=1e-9)
    yield from table(
        f"Whole pipeline, {ROWS:,} customers, CSV to Parquet", [polars, eventflow], against=polars
    )
    megabytes = csv.stat().st_size / 1e6
    speed = (f"{c.name} {megabytes / median(c.seconds):,.0f} MB/s" for c in (polars, eventflow))
    yield f"\n{megabytes:,.0f} MB of CSV: {', '.join(speed)}"


def _contestant(name: str, csv: Path) -> Contestant:
    script, out = JOBS / f"whole_{name}.py", csv.with_name(f"whole_{name}.parquet")
    return Contestant(f"whole_{name}", [sys.executable, str(script), str(csv), str(out)])


def _result(folder: Path, name: str) -> pl.DataFrame:
    rows = pl.read_parquet(folder / f"{name}.parquet").sort("customer_id")
    return rows.with_columns(pl.col(pl.String).cast(pl.String))
