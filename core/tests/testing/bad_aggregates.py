"""Aggregates that break one law each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from contract_offenders import offender
from eventflow.blueprint import EXACT, Parity

if TYPE_CHECKING:
    from eventflow.aggregate import Selection


@attrs.frozen(kw_only=True)
class Count:
    """Number of values; 0 when there are none."""

    name: str
    of: Selection

    def part(self) -> str:
        return f"count({self.of.label})"

    def parity(self, dtype: pl.DataType) -> Parity:
        return EXACT

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        return {self.part(): self.of.values().count().cast(pl.Int64)}

    def merge(self) -> dict[str, pl.Expr]:
        return {self.part(): pl.col(self.part()).sum()}

    def finish(self) -> pl.Expr:
        return pl.col(self.part()).alias(self.name)

    def direct(self, dtype: pl.DataType) -> pl.Expr | None:
        return None

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        return pl.Int64()


class TakesNothing(Count):
    """Refuses every dtype."""

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        return None


class CountsParts(Count):
    """Takes the largest part for the whole."""

    def merge(self) -> dict[str, pl.Expr]:
        return {self.part(): pl.col(self.part()).max()}


class RoundsUp(Count):
    """Adds a little at every merge, which rounding hides once."""

    def merge(self) -> dict[str, pl.Expr]:
        return {self.part(): pl.col(self.part()).sum() + 0.6}

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        return {self.part(): self.of.values().count().cast(pl.Float64)}

    def finish(self) -> pl.Expr:
        return pl.col(self.part()).floor().cast(pl.Int64).alias(self.name)


class FirstLength(Count):
    """Length of the value that comes first."""

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        text = self.of.values().drop_nulls().cast(pl.String).str.len_chars()
        return {self.part(): text.first().fill_null(0).cast(pl.Int64)}

    def merge(self) -> dict[str, pl.Expr]:
        return {self.part(): pl.col(self.part()).first()}


class OtherShortcut(Count):
    """Counts rows where it is not split."""

    def direct(self, dtype: pl.DataType) -> pl.Expr | None:
        return pl.len().cast(pl.Int64)


class OtherDtype(Count):
    """Declares a float."""

    def dtype(self, dtype: pl.DataType) -> pl.DataType | None:
        return pl.Float64()


class OwnName(Count):
    """Names the answer itself."""

    def finish(self) -> pl.Expr:
        return pl.col(self.part()).alias("count")


class CountsNulls(Count):
    """Counts rows."""

    def partial(self, dtype: pl.DataType) -> dict[str, pl.Expr]:
        return {self.part(): self.of.rows().cast(pl.Int64)}


class OneName(Count):
    """Calls every partial the same."""

    def part(self) -> str:
        return "count"


class Changes(Count):
    """Can be renamed."""

    __setattr__ = object.__setattr__


GOOD = [offender(Count, kind="aggregate")]
BAD: list[Any] = [
    (law, offender(component, *also, kind="aggregate"))
    for law, component, *also in (
        ("aggregate-takes", TakesNothing),
        ("aggregate-split", CountsParts),
        ("aggregate-nesting", RoundsUp),
        ("aggregate-row-order", FirstLength, "aggregate-split"),
        ("aggregate-direct", OtherShortcut),
        ("aggregate-dtype", OtherDtype),
        ("aggregate-nulls", CountsNulls),
        ("aggregate-names", OneName),
        ("aggregate-values", Changes),
    )
]
