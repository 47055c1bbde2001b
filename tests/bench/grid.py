"""Cells of 50 million positions: steps against the expressions they are made of, and PROJ."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from harness import Contestant, compete, table
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = 50_000_000
PART = 5_000_000
JOB = Path(__file__).parent / "jobs" / "grid_cells.py"


def bench(folder: Path, *, rows: int = ROWS, rounds: int = 5) -> Iterable[str]:
    """Time squares of 300 m and H3 of resolution 9; all contestants must tell the same cells."""
    source = folder / "positions"
    _write(source, rows)
    bare, step, looked, learned, proj = (
        _contestant(name, source, folder)
        for name in ("grid_bare", "grid_step", "grid_looked", "grid_learned", "grid_proj")
    )
    compete([bare, step, looked, learned], folder, rounds=rounds)
    compete([proj], folder, rounds=1)
    alone, h3 = (_contestant(name, source, folder) for name in ("h3_bare", "h3_step"))
    compete([alone, h3], folder, rounds=rounds)
    _agree(folder, "grid_bare", "grid_step", "grid_looked", "grid_learned", "grid_proj")
    _agree(folder, "h3_bare", "h3_step")
    yield from table(f"Squares, {rows:,} positions", [bare, step], against=bare)
    yield from table("Squares of a zone that is not given", [looked, learned], against=looked)
    yield from table("PROJ alone, one round by itself", [proj], against=proj)
    yield from table(f"H3, {rows:,} positions", [alone, h3], against=alone)


def _write(folder: Path, rows: int) -> None:
    """Write positions in one UTM zone, in several files."""
    folder.mkdir()
    for number in range(max(rows // PART, 1)):
        count = min(rows, PART)
        lat, lon = (pl.int_range(count, eager=True).hash(number * 2 + k) for k in (0, 1))
        at = {"lat": 38 + _unit(lat) * 4, "lon": -77.9 + _unit(lon) * 5.8}
        pl.DataFrame(at).write_parquet(folder / f"{number:02d}.parquet")


def _unit(hashed: pl.Series) -> pl.Series:
    """Return numbers in [0, 1)."""
    return (hashed % 2**32).cast(pl.Float64) / 2**32


def _contestant(name: str, source: Path, folder: Path) -> Contestant:
    target = folder / f"{name}.parquet"
    return Contestant(
        name, [sys.executable, str(JOB), str(source / "*.parquet"), str(target), name]
    )


def _agree(folder: Path, first: str, *others: str) -> None:
    """Check that all found the same cells; PROJ may differ in those of a millimetre on an edge."""
    expected = pl.read_parquet(folder / f"{first}.parquet")
    for name in others:
        found = pl.read_parquet(folder / f"{name}.parquet")
        assert_frame_equal(found, expected)
