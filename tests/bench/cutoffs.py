"""A training set of a million events: features at six cut-offs and labels, against Featuretools."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from harness import Contestant, compete, interpreter, table
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = 1_000_000
CUSTOMERS = 10_000
JOBS = Path(__file__).parent / "jobs"


def bench(folder: Path, *, rounds: int = 9) -> Iterable[str]:
    """Time all in turn, the peer two rounds by itself; their outputs must be equal."""
    events = folder / "events.parquet"
    write(events, ROWS)
    own = [_contestant(name, sys.executable, events) for name in ("polars", "eventflow")]
    compete(own, folder, rounds=rounds)
    expected = _result(folder, own[0].name)
    title = f"Training set, {ROWS:,} events, {expected.height:,} rows of {expected.width} columns"
    yield from table(title, own, against=own[0])
    python = interpreter("featuretools")
    if python:
        peer = _contestant("featuretools", python, events)
        again = _contestant("eventflow", sys.executable, events)
        compete([again, peer], folder, rounds=2)
        yield from table("Peer, two rounds", [again, peer], against=again)
        own.append(peer)
    for contestant in own[1:]:
        found = _result(folder, contestant.name)
        assert_frame_equal(found, expected, check_dtypes=False, rel_tol=1e-9, abs_tol=1e-9)


def write(path: Path, rows: int) -> None:
    """Write events of a year as Parquet, in no order, the same for the same number."""
    random = np.random.default_rng(0)
    seconds = random.integers(0, 366 * 86_400, rows)
    first = pl.lit(datetime(2024, 1, 1))  # noqa: DTZ001 - naive, so that no contestant converts
    pl.DataFrame(
        {
            "customer": random.integers(0, CUSTOMERS, rows),
            "at": seconds,
            "amount": np.round(random.gamma(2, 30, rows), 2),
        }
    ).with_columns(at=first + pl.duration(seconds="at")).write_parquet(path)


def _contestant(name: str, python: str, events: Path) -> Contestant:
    script, out = JOBS / f"cutoffs_{name}.py", events.with_name(f"cutoffs_{name}.parquet")
    return Contestant(f"cutoffs_{name}", [python, str(script), str(events), str(out)])


def _result(folder: Path, name: str) -> pl.DataFrame:
    """Read an answer; what is missing is NaN in pandas."""
    rows = pl.read_parquet(folder / f"{name}.parquet")
    same = rows.with_columns(
        pl.exclude("customer", "cutoff").cast(pl.Float64).fill_nan(None),
        pl.col("cutoff").dt.replace_time_zone(None).cast(pl.Datetime("us")),
    )
    return same.select(sorted(same.columns)).sort("customer", "cutoff")
