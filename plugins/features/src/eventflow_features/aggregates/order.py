"""First and last value in time, with ties decided."""

from __future__ import annotations

from typing import ClassVar

import polars as pl
from attrs import frozen

from eventflow.blueprint import EXACT, Parity
from eventflow_features.aggregates.base import Named, ordered


@frozen(kw_only=True)
class Last(Named):
    """Value at the latest time. Null values are passed over: it is the last *known* value.

    dtype of the values; null when there are none. Exact: among equal times the largest tie-break
    decides, column by column, in the end the largest value; an empty tie-break counts as smallest.

    Attributes:
        time: Column of the time; rows without one are passed over.
        tie_break: Columns that decide between equal times.
    """

    timed: ClassVar[bool] = True
    time: str
    tie_break: tuple[str, ...] = ()

    def parity(self, dtype: pl.DataType) -> Parity:
        """Exact."""
        del dtype
        return EXACT

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        """Keep the value together with what decided for it."""
        del dtype
        kept = pl.struct([c.alias(f) for f, c in zip(self._fields(), self._columns(), strict=True)])
        return {self._part(): self._chosen(kept)}

    def direct(self, dtype: pl.DataType) -> pl.Expr | None:
        """Keep only the value: half the work when nothing is to be merged."""
        del dtype
        return self._chosen(self.of.value)

    def _chosen(self, kept: pl.Expr) -> pl.Expr:
        """Choose among the rows that count; the others have no time, which sorts them aside."""
        known = self.of.value.is_not_null() & pl.col(self.time).is_not_null()
        where = known if self.of.where is None else self.of.where & known
        time, *ties = self._columns()
        return self._choose(_mask(kept, where), [_mask(time, where), *ties])

    def _columns(self) -> list[pl.Expr]:
        return [pl.col(self.time), *(pl.col(c) for c in self.tie_break), self.of.value]

    def merge(self) -> dict[str, pl.Expr]:
        """Choose among the kept values in the same way."""
        kept = pl.col(self._part())
        return {self._part(): self._choose(kept, [kept.struct.field(f) for f in self._fields()])}

    def finish(self) -> pl.Expr:
        """Return the value."""
        return pl.col(self._part()).struct.field("value").alias(self.name)

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        """Return the dtype of the values, if they have an order."""
        return dtype if ordered(dtype) else None

    def _choose(self, kept: pl.Expr, keys: list[pl.Expr]) -> pl.Expr:
        return kept.sort_by(keys, nulls_last=False).last()

    def _part(self) -> str:
        order = ", ".join((self.time, *self.tie_break))
        return f"{self.part(type(self).__name__.lower())} by {order}"

    def _fields(self) -> list[str]:
        return ["time", *(f"tie_{i}" for i in range(len(self.tie_break))), "value"]


@frozen(kw_only=True)
class First(Last):
    """Value at the earliest time. Null values are passed over: it is the first *known* value.

    As `Last`, with the smallest tie-break and value; an empty tie-break counts as largest.
    """

    def _choose(self, kept: pl.Expr, keys: list[pl.Expr]) -> pl.Expr:
        return kept.sort_by(keys, nulls_last=True).first()


def _mask(value: pl.Expr, where: pl.Expr) -> pl.Expr:
    return pl.when(where).then(value)
