"""Revenue and price features of 60 million items sold: TPC-H at scale 10, in some minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tpch

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


MEMORY = "POLARS_OOC_MEMORY_BUDGET_MB=4500"
"""From here on Polars moves what it holds to disk: there are as many product-days as rows."""


def bench(folder: Path) -> Iterable[str]:
    """Time as at scale 1, in fewer rounds."""
    return tpch.bench(folder, scale=10, rounds=3, settings=[MEMORY])
