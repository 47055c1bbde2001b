"""Aggregates whose partial is a set of values."""

from __future__ import annotations

import polars as pl
from attrs import frozen

from eventflow.blueprint import EXACT, Parity
from eventflow_features.aggregates.base import Named


@frozen(kw_only=True)
class DistinctCount(Named):
    """Number of distinct values. Int64; 0 when there are none. Exact. SQL ``count(distinct x)``.

    Partials hold the distinct values themselves: memory grows with their number, and merging
    leaves Polars' streaming engine.
    """

    def parity(self, dtype: pl.DataType) -> Parity:
        """Exact."""
        del dtype
        return EXACT

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Gather the distinct values."""
        del dtype
        return {self.part("distinct"): self.of.values().unique().implode()}

    def merge(self) -> dict[str, pl.Expr]:
        """Unite the sets."""
        values = pl.col(self.part("distinct")).list.explode(keep_nulls=False, empty_as_null=False)
        return {self.part("distinct"): values.unique().implode()}

    def finish(self) -> pl.Expr:
        """Count, leaving null out."""
        known = pl.col(self.part("distinct")).list.drop_nulls()
        return known.list.len().cast(pl.Int64).alias(self.name)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Int64, whatever the values."""
        del dtype
        return pl.Int64()
