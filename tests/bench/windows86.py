"""Window features of 86 million rows: the ratios of 17.3 million, and hardly more memory."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import windows
from harness import MEBIBYTE, table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from harness import Contestant

ROWS = 86_000_000
NAMES = ("polars", "duckdb", "eventflow")
ROUNDS = 3


def bench(folder: Path) -> Iterable[str]:
    """Time the tiled forms at both sizes; customers are as many, so that the answers are as large.

    The number of customers is fixed, so that memory may only grow with what is read at once.
    """
    few, many = (
        windows.measured(folder, NAMES, rows=rows, rounds=ROUNDS) for rows in (windows.ROWS, ROWS)
    )
    for rows, found in ((windows.ROWS, few), (ROWS, many)):
        yield from table(f"Window features, {rows:,} rows", found, against=found[0])
    yield "\n| contestant | peak at both sizes, MiB | growth |"
    yield "|---|--:|--:|"
    yield from map(_growth, few, many)


def _growth(few: Contestant, many: Contestant) -> str:
    first, second = median(few.peak), median(many.peak)
    peaks = f"{first / MEBIBYTE:,.0f}, {second / MEBIBYTE:,.0f}"
    return f"| {few.name} | {peaks} | {second / first - 1:+.0%} |"
