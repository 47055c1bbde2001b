"""How many kinds of values there are, and how evenly: entropy, Simpson's index, evenness.

Each is a function of the shares ``p`` of the distinct values among those that are known; how many
distinct values there are, ecology's richness, is ``n_unique``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.blueprint import Parity, close
from eventflow_features.aggregates.base import ordered
from eventflow_features.aggregates.lists import Kept

if TYPE_CHECKING:
    from collections.abc import Sequence

_SEVERAL = 2
_VALUE, _TIMES = "__eventflow_value", "__eventflow_times_{}"


@frozen(kw_only=True)
class Diversity(Kept):
    """A number made of the shares of the distinct values; subclasses say how.

    Float64; null when there are no values. Close(1e-9). Partials keep the values; where the rows
    are not split, `diversities` counts them instead.
    """

    def of_shares(self, shares: pl.Expr) -> pl.Expr:
        """Return the number; of shares above 0 that add up to 1, nulls are passed over."""
        raise NotImplementedError

    def parity(self, dtype: pl.DataType) -> Parity:
        """Close: a sum of products."""
        del dtype
        return close()

    def finish(self) -> pl.Expr:
        """Count by sorting, as `list.eval` can."""
        times = pl.element().sort().rle().struct.field("len").cast(pl.Float64)
        found = self.kept().list.eval(self.of_shares(times / times.sum())).list.first()
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

    def of_shares(self, shares: pl.Expr) -> pl.Expr:
        """Add up what each value would surprise; what is below 0 is a zero's sign."""
        return (shares * -shares.log(self.base)).sum().abs()


@frozen(kw_only=True)
class Simpson(Diversity):
    """Simpson's index, ``sum(p²)``: how likely two draws, with replacement, are the same value.

    From 1 / richness, when all values are as frequent, to 1, when all are alike. Also the
    Herfindahl-Hirschman index of concentration. After Simpson, "Measurement of Diversity" (1949);
    scikit-bio's ``dominance``. Nulls and parity as for `Diversity`.
    """

    def of_shares(self, shares: pl.Expr) -> pl.Expr:
        """Add up squares."""
        return (shares * shares).sum()


@frozen(kw_only=True)
class GiniSimpson(Diversity):
    """How likely two draws, with replacement, are different values: ``1 - sum(p²)``.

    0 when all values are alike. scikit-bio's ``simpson``. Nulls and parity as for `Diversity`.
    """

    def of_shares(self, shares: pl.Expr) -> pl.Expr:
        """Add up how likely each value is followed by another, which does not cancel."""
        return (shares * (1 - shares)).sum()


@frozen(kw_only=True)
class Evenness(Diversity):
    """Pielou's evenness, the entropy over the largest that as many values can have.

    ``entropy / ln(richness)``: 1 when all values are as frequent; null with fewer than two distinct
    ones. After Pielou, "The Measurement of Diversity in Different Types of Biological Collections"
    (1966); scikit-bio's ``pielou_e``. Parity as for `Diversity`.
    """

    def of_shares(self, shares: pl.Expr) -> pl.Expr:
        """Divide by the entropy of equal shares."""
        entropy, richness = (shares * -shares.log()).sum(), shares.count()
        even = entropy / richness.cast(pl.Float64).log()
        return pl.when(richness >= _SEVERAL).then(even.clip(upper_bound=1))


def diversities(
    rows: pl.LazyFrame, by: Sequence[str], aggregates: Sequence[Diversity]
) -> pl.LazyFrame:
    """Return one row per group with the answers of aggregates of one value.

    Values are counted in one streaming group-by over the rows; what follows sees the counts. A
    sixth of the time of lists where groups are small.

    Args:
        rows: The rows.
        by: Columns of the group.
        aggregates: They may differ in which rows they look at, not in the value.
    """
    counts = {_TIMES.format(i): a.of.rows() for i, a in enumerate(aggregates)}
    value = aggregates[0].of.value.alias(_VALUE)
    found = rows.group_by(*by, value).agg(e.alias(name) for name, e in counts.items())
    known = found.filter(pl.col(_VALUE).is_not_null())
    times = [pl.when(pl.col(name) > 0).then(name).cast(pl.Float64) for name in counts]
    shares = known.with_columns(
        (n / n.sum().over(by)).alias(name) for n, name in zip(times, counts, strict=True)
    )
    return shares.group_by(by).agg(
        pl.when(pl.col(name).count() > 0).then(a.of_shares(pl.col(name))).alias(a.name)
        for a, name in zip(aggregates, counts, strict=True)
    )
