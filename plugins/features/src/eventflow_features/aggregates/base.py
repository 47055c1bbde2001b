"""What aggregates share: a name, a selection, and what dtypes can be added or ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl
from attrs import frozen

if TYPE_CHECKING:
    from eventflow.aggregate import Selection


@frozen(kw_only=True)
class Named:
    """What all aggregates have.

    Attributes:
        additive: Whether partials are merged by adding or comparing numbers, which streams and
            costs next to nothing.
        name: Column of the answer.
        of: The values it looks at.
    """

    additive: ClassVar[bool] = False
    name: str
    of: Selection

    def part(self, what: str) -> str:
        """Return the name of a partial column: what it holds, of which values."""
        return f"{what}({self.of.label})"

    def direct(self, dtype: pl.DataType) -> pl.Expr | None:
        """Nothing is cheaper than partial and finish, unless overridden."""
        del dtype
        return None


def adds(dtype: pl.DataType) -> bool:
    """Whether values of this dtype are numbers (booleans count as 0 and 1)."""
    return dtype.is_numeric() or dtype == pl.Boolean


def ordered(dtype: pl.DataType) -> bool:
    """Whether values of this dtype have an order."""
    return not (dtype.is_nested() or dtype in (pl.Object, pl.Categorical, pl.Null))


def wide(dtype: pl.DataType) -> pl.DataType:
    """Return the dtype in which values of this dtype are added."""
    if dtype.is_float():
        return pl.Float64()
    if dtype == pl.Boolean or (dtype.is_integer() and dtype not in (pl.UInt64, pl.Int128)):
        return pl.Int64()
    return dtype
