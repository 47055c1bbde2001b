"""What charts cost a run of 5 million positions: none, each kind alone, all four."""

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
JOB = Path(__file__).parent / "jobs" / "charts_eventflow.py"
ASKED = ("none", "map", "heatmap", "bars", "histogram", "map+heatmap+bars+histogram")


def write(folder: Path) -> Path:
    """Write positions around a city over a year; return the path."""
    random = np.random.default_rng(7)
    seconds = random.integers(0, 365 * 86_400, ROWS)
    rows = pl.DataFrame(
        {
            "lat": random.normal(40.7, 0.1, ROWS),
            "lon": random.normal(-74, 0.1, ROWS),
            "v": random.exponential(5, ROWS),
            "kind": random.choice(["x", "y", "z", "w"], ROWS),
            "at": pl.Series(seconds).cast(pl.Int64) * 1_000_000,
        }
    )
    path = folder / "positions.parquet"
    rows.with_columns(pl.col("at").cast(pl.Datetime("us"))).write_parquet(path)
    return path


def bench(folder: Path, *, rounds: int = 7) -> Iterable[str]:
    """Time runs with and without charts in turn; what they write must be equal."""
    rows = write(folder)
    outs = {asked: folder / f"{asked}.parquet" for asked in ASKED}
    runs = [
        Contestant(asked, [sys.executable, str(JOB), str(rows), str(out), asked])
        for asked, out in outs.items()
    ]
    compete(runs, folder, rounds=rounds)
    by = ["at", "lat", "lon"]
    plain, charted = (pl.read_parquet(outs[asked]).sort(by) for asked in (ASKED[0], ASKED[-1]))
    assert_frame_equal(charted, plain)
    yield from table(f"Charts of {ROWS:,} rows, Parquet to Parquet", runs, against=runs[0])
