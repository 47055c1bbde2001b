"""Names of the fields, the features and the columns between the steps."""

from __future__ import annotations

from typing import Final

SERIES: Final = "series"
DATE: Final = "date"
REVENUE: Final = "revenue"
COUNT: Final = "customer_count"
CUSTOMER: Final = "customer_id"

WINDOWS: Final = (7, 30, 90)
"""Days of the trailing windows."""

LAGS: Final = (1, 7, 30)
"""Days over which growth is told."""

SEASONS: Final = ("day_of_week", "week_of_year", "month", "quarter")

PER_CUSTOMER: Final = "revenue_per_customer"
INCOMPLETE: Final = "period_incomplete"

KEY: Final = "__series"
"""The series between the steps; the same everywhere when there is only one."""

DECIMALS: Final = 4
UNITS: Final = 10**DECIMALS
"""Revenue is added as integers of this fraction, so that every sum is exact in any order."""


def mean(window: int) -> str:
    """Return the name of a moving average."""
    return f"revenue_ma_{window}"


def growth(lag: int) -> str:
    """Return the name of a growth rate."""
    return f"revenue_growth_{lag}d"


def seasonal(season: str) -> str:
    """Return the name of a seasonal index."""
    return f"seasonal_{season}"


def volatility(window: int) -> str:
    """Return the name of a volatility."""
    return f"revenue_volatility_{window}"
