"""Preparation of 2 million rows of 20 columns: fit and apply, against the same work elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import measures
import polars as pl
from harness import Contestant, compete, table
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = 2_000_000
JOBS = Path(__file__).parent / "jobs"


def bench(folder: Path, *, rounds: int = 5) -> Iterable[str]:
    """Time eventflow, Polars, feature-engine and scikit-learn; their outputs must be equal."""
    source = folder / "measures.parquet"
    measures.write(source, ROWS)
    polars, eventflow, engine, sklearn = (
        _contestant(name, source, folder)
        for name in ("polars", "eventflow", "feature_engine", "sklearn")
    )
    compete([polars, eventflow], folder, rounds=rounds)
    compete([engine, sklearn], folder, rounds=2)
    expected = _result(folder, "polars")
    for name in ("eventflow", "feature_engine", "sklearn"):
        found = _result(folder, name)
        assert_frame_equal(found, expected, check_dtypes=False, rel_tol=1e-9, abs_tol=1e-9)
    yield from table(
        f"Preparation, {ROWS:,} x 20, Parquet to Parquet", [polars, eventflow], against=polars
    )
    yield from table("peers, two rounds by themselves", [engine, sklearn], against=engine)


def _contestant(name: str, source: Path, folder: Path) -> Contestant:
    script = JOBS / f"prepare_{name}.py"
    return Contestant(
        name, [sys.executable, str(script), str(source), str(folder / f"{name}.parquet")]
    )


def _result(folder: Path, name: str) -> pl.DataFrame:
    rows = pl.read_parquet(folder / f"{name}.parquet")
    return rows.select(sorted(rows.columns)).sort("y")
