"""Aggregates of two values of each row: ratio, covariance, correlation, trend over time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import polars as pl
from attrs import frozen

from eventflow_features.aggregates.moments import Moment

_DAY_US = 86_400e6
_ROUNDING = 1e-12


@frozen(kw_only=True)
class Ratio(Moment):
    """Sum of the values over the sum of another column, of rows where both are known.

    Float64; null when there are none, or when the divisor is 0. Close(1e-9).

    Attributes:
        other: Column of the divisor.
    """

    additive: ClassVar[bool] = True
    other: str

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Add both."""
        del dtype
        above, below = both(self, pl.col(self.other))
        return {self._part("above"): above.sum(), self._part("below"): below.sum()}

    def merge(self) -> dict[str, pl.Expr]:
        """Add."""
        return {self._part(p): pl.col(self._part(p)).sum() for p in ("above", "below")}

    def finish(self) -> pl.Expr:
        """Divide."""
        above, below = pl.col(self._part("above")), pl.col(self._part("below"))
        return pl.when(below != 0).then(above / below).alias(self.name)

    def _part(self, what: str) -> str:
        return f"{self.part(what)} by {self.other}"


@frozen(kw_only=True)
class Comoment(Moment, ABC):
    """Partials of two centred values, merged as those of a variance.

    After Chan, Golub & LeVeque (1979), for products as Pébay, "Formulas for Robust, One-Pass
    Parallel Computation of Covariances and Arbitrary-Order Statistical Moments" (2008).
    """

    parts: ClassVar[tuple[str, ...]] = ("n", "mean_x", "mean_y", "xx", "xy", "yy")

    @abstractmethod
    def x(self) -> pl.Expr:
        """Return the other value."""

    @abstractmethod
    def told(self) -> str:
        """Return what names the other value in partial columns."""

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Count, average, and sum products of deviations, of rows where both are known."""
        del dtype
        y, x = both(self, self.x())
        from_x, from_y = x - x.mean(), y - y.mean()
        made = (
            x.count().cast(pl.Int64), x.mean(), y.mean(),
            (from_x * from_x).sum(), (from_x * from_y).sum(), (from_y * from_y).sum(),
        )  # fmt: skip
        return {self._part(p): e for p, e in zip(self.parts, made, strict=True)}

    def merge(self) -> dict[str, pl.Expr]:
        """Merge; parts without values have null means and take no part."""
        n, mean_x, mean_y, xx, xy, yy = (pl.col(self._part(p)) for p in self.parts)
        total = n.sum()
        common_x = pl.when(total > 0).then((n * mean_x).sum() / total)
        common_y = pl.when(total > 0).then((n * mean_y).sum() / total)
        from_x, from_y = mean_x - common_x, mean_y - common_y
        made = (
            total, common_x, common_y,
            xx.sum() + (n * from_x * from_x).sum(),
            xy.sum() + (n * from_x * from_y).sum(),
            yy.sum() + (n * from_y * from_y).sum(),
        )  # fmt: skip
        return {self._part(p): e for p, e in zip(self.parts, made, strict=True)}

    def got(self, what: str) -> pl.Expr:
        """Return a partial column."""
        return pl.col(self._part(what))

    def varies(self, side: str) -> pl.Expr:
        """Return whether the deviations of one side are more than rounding."""
        deviations = self.got(side * 2)
        return deviations > self.got("n") * (self.got(f"mean_{side}") * _ROUNDING).pow(2)

    def _part(self, what: str) -> str:
        return f"{self.part(what)} with {self.told()}"


@frozen(kw_only=True)
class Covariance(Comoment):
    """Sample covariance with another column, of rows where both are known.

    Float64; null when there are not more than `ddof` such rows. Close(1e-9), relative to the larger
    of the covariance and the rounding of the product of the means.

    Attributes:
        other: The other column.
        ddof: Delta degrees of freedom: 1 (the default) for a sample, 0 for a whole population.
    """

    other: str
    ddof: int = 1

    def x(self) -> pl.Expr:
        """Return the other column."""
        return pl.col(self.other)

    def told(self) -> str:
        """Return the other column's name."""
        return self.other

    def finish(self) -> pl.Expr:
        """Divide by the degrees of freedom."""
        free = self.got("n") - self.ddof
        return pl.when(free > 0).then(self.got("xy") / free).alias(self.name)


@frozen(kw_only=True)
class Correlation(Covariance):
    """Pearson's correlation with another column, of rows where both are known.

    Float64 in [-1, 1]; null with fewer than two such rows, or where either does not vary by more
    than its rounding (a relative 1e-12).
    Close(1e-9).
    """

    def finish(self) -> pl.Expr:
        """Divide by both deviations."""
        apart = self.got("xx").sqrt() * self.got("yy").sqrt()
        found = (self.got("xy") / apart).clip(-1, 1)
        varies = self.varies("x") & self.varies("y")
        return pl.when((self.got("n") > 1) & varies).then(found).alias(self.name)


@frozen(kw_only=True)
class Trend(Comoment):
    """Slope of the least-squares line of the values over time, in units of the value per day.

    A day is 24 hours. Float64; null with fewer than two values, or when all have one time
    (to about two milliseconds). Close(1e-9).

    Attributes:
        time: Column of the time; rows without one are passed over.
    """

    timed: ClassVar[bool] = True
    time: str

    def x(self) -> pl.Expr:
        """Return the time in days since 1970."""
        return pl.col(self.time).dt.timestamp("us") / _DAY_US

    def told(self) -> str:
        """Return the name of the time's column."""
        return self.time

    def finish(self) -> pl.Expr:
        """Divide the common deviations by those of time."""
        xx = self.got("xx")
        slope = self.got("xy") / xx
        return pl.when((self.got("n") > 1) & self.varies("x")).then(slope).alias(self.name)


def both(made: Moment, other: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Return the values and the others as Float64, null on rows where either is unknown."""
    known = made.of.value.is_not_null() & other.is_not_null()
    where = known if made.of.where is None else made.of.where & known
    return (
        pl.when(where).then(made.of.value.cast(pl.Float64)),
        pl.when(where).then(other.cast(pl.Float64)),
    )
