"""Five million events to cells and bins of six hours: counts, sums, diversity, shares and lags."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from harness import Contestant, compete, table
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = 5_000_000
CELLS, KINDS, MINUTES = 3_000, 20, 90 * 24 * 60
JOBS = Path(__file__).parent / "jobs"


def bench(folder: Path, *, rounds: int = 5, rows: int = ROWS) -> Iterable[str]:
    """Time eventflow, Polars and DuckDB; their outputs must be equal."""
    source = folder / "events.parquet"
    write(source, rows)
    eventflow, polars, duckdb = (
        Contestant(
            name,
            [sys.executable, str(JOBS / f"cells_{name}.py"), str(source),
             str(folder / f"{name}.parquet")],
        )
        for name in ("eventflow", "polars", "duckdb")
    )  # fmt: skip
    compete([polars, eventflow, duckdb], folder, rounds=rounds)
    expected = _result(folder, "polars")
    for name in ("eventflow", "duckdb"):
        found = _result(folder, name).select(expected.columns)
        assert_frame_equal(found, expected, check_dtypes=False, rel_tol=1e-9, abs_tol=1e-9)
    yield from table(
        f"Features of cells and bins, {rows:,} rows, Parquet to Parquet",
        [polars, eventflow, duckdb],
        against=polars,
    )


def write(path: Path, rows: int) -> None:
    """Write events that are anywhere at any time, the same on every machine."""
    number = pl.int_range(rows)
    start = pl.datetime(2024, 1, 1, time_zone="UTC")
    pl.select(
        cell=number.hash(seed=1) % CELLS,
        at=start + pl.duration(minutes=number.hash(seed=2) % MINUTES),
        kind=pl.format("kind {}", number.hash(seed=3) % KINDS),
        amount=(number.hash(seed=4) % 10_000) / 100,
    ).write_parquet(path)


def _result(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet").sort("cell", "bin_start")
