"""How many kinds of values there are, and how evenly: entropy, Simpson's index, evenness.

Each is a function of the shares ``p`` of the distinct values among those that are known; how many
distinct values there are, ecology's richness, is ``n_unique``.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import polars as pl
from attrs import frozen

from eventflow.blueprint import Parity, close
from eventflow_features.aggregates.base import ordered
from eventflow_features.aggregates.lists import Kept

_SEVERAL = 2


@frozen(kw_only=True)
class Diversity(Kept, ABC):
    """A number made of how often each distinct value occurs; subclasses say how.

    Float64; null when there are no values. Close(1e-9). Partials keep the values; where the rows
    are not split, the masked form counts them instead.
    """

    @abstractmethod
    def of_times(self, times: pl.Expr) -> pl.Expr:
        """Return the number, folded from how often values occur.

        Args:
            times: Float64 above 0, one for each distinct value; nulls are passed over.
        """

    def parity(self, dtype: pl.DataType) -> Parity:
        """Close: a sum of products."""
        del dtype
        return close()

    def finish(self) -> pl.Expr:
        """Count by sorting, as `list.eval` can."""
        times = pl.element().sort().rle().struct.field("len").cast(pl.Float64)
        return self.kept().list.eval(self.of_times(times)).list.first().alias(self.name)

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
        """Turn into the base."""
        return _entropy(times) / math.log(self.base)


@frozen(kw_only=True)
class Simpson(Diversity):
    """Simpson's index, ``sum(p²)``: how likely two draws, with replacement, are the same value.

    From 1 / richness, when all values are as frequent, to 1, when all are alike. Also the
    Herfindahl-Hirschman index of concentration. After Simpson, "Measurement of Diversity" (1949);
    scikit-bio's ``dominance``. Nulls and parity as for `Diversity`.
    """

    def of_times(self, times: pl.Expr) -> pl.Expr:
        """Add up squares."""
        return _if_any(times, (times * times).sum() / (times.sum() * times.sum()))


@frozen(kw_only=True)
class GiniSimpson(Diversity):
    """How likely two draws, with replacement, are different values: ``1 - sum(p²)``.

    0 when all values are alike. scikit-bio's ``simpson``. Nulls and parity as for `Diversity`.
    """

    def of_times(self, times: pl.Expr) -> pl.Expr:
        """Count the pairs that differ: of whole numbers, so that it does not cancel."""
        pairs = times.sum() * times.sum()
        return _if_any(times, (pairs - (times * times).sum()) / pairs)


@frozen(kw_only=True)
class Evenness(Diversity):
    """Pielou's evenness, the entropy over the largest that as many values can have.

    ``entropy / ln(richness)``: 1 when all values are as frequent; null with fewer than two distinct
    ones. After Pielou, "The Measurement of Diversity in Different Types of Biological Collections"
    (1966); scikit-bio's ``pielou_e``. Parity as for `Diversity`.
    """

    def of_times(self, times: pl.Expr) -> pl.Expr:
        """Divide by the entropy of equal shares."""
        richness = times.count()
        even = _entropy(times) / richness.cast(pl.Float64).log()
        return pl.when(richness >= _SEVERAL).then(even.clip(upper_bound=1))


def _entropy(times: pl.Expr) -> pl.Expr:
    """Return the entropy in nats: ``-sum(p * ln p)``, with ``p = n / N`` put in.

    ``(N * ln N - sum(n * ln n)) / N`` needs no share of each row, so that it streams; it is 0 when
    there is one value, without rounding.
    """
    total = times.sum()
    return _if_any(times, (total * total.log() - (times * times.log()).sum()) / total)


def _if_any(times: pl.Expr, found: pl.Expr) -> pl.Expr:
    return pl.when(times.count() > 0).then(found)
