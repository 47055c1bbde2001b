"""Key and time as one integer: in its order, rows of one key stand together, the earliest first.

To sort by one integer, and to search in it, takes a fraction of what key and time take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import polars as pl
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

CODE = "__eventflow_code"
"""Hidden column: key and time as one integer, as a `Packing` makes it."""

SERIES = "__eventflow_series"
"""Hidden column: the key as a number."""

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_AS_THEY_ARE = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.Date)


def numbered(
    events: pl.LazyFrame, context: pl.LazyFrame, *, by: Sequence[str]
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Return both sides with `SERIES`; the context without rows of no key.

    Whole numbers and dates are their own number; other keys get their place among the sorted keys
    of the context, so that what was in order stays so.

    Args:
        events: Rows with a key; one that is null, or that the context lacks, has no number.
        context: Rows with the same columns of the key, of the same dtypes.
        by: Columns of the key; none: all rows are one series.
    """
    if not by:
        zero = pl.lit(0, pl.Int64).alias(SERIES)
        return events.with_columns(zero), context.with_columns(zero)
    known = context.filter(pl.col(name).is_not_null() for name in by)
    dtypes = events.collect_schema()
    if len(by) == 1 and dtypes[by[0]] in _AS_THEY_ARE:
        number = pl.col(by[0]).to_physical().cast(pl.Int64).alias(SERIES)
        return events.with_columns(number), known.with_columns(number)
    # Each side works the numbers out anew, and rows have no order: that of the keys counts.
    numbers = known.select(by).unique().sort(by).with_row_index(SERIES)
    numbers = numbers.with_columns(pl.col(SERIES).cast(pl.Int64))
    return (
        events.join(numbers, on=by, how="left", maintain_order="left"),
        known.join(numbers, on=by, how="left", maintain_order="left"),
    )


@frozen(kw_only=True)
class Packing:
    """How `SERIES` and an instant become one integer: in 64 bits if they fit, else in 128.

    Attributes:
        series: The lowest and the highest number that has a place; the integer of others is null.
        base: What is taken off the number.
        ticks: The first and the last instant that has a place; others get the nearer of them.
        bits: How many bits the instant takes; the number is above them.
        dtype: That of the integer.
    """

    series: tuple[int, int]
    base: int
    ticks: tuple[int, int]
    bits: int
    dtype: type[pl.Int64 | pl.Int128]

    @classmethod
    def of(cls, rows: pl.DataFrame, times: Sequence[str]) -> Self:
        """Take the least room that rows need, and an instant before and after theirs.

        Args:
            rows: Rows with `SERIES`, not null.
            times: Columns of instants in one unit.
        """
        low, high = _range(rows, [SERIES])
        first, last = _range(rows, times)
        first, last = first - 1, last + 1
        bits = (last - first).bit_length()
        roomy = (high - low).bit_length() + bits > 63  # noqa: PLR2004 - and the sign
        if roomy or first < _LOWEST or last > _HIGHEST:
            every = (_LOWEST, _HIGHEST)
            return cls(series=every, base=0, ticks=every, bits=64, dtype=pl.Int128)
        return cls(series=(low, high), base=low, ticks=(first, last), bits=bits, dtype=pl.Int64)

    def code(self, time: str) -> pl.Expr:
        """Return the integer of `SERIES` and a column of instants; null where one of them is."""
        first, last = self.ticks
        ticks = pl.col(time).to_physical().clip(first, last).cast(self.dtype) - first
        number = pl.col(SERIES).cast(self.dtype) - self.base
        code = number * 2**self.bits + ticks
        return pl.when(pl.col(SERIES).is_between(*self.series)).then(code)

    def same_series(self, code: pl.Expr, other: pl.Expr) -> pl.Expr:
        """Return whether two integers are of one key; null where one of them is null."""
        return (code ^ other).is_between(0, 2**self.bits - 1)

    def instant(self, code: pl.Expr, dtype: pl.DataType) -> pl.Expr:
        """Return the instant of an integer, as a column of this dtype."""
        low = pl.lit(2**self.bits - 1, self.dtype)
        ticks = (code & low) + pl.lit(self.ticks[0], self.dtype)
        return ticks.cast(pl.Int64).cast(dtype)


def in_order(rows: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Return columns of rows in the order of `CODE`: as they came, if they are in it."""
    if rows[CODE].is_sorted():
        return rows.select(columns)
    order = rows[CODE].arg_sort()
    return pl.DataFrame([rows[name].rechunk().gather(order) for name in columns])


def _range(rows: pl.DataFrame, columns: Sequence[str]) -> tuple[int, int]:
    """Return the least and the greatest value; 0 for no rows."""
    ticks = rows.select(pl.col(columns).to_physical())
    found = [value for column in ticks for value in (column.min(), column.max())]
    known = [int(value) for value in found if isinstance(value, int)]
    return min(known, default=0), max(known, default=0)
