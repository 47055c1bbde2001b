"""The one place that calls Polars' ``rolling_*_by``, which Polars 2.1 still marks unstable.

``rolling(group_by=)`` does not stream and is several times slower than ``rolling_*_by().over()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

Rolled = Literal["sum", "mean", "min", "max", "std", "var", "median"]
ROLLED: tuple[Rolled, ...] = get_args(Rolled)


def rolled(values: pl.Expr, by: pl.Expr, window: str, aggregate: Rolled) -> pl.Expr:
    """Aggregate the values of ``[t - window, t)`` for each row's ``t``.

    Neither the row itself nor any other at its time is part of the window.

    Args:
        values: What is aggregated; nulls are left out.
        by: The time.
        window: Length of the window; ``d`` and longer go by the calendar of the time's zone.
        aggregate: What is computed; ``std`` and ``var`` with ddof = 1.
    """
    methods: dict[Rolled, Callable[..., pl.Expr]] = {
        "sum": values.rolling_sum_by,
        "mean": values.rolling_mean_by,
        "min": values.rolling_min_by,
        "max": values.rolling_max_by,
        "std": values.rolling_std_by,
        "var": values.rolling_var_by,
        "median": values.rolling_median_by,
    }
    return methods[aggregate](by, window, closed="left")
