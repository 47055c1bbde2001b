"""Twenty rules over 5 million rows, against one hand-written Polars select, DuckDB and peers.

Every contestant counts the rows that fail each rule; the counts must be equal. Peers run in
environments of their own; without those they are left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from harness import Contestant, compete, interpreter, table

if TYPE_CHECKING:
    from collections.abc import Iterable

ROWS = 5_000_000
FEW = 1000
JOBS = Path(__file__).parent / "jobs"
PEERS = {
    "checkers": ("pandera", "pointblank", "dataframely"),
    "great-expectations": ("great_expectations",),
}
"""Environment → what is timed in it."""


def write(folder: Path) -> Path:
    """Write the rows and, for warming up, the first of them; return the path of all."""
    random = np.random.default_rng(20)
    rows = pl.DataFrame(
        {
            "id": np.arange(ROWS),
            "a": random.normal(0, 1, ROWS),
            "b": random.exponential(5, ROWS),
            "c": random.integers(0, 100, ROWS),
            "d": random.integers(0, 1000, ROWS),
            "kind": random.choice(["x", "y", "z", "w"], ROWS, p=[0.4, 0.3, 0.298, 0.002]),
        }
    )
    code = pl.format("C{}", pl.col("c") * 100 + pl.col("d"))
    made = rows.with_columns(code=code, a=pl.when(pl.col("d") > 5).then("a"))
    path = folder / "rows.parquet"
    made.write_parquet(path)
    made.head(FEW).write_parquet(folder / "few.parquet")
    return path


def bench(folder: Path, *, rounds: int = 9) -> Iterable[str]:
    """Time all in turn, peers two rounds by themselves; their counts must be equal."""
    rows = write(folder)
    own = [_contestant(name, sys.executable, rows) for name in ("polars", "eventflow", "duckdb")]
    compete(own, folder, rounds=rounds)
    peers = [
        _contestant(name, python, rows)
        for environment, names in PEERS.items()
        if (python := interpreter(environment))
        for name in names
    ]
    expected = _counts(folder, "polars")
    yield f"\nrows that fail, by rule: {expected}"
    yield from table(f"20 rules, {ROWS:,} rows of Parquet", own, against=own[0])
    if peers:
        again = _contestant("polars", sys.executable, rows)
        compete([again, *peers], folder, rounds=2)
        yield from table("Peers, two rounds", [again, *peers], against=again)
    for contestant in (*own, *peers):
        found = _counts(folder, contestant.name)
        assert found == expected, (contestant.name, found, expected)


def _contestant(name: str, python: str, rows: Path) -> Contestant:
    out = rows.with_name(f"{name}.json")
    return Contestant(name, [python, str(JOBS / f"quality_{name}.py"), str(rows), str(out)])


def _counts(folder: Path, name: str) -> dict[str, int]:
    found: dict[str, int] = json.loads((folder / f"{name}.json").read_text("utf-8"))
    return dict(sorted(found.items()))
