"""The work of the cut-off jobs: what each customer did before each cut-off, and in the month after.

A row per customer and cut-off before which the customer has an event; where a window has no
events, counts and sums are 0 and everything else is missing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

CUTOFFS = tuple(datetime(2024, month, 1) for month in range(7, 13))  # noqa: DTZ001 - naive, as the events
WINDOWS = {"30d": timedelta(days=30), "90d": timedelta(days=90), "all": None}
LABEL = timedelta(days=30)
AGGREGATES = ("count", "sum", "mean", "min", "max")
LABELS = ("count", "sum")
