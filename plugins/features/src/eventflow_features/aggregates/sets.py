"""Aggregates whose partial is a set of values."""

from __future__ import annotations

import math

import polars as pl
from attrs import frozen

from eventflow.blueprint import EXACT, Parity
from eventflow_features.aggregates.base import Named


@frozen(kw_only=True)
class DistinctCount(Named):
    """Number of distinct values. Int64; 0 when there are none. Exact. SQL ``count(distinct x)``.

    Partials hold the distinct values themselves: memory grows with their number, and merging
    leaves Polars' streaming engine. Where the rows are not split, Polars counts them.
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

    def direct(self, dtype: pl.DataType) -> pl.Expr | None:
        """Count, without keeping the values."""
        del dtype
        return self.of.values().drop_nulls().n_unique().cast(pl.Int64)

    def of_times(self, times: pl.Expr) -> pl.Expr:
        """Return the answer, folded from how often values occur; nulls are passed over."""
        return times.count().cast(pl.Int64)

    def finish(self) -> pl.Expr:
        """Count, leaving null out."""
        known = pl.col(self.part("distinct")).list.drop_nulls()
        return known.list.len().cast(pl.Int64).alias(self.name)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Int64, whatever the values."""
        del dtype
        return pl.Int64()


@frozen(kw_only=True)
class ApproximateDistinctCount(Named):
    """Number of distinct values: exact up to a bound, an estimate beyond it.

    Int64; 0 when there are none. Partials hold the `bound` smallest 64-bit hashes of the values.
    Fewer are counted; else ``(bound - 1) / largest`` is answered, with hashes as fractions of 2**64
    (Bar-Yossef et al., "Counting Distinct Elements in a Data Stream", 2002; Beyer et al., "On
    Synopses for Distinct-Value Estimation Under Multiset Operations", 2007). The relative standard
    error is then ``1 / sqrt(bound - 2)``: 3 % for 1,024. Splits do not change the answer; another
    version of Polars, which hashes otherwise, may.

    Attributes:
        bound: How many distinct values are counted exactly, less one.
    """

    bound: int = 1024

    def parity(self, dtype: pl.DataType) -> Parity:
        """Approximate, four standard errors."""
        del dtype
        return Parity("approx", 4 / math.sqrt(self.bound - 2))

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Gather the smallest hashes."""
        del dtype
        values = self.of.values()
        hashes = pl.when(values.is_not_null()).then(values.hash(seed=0))
        return {self._part(): hashes.drop_nulls().unique().sort().head(self.bound).implode()}

    def merge(self) -> dict[str, pl.Expr]:
        """Keep the smallest."""
        hashes = pl.col(self._part()).list.explode(keep_nulls=False, empty_as_null=False)
        return {self._part(): hashes.drop_nulls().unique().sort().head(self.bound).implode()}

    def finish(self) -> pl.Expr:
        """Count, or estimate."""
        kept = pl.col(self._part())
        share = kept.list.last().cast(pl.Float64) / 2.0**64
        estimate = ((self.bound - 1) / share).round().cast(pl.Int64, strict=False)
        counted = kept.list.len().cast(pl.Int64)
        found = pl.when(counted < self.bound).then(counted).otherwise(estimate)
        return found.alias(self.name)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Int64, whatever the values."""
        del dtype
        return pl.Int64()

    def _part(self) -> str:
        return f"{self.part('hashes')} up to {self.bound}"
