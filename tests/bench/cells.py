"""Features of tiny groups.

Five million events to cells and bins of six hours: counts, sums, diversity, shares and lags; a
million events to cells and days: these, and first, last and distinct values.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from harness import Contestant, compete, table
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS, DAY_ROWS = 5_000_000, 1_000_000
CELLS, KINDS, MINUTES = 3_000, 20, 90 * 24 * 60
DAY_CELLS = 7_400
"""So many that there are 1.5 rows in a cell and day."""

JOBS = Path(__file__).parent / "jobs"


def bench(folder: Path, *, rounds: int = 5, rows: int = ROWS) -> Iterable[str]:
    """Time eventflow, Polars and DuckDB; their outputs must be equal."""
    shapes = ("cells", "bins", CELLS, rows), ("days", "days", DAY_CELLS, min(rows, DAY_ROWS))
    for job, bins, cells, number in shapes:
        source = folder / f"{job}.parquet"
        write(source, number, cells)
        yield from _contest(folder, source, rounds, f"cells and {bins}, {number:,} rows")


def _contest(folder: Path, source: Path, rounds: int, what: str) -> Iterable[str]:
    eventflow, polars, duckdb = (
        Contestant(
            name,
            [sys.executable, str(JOBS / f"{source.stem}_{name}.py"), str(source),
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
        f"Features of {what}, Parquet to Parquet",
        [polars, eventflow, duckdb],
        against=polars,
    )


def write(path: Path, rows: int, cells: int) -> None:
    """Write events that are anywhere at any time, the same on every machine."""
    number = pl.int_range(rows)
    start = pl.datetime(2024, 1, 1, time_zone="UTC")
    pl.select(
        cell=number.hash(seed=1) % cells,
        at=start + pl.duration(minutes=number.hash(seed=2) % MINUTES),
        kind=pl.format("kind {}", number.hash(seed=3) % KINDS),
        amount=(number.hash(seed=4) % 10_000) / 100,
    ).write_parquet(path)


def _result(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet").sort("cell", "bin_start")
