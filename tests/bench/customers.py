"""A customer table of any size, the same for the same size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

PLANS = np.array(["free", "basic", "pro", "enterprise"])


GAPS = ("total_value", "feature_usage_count", "plan_type")


def write(path: Path, rows: int, *, missing: float = 0) -> None:
    """Write `rows` customers as CSV (5 million are about 264 MB).

    Args:
        path: Where to.
        rows: How many.
        missing: Share of the values of `GAPS` that is missing.
    """
    random = np.random.default_rng(0)
    first = np.datetime64("2020-01-01", "ms")
    created = first + random.integers(0, 1000, rows) * np.timedelta64(86_400_000, "ms")
    last = created + random.integers(0, 500, rows) * np.timedelta64(86_400_000, "ms")
    pl.DataFrame(
        {
            "customer_id": pl.int_range(rows, eager=True).cast(pl.String).str.zfill(8),
            "last_activity_date": pl.Series(last).cast(pl.Date),
            "account_created_date": pl.Series(created).cast(pl.Date),
            "total_value": np.round(random.gamma(2, 300, rows), 2),
            "support_tickets": random.integers(0, 20, rows),
            "feature_usage_count": random.integers(0, 5000, rows),
            "plan_type": PLANS[random.integers(0, 4, rows)],
        }
    ).with_columns(
        pl.format("C{}", "customer_id").alias("customer_id"),
        *(pl.when(pl.lit(random.random(rows) >= missing)).then(c).alias(c) for c in GAPS),
    ).write_csv(path)
