"""A table of measures and categories with gaps and outliers, the same for the same size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

FLOATS = [f"x{i}" for i in range(12)]
INTEGERS = ["n0", "n1"]
FEW = {"kind": 4, "size": 5, "colour": 8}
MANY = {"shop": 300, "city": 3000}


def write(path: Path, rows: int) -> None:
    """Write `rows` rows of 20 columns as Parquet (2 million are about 250 MB)."""
    random = np.random.default_rng(0)
    floats = {name: _floats(random, rows, i) for i, name in enumerate(FLOATS)}
    integers = {name: random.integers(0, 1000, rows) for name in INTEGERS}
    texts = {name: _texts(random, rows, name, n) for name, n in (FEW | MANY).items()}
    target = {"y": random.normal(5, 2, rows)}
    pl.DataFrame({**floats, **integers, **texts, **target}).write_parquet(path)


def _floats(random: np.random.Generator, rows: int, number: int) -> pl.Series:
    """Return values of which a twentieth is missing and some are far out."""
    made = random.gamma(2, 10 + number, rows)
    missing = random.random(rows) < 0.05
    return pl.select(pl.when(~pl.lit(pl.Series(missing))).then(pl.lit(pl.Series(made)))).to_series()


def _texts(random: np.random.Generator, rows: int, name: str, number: int) -> pl.Series:
    """Return categories, the first one the most frequent, a fiftieth missing."""
    codes = np.minimum(random.geometric(3 / number, rows) - 1, number - 1)
    names = pl.Series([f"{name} {i}" for i in range(number)])
    missing = random.random(rows) < 0.02
    return pl.select(
        pl.when(~pl.lit(pl.Series(missing))).then(pl.lit(names.gather(codes)))
    ).to_series()
