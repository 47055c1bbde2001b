"""What a chart counts or measures of each group of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl
from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable

Aggregate = Literal["count", "sum", "mean", "median", "minimum", "maximum", "distinct"]

_NUMBER: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "sum": lambda values: pl.when(values.count() > 0).then(values.sum()),
    "mean": pl.Expr.mean,
    "median": pl.Expr.median,
    "minimum": pl.Expr.min,
    "maximum": pl.Expr.max,
}


@frozen
class Measure:
    """A number of each group of rows.

    Attributes:
        expr: Aggregating expression, Float64; null where there is no number.
        words: What it is.
        numeric: Column that must hold numbers for it; None where none must.
    """

    expr: pl.Expr = field(eq=False)
    words: str = "events"
    numeric: str | None = None

    @classmethod
    def of(cls, value: str | None, aggregate: Aggregate | None = None) -> Measure:
        """Measure a column; count rows without one.

        Args:
            value: The column; null and NaN take no part. None counts rows.
            aggregate: What of its values; by default their mean.
        """
        if value is None:
            return cls(pl.len().cast(pl.Float64))
        chosen = aggregate or "mean"
        words = f"{chosen} of {value}"
        if chosen == "count":
            return cls(pl.col(value).count().cast(pl.Float64), words)
        if chosen == "distinct":
            return cls(pl.col(value).drop_nulls().n_unique().cast(pl.Float64), words)
        numbers = pl.col(value).cast(pl.Float64).fill_nan(None)
        return cls(_NUMBER[chosen](numbers), words, numeric=value)
