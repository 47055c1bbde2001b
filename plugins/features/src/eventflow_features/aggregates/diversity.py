"""How many kinds of values there are, and how evenly: entropy, Simpson's index, evenness.

Each is a function of the shares ``p`` of the distinct values among those that are known; how many
distinct values there are, ecology's richness, is ``n_unique``.
"""

from __future__ import annotations

import math

import polars as pl
from attrs import frozen

from eventflow.blueprint import Parity, close
from eventflow_features.aggregates.base import ordered
from eventflow_features.aggregates.lists import Kept

_SEVERAL = 2


@frozen(kw_only=True)
class Diversity(Kept):
    """A number made of how often each value occurs; subclasses say how.

    Float64; null when there are no values. Close(1e-9). Partials keep the values.
    """

    def of_times(self, times: pl.Expr) -> pl.Expr:
        """Return the number, given how often each distinct value occurs (Float64, 1 or more)."""
        raise NotImplementedError

    def parity(self, dtype: pl.DataType) -> Parity:
        """Close: a sum of products."""
        del dtype
        return close()

    def direct(self, dtype: pl.DataType) -> pl.Expr | None:
        """Count by hashing: a third of the time that sorting takes."""
        del dtype
        times = self.values().drop_nulls().unique_counts().cast(pl.Float64)
        return pl.when(times.len() > 0).then(self.of_times(times))

    def finish(self) -> pl.Expr:
        """Count by sorting, as `list.eval` can."""
        times = pl.element().sort().rle().struct.field("len").cast(pl.Float64)
        found = self.kept().list.eval(self.of_times(times)).list.first()
        return pl.when(self.kept().list.len() > 0).then(found).alias(self.name)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Float64 for values that have an order."""
        return pl.Float64() if ordered(dtype) else None


@frozen(kw_only=True)
class Entropy(Diversity):
    """Shannon entropy of the shares, ``-sum(p * log p)``; 0 when all values are alike.

    After Shannon, "A Mathematical Theory of Communication" (1948). As SciPy's ``entropy``; nulls
    and parity as for `Diversity`.

    Attributes:
        base: Base of the logarithm: 2 for bits; e, for nats, unless given.
    """

    base: float = math.e

    def of_times(self, times: pl.Expr) -> pl.Expr:
        """Add up what each value would surprise; what is below 0 is a zero's sign."""
        share = times / times.sum()
        return (share * -share.log(self.base)).sum().abs()


@frozen(kw_only=True)
class Simpson(Diversity):
    """Simpson's index, ``sum(p²)``: how likely two draws, with replacement, are the same value.

    From 1 / richness, when all values are as frequent, to 1, when all are alike. Also the
    Herfindahl-Hirschman index of concentration. After Simpson, "Measurement of Diversity" (1949);
    scikit-bio's ``dominance``. Nulls and parity as for `Diversity`.
    """

    def of_times(self, times: pl.Expr) -> pl.Expr:
        """Add up squares; counts are exact as long as they are below 2**26."""
        return (times * times).sum() / (times.sum() * times.sum())


@frozen(kw_only=True)
class GiniSimpson(Simpson):
    """How likely two draws, with replacement, are different values: ``1 - sum(p²)``.

    0 when all values are alike. scikit-bio's ``simpson``. Nulls and parity as for `Diversity`.
    """

    def of_times(self, times: pl.Expr) -> pl.Expr:
        """Take the rest."""
        return 1 - super().of_times(times)


@frozen(kw_only=True)
class Evenness(Diversity):
    """Pielou's evenness, the entropy over the largest that as many values can have.

    ``entropy / ln(richness)``: 1 when all values are as frequent; null with fewer than two distinct
    ones. After Pielou, "The Measurement of Diversity in Different Types of Biological Collections"
    (1966); scikit-bio's ``pielou_e``. Parity as for `Diversity`.
    """

    def of_times(self, times: pl.Expr) -> pl.Expr:
        """Divide by the entropy of equal shares."""
        entropy = Entropy(name=self.name, of=self.of).of_times(times)
        richness = times.len()
        even = entropy / richness.cast(pl.Float64).log()
        return pl.when(richness >= _SEVERAL).then(even.clip(upper_bound=1))
