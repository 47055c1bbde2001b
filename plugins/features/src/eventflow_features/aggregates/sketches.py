"""Aggregates whose partial is a sketch: small, whatever the number of values, and nearly right."""

from __future__ import annotations

import math

import polars as pl
from attrs import frozen

from eventflow.blueprint import Parity
from eventflow_features.aggregates import kll
from eventflow_features.aggregates.base import Named, adds

_SCALE, _POWER = 2.296, 0.9723


@frozen(kw_only=True)
class ApproximateQuantile(Named):
    """A value whose rank is nearly the one asked for, by a KLL sketch.

    Float64; null when there are none; NaN counts as null. Of few values it is the exact quantile,
    the nearest of the values (Polars' ``nearest``, halves upwards); of many, one whose rank differs
    from `q` by at most `error` of their number, with 99 % confidence: `approx(error)`, and not the
    same one each time. As Karnin, Lang & Liberty, "Optimal Quantile Approximation in Streams"
    (2016).

    Over rows it is Polars' own sketch, which streams and holds no values. Partials are those of
    Apache DataSketches, which Polars has no counterpart of: Binary, some 5 kB at an error of 0.01,
    null without values. Making them calls Python once for each group, and holds the values of the
    rows that are folded at once.

    Attributes:
        q: Which, between 0 and 1.
        error: How far its rank may be off, as a share of the number of values.
    """

    q: float
    error: float = 0.01

    def parity(self, dtype: pl.DataType) -> Parity:
        """Approximate, in rank."""
        del dtype
        return Parity("approx", self.error)

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Sketch the values."""
        del dtype
        return {self._part(): self._sketch(self._values().implode(), kll.Sketched(self.k))}

    def merge(self) -> dict[str, pl.Expr]:
        """Merge the sketches."""
        parts = pl.col(self._part()).drop_nulls().implode()
        return {self._part(): self._sketch(parts, kll.Merged(self.k))}

    def finish(self) -> pl.Expr:
        """Ask the sketch."""
        found = pl.col(self._part()).map_batches(
            kll.Asked(self.q), return_dtype=pl.Float64, is_elementwise=True
        )
        return found.alias(self.name)

    def direct(self, dtype: pl.DataType) -> pl.Expr | None:
        """Let Polars sketch and ask at once. Its method is marked unstable, and used only here."""
        del dtype
        return self._values().approx_quantile(self.q, method="kll", error=self.error)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Float64 for numbers and booleans."""
        return pl.Float64() if adds(dtype) else None

    @property
    def k(self) -> int:
        """Size of sketches with this error, by the fit that DataSketches states for its own."""
        return math.ceil(math.pow(_SCALE / self.error, 1 / _POWER))

    def _values(self) -> pl.Expr:
        return self.of.values().cast(pl.Float64).fill_nan(None).drop_nulls()

    def _sketch(self, gathered: pl.Expr, made: kll.Sketched | kll.Merged) -> pl.Expr:
        return gathered.map_batches(made, return_dtype=pl.Binary, is_elementwise=True)

    def _part(self) -> str:
        return f"{self.part('kll')} of {self.k}"
