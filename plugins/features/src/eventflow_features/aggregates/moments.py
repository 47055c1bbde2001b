"""Mean, variance and standard deviation."""

from __future__ import annotations

from typing import ClassVar

import polars as pl
from attrs import frozen

from eventflow.blueprint import Parity, close
from eventflow_features.aggregates.base import Named, adds
from eventflow_features.aggregates.folds import Count, Sum


@frozen(kw_only=True)
class Moment(Named):
    """A Float64 made of several partial columns."""

    def parity(self, dtype: pl.DataType) -> Parity:
        """Close: rounding depends on the order of addition."""
        del dtype
        return close()

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Float64 for numbers and booleans."""
        return pl.Float64() if adds(dtype) else None

    @property
    def _count(self) -> Count:
        return Count(name=self.name, of=self.of)


@frozen(kw_only=True)
class Mean(Moment):
    """Arithmetic mean, sum / count. Float64; null when there are no values. Close(1e-9).

    Integers are added as `Sum` adds them; where 64 bits may not hold their sum, the planner takes
    `CheckedMean`.
    """

    additive: ClassVar[bool] = True

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Add and count."""
        return {**self._sum.partial(dtype), **self._count.partial(dtype)}

    def merge(self) -> dict[str, pl.Expr]:
        """Add both."""
        return {**self._sum.merge(), **self._count.merge()}

    def finish(self) -> pl.Expr:
        """Divide; 0 / 0 is null, not NaN."""
        count = pl.col(self.part("count"))
        total = pl.col(self.part("sum")).cast(pl.Float64)
        return pl.when(count > 0).then(total / count).alias(self.name)

    @property
    def _sum(self) -> Sum:
        return Sum(name=self.name, of=self.of)


@frozen(kw_only=True)
class Variance(Moment):
    """Sample variance, ``sum((x - mean)**2) / (n - ddof)``.

    Float64; null when there are not more than `ddof` values. Partials hold count, mean and the sum
    of squared deviations, merged after Chan, Golub & LeVeque, "Updating Formulae and a Pairwise
    Algorithm for Computing Sample Variances" (1979), which does not cancel as sums of squares do.
    Close(1e-9), relative to the larger of the variance and the rounding of ``mean**2``.

    Merging leaves Polars' streaming engine (an aggregate of an aggregate); it holds the partials,
    never the rows.

    Attributes:
        ddof: Delta degrees of freedom: 1 (the default) for a sample, 0 for a whole population.
    """

    ddof: int = 1

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Count, average, and sum squared deviations."""
        values = self.of.values().cast(pl.Float64)
        return {
            **self._count.partial(dtype),
            self.part("mean"): values.mean(),
            self.part("squares"): values.var(ddof=0) * values.count(),
        }

    def merge(self) -> dict[str, pl.Expr]:
        """Merge after Chan; parts without values have a null mean and take no part."""
        count, mean = pl.col(self.part("count")), pl.col(self.part("mean"))
        squares, total = pl.col(self.part("squares")), count.sum()
        common = pl.when(total > 0).then((count * mean).sum() / total)
        apart = (count * (mean - common).pow(2)).sum()
        return {
            **self._count.merge(),
            self.part("mean"): common,
            self.part("squares"): pl.when(total > 0).then(squares.sum() + apart),
        }

    def finish(self) -> pl.Expr:
        """Divide by the degrees of freedom."""
        free = pl.col(self.part("count")) - self.ddof
        return pl.when(free > 0).then(pl.col(self.part("squares")) / free).alias(self.name)


@frozen(kw_only=True)
class StandardDeviation(Variance):
    """Square root of the sample variance; nulls, parity and source as for `Variance`."""

    def finish(self) -> pl.Expr:
        """Take the root."""
        return super().finish().sqrt().alias(self.name)
