"""2,080 window features of 17.3 million rows against the best hand-written forms.

The shape is that of the Feature Generation Benchmark (S. Sinchenko): 1,000 customers, 8 windows,
2 groupings of 26 values, 5 aggregates; rows and their generator are our own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from harness import Contestant, compete, table
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

JOBS = Path(__file__).parent / "jobs"
sys.path.insert(0, str(JOBS))
import windows_shape as shape  # noqa: E402 - the jobs run as scripts of their own folder

ROWS = int(os.environ.get("EVENTFLOW_BENCH_WINDOWS_ROWS", "17300000"))
CUSTOMERS = 1000
BATCH = 500_000
NAMES = ("polars", "duckdb", "eventflow", "pivot", "plain")


def bench(folder: Path, *, rounds: int = 9) -> Iterable[str]:
    """Time the forms in turn; their outputs must be equal."""
    events = folder / "events.parquet"
    # in a process of its own: a child's peak memory begins at its parent's
    subprocess.run([sys.executable, __file__, str(events), str(ROWS)], check=True)
    contestants = [_contestant(name, events, folder) for name in NAMES]
    compete(contestants, folder, rounds=rounds)
    expected = _result(folder, "polars")
    for name in NAMES[1:]:
        assert_frame_equal(_result(folder, name), expected, check_dtypes=False, rel_tol=1e-9)
    features = expected.width - 1
    for against in contestants[:2]:
        title = f"{features:,} window features, {ROWS:,} rows, against {against.name}"
        yield from table(title, contestants, against=against)


def write(path: Path, rows: int) -> None:
    """Write events as Parquet, the latest first, the same for the same number."""
    random = np.random.default_rng(0)
    back = np.sort(random.integers(1, shape.DAYS[-1] + 1, rows)).astype("timedelta64[D]")
    pl.DataFrame(
        {
            "customer": random.integers(0, CUSTOMERS, rows),
            "card": _some(shape.CARDS, (random.random(rows) > 0.75).astype(int)),
            "channel": _some(shape.CHANNELS, (random.random(rows) > 0.25).astype(int)),
            "kind": _some(shape.KINDS, random.integers(0, len(shape.KINDS), rows)),
            shape.AMOUNT: random.uniform(100, 10_000, rows),
            "day": pl.Series((np.datetime64(shape.AS_OF) - back).astype("datetime64[ms]")),
        },
        schema_overrides={"day": pl.Date},
    ).write_parquet(path, row_group_size=BATCH)


def _some(names: Sequence[str], codes: np.ndarray) -> pl.Series:
    return pl.Series(np.array(names, dtype=object)[codes], dtype=pl.String)


def _contestant(name: str, events: Path, folder: Path) -> Contestant:
    script = JOBS / f"windows_{name}.py"
    return Contestant(
        name, [sys.executable, str(script), str(events), str(folder / f"{name}.parquet")]
    )


def _result(folder: Path, name: str) -> pl.DataFrame:
    """Read an answer; where a group has no rows, hand-written forms may say null for 0."""
    rows = pl.read_parquet(folder / f"{name}.parquet").sort("customer")
    zero = pl.col("^amount_(count|sum)_.*$")
    return rows.select(sorted(rows.columns)).with_columns(zero.cast(pl.Float64).fill_null(0))


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
