"""Keys: groups and tile packed into one small integer, and the entity with them where it fits."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eventflow_features.groups import Value, Values
    from eventflow_features.planner.slots import Grouping

_COMPARED = 4
"""Up to so many values are told apart by comparing; more by a dictionary (an Enum)."""

_KEY = "__key"
_CODE = "__code"
_BITS_31, _BITS_32 = 2**31, 2**32
_NARROW = (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32)


def digit(column: str) -> str:
    """Return the name of a category column's code, which no key column shares."""
    return f"__code {column}"


@frozen
class Codes:
    """Small integers for the values of category columns; the last stands for every other value.

    Attributes:
        values: Column → the values that have a code of their own.
    """

    values: dict[str, tuple[Value, ...]]

    @classmethod
    def of(cls, groupings: Iterable[Grouping]) -> Codes:
        """Return codes that tell the groups apart; their values must be typed."""
        found: dict[str, dict[Value, None]] = {}
        for grouping in groupings:
            told = {column: found.setdefault(column, {}) for column in grouping.columns}
            for group in grouping.groups:
                if group is not None:
                    for values in (group.values, *group.others):
                        for column, value in zip(group.columns, values, strict=False):
                            told[column][value] = None
        return cls({column: tuple(values) for column, values in found.items()})

    def sizes(self) -> dict[str, int]:
        """Return the name of each column's code → number of its codes."""
        return {digit(column): self.size(column) for column in self.values}

    def size(self, column: str) -> int:
        """Return the number of codes of a column."""
        return len(self.values[column]) + 1

    def exprs(self, found: Mapping[str, pl.DataType]) -> dict[str, pl.Expr]:
        """Return the name of each column's code → the code, of rows with these columns."""
        return {digit(c): _code(c, values, found[c]) for c, values in self.values.items()}

    def joined(self, columns: Sequence[str], values: Values) -> int:
        """Return the codes of values as one number, the code of the last column counting by one."""
        number = 0
        for column, value in zip(columns, values, strict=True):
            number = number * self.size(column) + self.values[column].index(value)
        return number


@frozen
class Packing:
    """Digits of a mixed-radix number, and how an integer key joins them.

    Attributes:
        by: Key columns and their dtypes.
        sizes: Digit → how many values it has.
    """

    by: dict[str, pl.DataType]
    sizes: dict[str, int]

    @property
    def packed(self) -> bool:
        """Whether an integer of 64 bits holds entity and code, whatever the entity.

        One key of 64 bits is faster to group by than entity and code, one of 128 bits slower.
        """
        [first, *more] = self.by.values()
        return not more and self.size < _BITS_31 and first in _NARROW

    def keys(self, digits: Mapping[str, pl.Expr]) -> list[pl.Expr]:
        """Return what to group by."""
        small = pl.UInt32 if self.size < _BITS_32 else pl.Int64
        code: pl.Expr = pl.lit(0, small)
        for name, size in self.sizes.items():
            code = code * pl.lit(size, small) + digits[name].cast(small)
        if not self.packed:
            return [*map(pl.col, self.by), code.alias(_CODE)]
        [column] = self.by
        entity = pl.col(column).cast(pl.Int64) * self.size
        return [(entity + code.cast(pl.Int64)).alias(_KEY)]

    def unpacked(self, grouped: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
        """Return entity columns, digits (UInt32) and the columns of these names."""
        if self.packed:
            [(column, dtype)] = self.by.items()
            entity = (pl.col(_KEY) // self.size).cast(dtype).alias(column)
            code = (pl.col(_KEY) % self.size).alias(_CODE)
            grouped = grouped.select(entity, code, *names)
        digits, rest = [], pl.col(_CODE)
        for name, size in reversed(self.sizes.items()):
            digits.append((rest % size).cast(pl.UInt32).alias(name))
            rest //= size
        return grouped.select(*self.by, *digits, *names)

    @property
    def size(self) -> int:
        """Number of codes."""
        return prod(self.sizes.values())


def _code(column: str, values: Sequence[Value], dtype: pl.DataType) -> pl.Expr:
    other = pl.lit(len(values), pl.UInt32)
    if len(values) > _COMPARED and dtype == pl.String:
        known = pl.Enum([str(value) for value in values])
        return (
            pl.col(column).cast(known, strict=False).to_physical().cast(pl.UInt32).fill_null(other)
        )
    if len(values) > _COMPARED and dtype.is_integer():
        numbers = {value: i for i, value in enumerate(values)}
        return pl.col(column).replace_strict(numbers, default=other, return_dtype=pl.UInt32)
    found: pl.Expr = other
    for i, value in enumerate(values):
        found = pl.when(pl.col(column) == value).then(pl.lit(i, pl.UInt32)).otherwise(found)
    return found
