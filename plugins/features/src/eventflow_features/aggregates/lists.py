"""Aggregates whose partial is all the values: exact, and as large as they are many."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl
from attrs import frozen

from eventflow.blueprint import EXACT, Parity
from eventflow_features.aggregates.base import Named, adds, ordered

if TYPE_CHECKING:
    from eventflow.aggregate import Selection


@frozen(kw_only=True)
class Kept(Named):
    """Keeps every value of a group; merging puts them together.

    Memory grows with the number of values, and Polars' streaming engine holds them.
    """

    what: ClassVar[str] = "values"

    def parity(self, dtype: pl.DataType) -> Parity:
        """Exact, unless overridden: the same values give the same answer."""
        del dtype
        return EXACT

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Gather the values."""
        del dtype
        return {self.part(self.what): self.values().drop_nulls().implode()}

    def merge(self) -> dict[str, pl.Expr]:
        """Put lists together."""
        column = pl.col(self.part(self.what))
        together = column.list.explode(keep_nulls=False, empty_as_null=False)
        return {self.part(self.what): together.drop_nulls().implode()}

    def values(self) -> pl.Expr:
        """Return what is kept of each row."""
        return self.of.values()

    def kept(self) -> pl.Expr:
        """Return the list."""
        return pl.col(self.part(self.what))


@frozen(kw_only=True)
class Quantile(Kept):
    """Quantile of the values, interpolated linearly between the two nearest (Hyndman & Fan's 7).

    Float64; null when there are none. Exact. As NumPy's and SQL's ``percentile_cont``.

    Attributes:
        q: Which, between 0 and 1.
    """

    what: ClassVar[str] = "numbers"
    q: float

    def values(self) -> pl.Expr:
        """Return numbers."""
        return self.of.values().cast(pl.Float64)

    def finish(self) -> pl.Expr:
        """Take the quantile."""
        found = self.kept().list.eval(pl.element().quantile(self.q, "linear"))
        return found.list.first().alias(self.name)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Float64 for numbers and booleans."""
        return pl.Float64() if adds(dtype) else None


@frozen(kw_only=True)
class Median(Quantile):
    """Median of the values; nulls, parity and source as for `Quantile`."""

    q: float = 0.5


@frozen(kw_only=True)
class MostFrequent(Kept):
    """The value that occurs most often; the smallest of several. Null if there are none. Exact."""

    def finish(self) -> pl.Expr:
        """Take the first by frequency."""
        return self.kept().list.eval(_by_frequency().head(1)).list.first().alias(self.name)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Return the dtype of the values, if they have an order."""
        return dtype if ordered(dtype) else None


@frozen(kw_only=True)
class TopK(Kept):
    """The values that occur most often, as a list; ties in their order. Exact.

    An empty list when there are none, a shorter one when fewer values are distinct.

    Attributes:
        k: How many at most.
    """

    k: int = 3

    def finish(self) -> pl.Expr:
        """Take the first by frequency."""
        return self.kept().list.eval(_by_frequency().head(self.k)).alias(self.name)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Return lists of the values, if they have an order."""
        return pl.List(dtype) if ordered(dtype) else None


def _by_frequency() -> pl.Expr:
    """Rank values; as structs, since `sort_by` in `list.eval` mixes up texts in Polars 2.1."""
    runs = pl.element().sort().rle()
    rarer = -runs.struct.field("len").cast(pl.Int64)
    ranked = pl.struct(rarer.alias("rarer"), runs.struct.field("value").alias("value")).sort()
    return ranked.struct.field("value")


def known(of: Selection) -> pl.Expr:
    """Return whether a row counts and its value is known."""
    there = of.value.is_not_null()
    return there if of.where is None else of.where & there
