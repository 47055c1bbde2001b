"""Aggregates whose partial is one number and whose merge is one operation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import polars as pl
from attrs import frozen

from eventflow.blueprint import EXACT, Parity, close
from eventflow_features.aggregates.base import Named, adds, ordered, wide


@frozen(kw_only=True)
class Fold(Named, ABC):
    """One partial column that is also the answer; subclasses say how it is made and merged."""

    additive: ClassVar[bool] = True
    what: ClassVar[str]

    def parity(self, dtype: pl.DataType) -> Parity:
        """Exact, unless overridden."""
        del dtype
        return EXACT

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Fold the values of this dtype."""
        return {self.part(self.what): self.fold(dtype)}

    def merge(self) -> dict[str, pl.Expr]:
        """Fold the partial column."""
        column = self.part(self.what)
        return {column: self.again(pl.col(column))}

    def finish(self) -> pl.Expr:
        """Return the partial column as it is."""
        return pl.col(self.part(self.what)).alias(self.name)

    @abstractmethod
    def fold(self, dtype: pl.DataType) -> pl.Expr:
        """Fold raw values."""

    @abstractmethod
    def again(self, part: pl.Expr) -> pl.Expr:
        """Fold partial values."""


@frozen(kw_only=True)
class CountRows(Fold):
    """Number of matching rows. Int64; 0 when there are none. Exact. SQL ``count(*)``."""

    what: ClassVar[str] = "rows"

    def fold(self, dtype: pl.DataType) -> pl.Expr:
        """Count rows."""
        del dtype
        return self.of.rows().cast(pl.Int64)

    def again(self, part: pl.Expr) -> pl.Expr:
        """Add."""
        return part.sum()

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Int64, whatever the column."""
        del dtype
        return pl.Int64()


@frozen(kw_only=True)
class Count(CountRows):
    """Number of values that are not null. Int64; 0 when there are none. Exact. SQL ``count(x)``."""

    what: ClassVar[str] = "count"

    def fold(self, dtype: pl.DataType) -> pl.Expr:
        """Count values."""
        del dtype
        return self.of.values().count().cast(pl.Int64)


@frozen(kw_only=True)
class Sum(Fold):
    """Sum of the values; 0 when there are none (SQL answers null there).

    Integers and booleans add up as Int64 (UInt64 stays itself), decimals exactly as Decimal(38, s),
    durations as durations, floats as Float64. Exact, except for floats, whose sums depend on the
    order of addition: `close(1e-9)`. This class lets sums wrap around at 64 bits; where that can
    happen the planner takes `CheckedSum`.
    """

    what: ClassVar[str] = "sum"

    def parity(self, dtype: pl.DataType) -> Parity:
        """Exact for what is not a float."""
        return close() if dtype.is_float() else EXACT

    def fold(self, dtype: pl.DataType) -> pl.Expr:
        """Add in the wide dtype."""
        return self.of.values().cast(wide(dtype)).sum()

    def again(self, part: pl.Expr) -> pl.Expr:
        """Add."""
        return part.sum()

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Return the wide dtype of the values."""
        if isinstance(dtype, pl.Decimal):
            return pl.Decimal(38, dtype.scale)
        return wide(dtype) if adds(dtype) or isinstance(dtype, pl.Duration) else None


@frozen(kw_only=True)
class Min(Fold):
    """Smallest value. dtype of the values; null when there are none. Exact."""

    what: ClassVar[str] = "min"

    def fold(self, dtype: pl.DataType) -> pl.Expr:
        """Take the smallest."""
        del dtype
        return self.of.values().min()

    def again(self, part: pl.Expr) -> pl.Expr:
        """Take the smallest."""
        return part.min()

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Return the dtype of the values, if they have an order."""
        return dtype if ordered(dtype) else None


@frozen(kw_only=True)
class Max(Min):
    """Largest value. dtype of the values; null when there are none. Exact."""

    what: ClassVar[str] = "max"

    def fold(self, dtype: pl.DataType) -> pl.Expr:
        """Take the largest."""
        del dtype
        return self.of.values().max()

    def again(self, part: pl.Expr) -> pl.Expr:
        """Take the largest."""
        return part.max()
