"""2,080 window features of 17.3 million rows against the best hand-written forms.

The shape is that of the Feature Generation Benchmark (S. Sinchenko): 1,000 customers, 8 windows,
2 groupings of 26 values, 5 aggregates; rows and their generator are our own.
"""

from __future__ import annotations

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

ROWS = 17_300_000
CUSTOMERS = 1000
BATCH = 500_000
AT_ONCE = ROWS
"""Rows that are made at once, in some 4 GB."""
NAMES = ("polars", "duckdb", "eventflow", "pivot", "plain")


def bench(folder: Path, *, rows: int = ROWS, rounds: int = 9) -> Iterable[str]:
    """Time the forms in turn; their outputs must be equal."""
    contestants = measured(folder, NAMES, rows=rows, rounds=rounds)
    features = len(shape.columns())
    for against in contestants[:2]:
        title = f"{features:,} window features, {rows:,} rows, against {against.name}"
        yield from table(title, contestants, against=against)


def measured(folder: Path, names: Sequence[str], *, rows: int, rounds: int) -> Sequence[Contestant]:
    """Return the forms with these names once they have been timed and found equal."""
    events = folder / f"events-{rows}.parquet"
    # in a process of its own, which gives back the memory
    subprocess.run([sys.executable, __file__, str(events), str(rows)], check=True)
    contestants = [_contestant(name, events, folder) for name in names]
    compete(contestants, folder, rounds=rounds)
    expected, *others = (_result(folder, name) for name in names)
    for found in others:
        assert_frame_equal(found, expected, check_dtypes=False, rel_tol=1e-9)
    events.unlink()
    return contestants


def write(path: Path, rows: int) -> None:
    """Write events as Parquet, the latest first, the same for the same number."""
    random = np.random.default_rng(0)
    parts = -(-rows // AT_ONCE)
    edges = np.linspace(1, shape.DAYS[-1] + 1, parts + 1).astype(int)
    files = [path.with_suffix(f".{i}.part") for i in range(parts)]
    for file, first, last in zip(files, edges, edges[1:], strict=False):
        back = np.sort(random.integers(first, last, rows // parts)).astype("timedelta64[D]")
        _events(random, back).write_parquet(file, row_group_size=BATCH)
    pl.scan_parquet(files).sink_parquet(path, row_group_size=BATCH)
    for file in files:
        file.unlink()


def _events(random: np.random.Generator, back: np.ndarray) -> pl.DataFrame:
    rows = len(back)
    return pl.DataFrame(
        {
            "customer": random.integers(0, CUSTOMERS, rows),
            "card": _some(shape.CARDS, (random.random(rows) > 0.75).astype(int)),
            "channel": _some(shape.CHANNELS, (random.random(rows) > 0.25).astype(int)),
            "kind": _some(shape.KINDS, random.integers(0, len(shape.KINDS), rows)),
            shape.AMOUNT: random.uniform(100, 10_000, rows),
            "day": pl.Series((np.datetime64(shape.AS_OF) - back).astype("datetime64[ms]")),
        },
        schema_overrides={"day": pl.Date},
    )


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
