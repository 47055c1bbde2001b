"""The work of the window jobs: what each customer spent, by window and by two groupings."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

AS_OF = date(2024, 12, 10)
DAYS = (7, 14, 21, 30, 90, 180, 360, 720)
CARDS = ("DC", "CC")
CHANNELS = ("mobile", "web")
KINDS = (
    "food", "home", "uncategorized", "leisure", "health", "shopping", "children", "travel",
    "education", "insurance", "savings", "other", "cars",
)  # fmt: skip
GROUPINGS = {"card": CARDS, "channel": CHANNELS}
AGGREGATES = ("count", "sum", "mean", "min", "max")
AMOUNT = "amount"


def column(first: str, kind: str, days: int, aggregate: str) -> str:
    """Return the name of a feature, the same for every contestant."""
    grouping = next(name for name, values in GROUPINGS.items() if first in values)
    return f"amount_{aggregate}_{grouping}_{first}_kind_{kind}_{days}d"


def columns() -> list[str]:
    """Return all 2,080 of them, in the order in which they are written."""
    return [
        column(first, kind, days, aggregate)
        for values in GROUPINGS.values()
        for first in values
        for kind in KINDS
        for days in DAYS
        for aggregate in AGGREGATES
    ]


def in_order(wide: pl.DataFrame) -> pl.DataFrame:
    """Return customer and features in the common order."""
    return wide.select("customer", *columns())
