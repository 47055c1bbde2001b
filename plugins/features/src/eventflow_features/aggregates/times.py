"""Aggregates of when things happened: time since the last, gaps between them."""

from __future__ import annotations

from typing import ClassVar

import polars as pl
from attrs import field, frozen

from eventflow.blueprint import EXACT, Parity, close
from eventflow_features.aggregates.base import Named
from eventflow_features.aggregates.lists import Kept, known

_DAY_US = 86_400e6


@frozen(kw_only=True)
class Timed(Named):
    """A number of days, of rows whose value is known; of all rows where no value is named."""

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Float64, whatever the values."""
        del dtype
        return pl.Float64()


@frozen(kw_only=True)
class TimeSince(Timed):
    """Days of 24 hours from the latest row to the moment. Float64; null without rows. Exact.

    Attributes:
        elapsed: Duration from each row to the moment; None for merging and finishing.
    """

    additive: ClassVar[bool] = True
    elapsed: pl.Expr | None = field(default=None, eq=False)

    def parity(self, dtype: pl.DataType) -> Parity:
        """Exact."""
        del dtype
        return EXACT

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Keep the shortest."""
        del dtype
        since = pl.lit(None, pl.Duration("us")) if self.elapsed is None else self.elapsed
        shortest = pl.when(known(self.of)).then(since.dt.total_microseconds()).min()
        return {self.part("since"): shortest}

    def merge(self) -> dict[str, pl.Expr]:
        """Keep the shortest."""
        return {self.part("since"): pl.col(self.part("since")).min()}

    def finish(self) -> pl.Expr:
        """Turn into days."""
        return _days(pl.col(self.part("since"))).alias(self.name)


@frozen(kw_only=True)
class GapMean(Timed):
    """Mean of the gaps between one row and the next, in days of 24 hours: the span over n - 1.

    Float64; null with fewer than two rows; rows of one time are 0 apart. Exact.

    Attributes:
        time: Column of the time; rows without one are passed over.
    """

    timed: ClassVar[bool] = True
    time: str

    def parity(self, dtype: pl.DataType) -> Parity:
        """Exact."""
        del dtype
        return EXACT

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Count, and keep the ends."""
        del dtype
        at = pl.when(known(self.of)).then(pl.col(self.time).dt.timestamp("us"))
        made = {"n": at.count().cast(pl.Int64), "earliest": at.min(), "latest": at.max()}
        return {self._part(what): e for what, e in made.items()}

    def merge(self) -> dict[str, pl.Expr]:
        """Add, and keep the ends."""
        n, earliest, latest = (self._part(what) for what in ("n", "earliest", "latest"))
        return {
            n: pl.col(n).sum(),
            earliest: pl.col(earliest).min(),
            latest: pl.col(latest).max(),
        }

    def finish(self) -> pl.Expr:
        """Divide the span by the number of gaps."""
        gaps = pl.col(self._part("n")) - 1
        span = _days(pl.col(self._part("latest")) - pl.col(self._part("earliest")))
        return pl.when(gaps > 0).then(span / gaps).alias(self.name)

    def _part(self, what: str) -> str:
        return f"{self.part(what)} in {self.time}"


@frozen(kw_only=True)
class GapVariation(Kept):
    """Coefficient of variation of the gaps between one row and the next: deviation over mean.

    The deviation is that of a sample (ddof 1). Float64; null with fewer than three rows, or when
    all have one time. Close(1e-9). Keeps the times: memory grows with the number of rows.

    Attributes:
        time: Column of the time; rows without one are passed over.
    """

    timed: ClassVar[bool] = True
    time: str

    def part(self, what: str) -> str:
        """Return the name of a partial column, which holds times."""
        return f"{what}({self.of.label}) in {self.time}"

    def parity(self, dtype: pl.DataType) -> Parity:
        """Close: rounding of a root."""
        del dtype
        return close()

    def values(self) -> pl.Expr:
        """Return the times."""
        return pl.when(known(self.of)).then(pl.col(self.time).dt.timestamp("us"))

    def finish(self) -> pl.Expr:
        """Sort, subtract, and divide the deviation of the gaps by their mean."""
        gaps = pl.element().sort().diff().drop_nulls().cast(pl.Float64)
        found = self.kept().list.eval(gaps.std() / gaps.mean()).list.first()
        varies = self.kept().list.max() > self.kept().list.min()
        enough = self.kept().list.len() > 2  # noqa: PLR2004 - two gaps have three ends
        return pl.when(enough & varies).then(found).alias(self.name)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Float64, whatever the values."""
        del dtype
        return pl.Float64()


def _days(microseconds: pl.Expr) -> pl.Expr:
    """Turn a length into days, rounded once.

    Where Polars 2.1 divides a column by one number it multiplies by the reciprocal, but it divides
    where both have one row: the last digit then depends on how many rows there are. A column it
    always divides by.
    """
    length = microseconds.cast(pl.Float64)
    return length / (length * 0 + _DAY_US)
