"""The one place of this package that calls Polars' ``rolling_*_by``, which is marked unstable.

Windows end before the day of their row: `[day - days, day)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow_price import names as n

if TYPE_CHECKING:
    import polars as pl


def total(value: pl.Expr, days: int) -> pl.Expr:
    """Return the sum over the days before each row's; 0 where none has a row."""
    return value.rolling_sum_by(n.DATE, f"{days}d", closed="left").fill_null(0)


def largest(value: pl.Expr, days: int) -> pl.Expr:
    """Return the largest of the days before each row's; null where none has a row."""
    return value.rolling_max_by(n.DATE, f"{days}d", closed="left")
