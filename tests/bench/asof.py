"""5 million events get the last of 5 million rows of context of their key, known before them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from harness import Contestant, compete, table
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = 5_000_000
KEYS = 100_000
JOBS = Path(__file__).parent / "jobs"
YEAR = 365 * 24 * 3600 * 1_000_000
ORDERS = {"by time": ["time"], "by key and time": ["key", "time"], "in no order": []}
"""Order of the rows of both files. In no order, bare Polars sorts in its plan."""


def bench(folder: Path, *, rows: int = ROWS, rounds: int = 5) -> Iterable[str]:
    """Time eventflow, Polars, DuckDB and pandas; their outputs must be equal."""
    for kind in ("whole numbers", "text"):
        for order, columns in ORDERS.items():
            events, context = folder / "events.parquet", folder / "context.parquet"
            write(events, "amount", rows, columns, kind, seed=1)
            write(context, "price", rows, columns, kind, seed=2)
            first = ("duckdb", "polars") if columns else ("duckdb",)
            names = (*first, "polars_sorts", "eventflow", "pandas")
            contestants = [_contestant(name, events, context, folder) for name in names]
            compete(contestants, folder, rounds=rounds)
            expected, *others = (_result(folder, name) for name in names)
            for found in others:
                assert_frame_equal(found, expected, check_dtypes=False)
            title = f"As-of, {rows:,} x {rows:,}, keys of {kind}, rows {order}"
            for against in contestants[: len(first)]:
                yield from table(f"{title}, against {against.name}", contestants, against=against)


def write(  # noqa: PLR0913 - what tells one file from another
    path: Path, value: str, rows: int, order: list[str], kind: str, *, seed: int
) -> None:
    """Write keys, times of one year and values, the same for the same seed."""
    random = np.random.default_rng(seed)
    start = np.datetime64("2026-01-01", "us")
    made = pl.DataFrame(
        {
            "key": random.integers(0, KEYS, rows),
            "time": start + random.permutation(np.linspace(0, YEAR, rows).astype("i8")),
            value: random.random(rows),
        }
    )
    if kind == "text":
        made = made.with_columns(pl.format("k{}", "key").alias("key"))
    (made.sort(order) if order else made).write_parquet(path)


def _contestant(name: str, events: Path, context: Path, folder: Path) -> Contestant:
    job, option = (name.removesuffix("_sorts"), ["sorts"] if name.endswith("_sorts") else [])
    paths = (JOBS / f"asof_{job}.py", events, folder / f"{name}.parquet", context)
    return Contestant(name, [sys.executable, *map(str, paths), *option])


def _result(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet").sort("key", "time", "amount")
