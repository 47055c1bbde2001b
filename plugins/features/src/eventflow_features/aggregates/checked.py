"""Sums and means of 64-bit integers, which a sum may not fit."""

from __future__ import annotations

import polars as pl
from attrs import frozen

from eventflow_features.aggregates.folds import Sum
from eventflow_features.aggregates.moments import Mean

_HALF = 2.0**63


@frozen(kw_only=True)
class CheckedSum(Sum):
    """Sum of 64-bit integers or durations, which is right or an error, never what is left over.

    Besides the sum, which wraps around at 2**64, a float sum is kept: it rounds, but a sum that
    wrapped is further away from it than any rounding (of some 10**8 values near 2**63; of any
    number of smaller ones). What happens while adding is no matter, only what comes out. Nulls,
    parity and dtype as for `Sum`.

    Polars' ``InvalidOperationError`` says which sum does not fit, when it is computed.
    """

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Add, and add as floats."""
        values = self.of.values().to_physical().cast(pl.Float64)
        return {**super().partial(dtype), float_sum(self.of.label): values.sum()}

    def merge(self) -> dict[str, pl.Expr]:
        """Add both."""
        column = float_sum(self.of.label)
        return {**super().merge(), column: pl.col(column).sum()}

    def finish(self) -> pl.Expr:
        """Return the sum; a text that is no number stops the query where it does not fit."""
        wrong = (
            f"the sum of {self.of.label} does not fit 64 bits: "
            "cast the values to decimal(38,0) or f64 first"
        )
        told = pl.when(self.fits().not_()).then(pl.lit(wrong)).cast(pl.Int64)
        return pl.when(told.is_null()).then(pl.col(self.part(self.what))).alias(self.name)

    def fits(self) -> pl.Expr:
        """Return whether the sum did not wrap around."""
        apart = self._added() - pl.col(float_sum(self.of.label))
        return apart.abs() < _HALF

    def _added(self) -> pl.Expr:
        return pl.col(self.part(self.what)).to_physical().cast(pl.Float64)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Return the wide dtype of what needs to be checked."""
        return super().dtype(dtype) if overflows(dtype) else None


@frozen(kw_only=True)
class CheckedMean(Mean):
    """Mean of 64-bit integers: of their float sum where the sum does not fit 64 bits.

    Nulls, parity and dtype as for `Mean`.
    """

    def finish(self) -> pl.Expr:
        """Divide; 0 / 0 is null, not NaN."""
        count, floats = pl.col(self.part("count")), pl.col(float_sum(self.of.label))
        exact = pl.col(self.part("sum")).cast(pl.Float64)
        total = pl.when(self._sum.fits()).then(exact).otherwise(floats)
        return pl.when(count > 0).then(total / count).alias(self.name)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Float64 for what needs to be checked."""
        return super().dtype(dtype) if overflows(dtype) else None

    @property
    def _sum(self) -> CheckedSum:
        return CheckedSum(name=self.name, of=self.of)


def overflows(dtype: pl.DataType) -> bool:
    """Whether sums of few values of this dtype may not fit 64 bits."""
    return dtype in (pl.Int64, pl.UInt64) or isinstance(dtype, pl.Duration)


def float_sum(label: str) -> str:
    """Return the partial column that tells a checked sum from others."""
    return f"float sum({label})"


CHECKED: dict[type, type] = {Sum: CheckedSum, Mean: CheckedMean}
"""What is computed of values that `overflows`."""
