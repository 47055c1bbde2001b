"""Which columns a preparation step treats, and how: named, by family of dtypes, or all that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl
from attrs import frozen

from eventflow_features.errors import NameTakenError, require_columns
from eventflow_features.prepare.errors import UnsuitableColumnError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema

Family = Literal["integer", "float", "number", "text", "boolean", "time"]
"""Families of dtypes: ``number`` is integers, floats and decimals; ``text`` is strings, categories
and enums; ``time`` is dates, times and durations."""


@frozen
class Choice:
    """What a step's options say about columns.

    Attributes:
        default: Method of columns for which nothing else is said.
        columns: Column → method, or columns that get the default; None leaves the choice open.
        families: Family of dtypes → method, first match first.
        exclude: Columns left alone.
    """

    default: str
    columns: Mapping[str, str] | Sequence[str] | None = None
    families: Mapping[Family, str] | None = None
    exclude: Sequence[str] = ()

    def methods(self, frame: EventFrame, suits: Callable[[pl.DataType], bool]) -> dict[str, str]:
        """Return column → method, in the order of the frame.

        Named columns are treated whatever their dtype. When neither columns nor families are
        named, every column that suits is, but for those whose role is entity or timestamp.

        Args:
            frame: The events.
            suits: Whether a dtype is treated unasked.

        Raises:
            SchemaError: EF301, a named column does not exist.
        """
        found = frame.columns()
        named = self._named()
        require_columns(named, found, key="columns")
        keys = {frame.schema.entity, frame.schema.timestamp}
        out = {}
        for column, dtype in found.items():
            if column in self.exclude:
                continue
            if column in named:
                out[column] = named[column]
            elif column not in keys and (method := self._unnamed(dtype, suits)):
                out[column] = method
        return out

    def reads(self) -> frozenset[str] | None:
        """Return the columns that are named; None when the dtypes decide."""
        if self.columns is None or self.families:
            return None
        return frozenset(self.columns)

    def _named(self) -> dict[str, str]:
        if self.columns is None:
            return {}
        if isinstance(self.columns, dict):
            return dict(self.columns)
        return dict.fromkeys(self.columns, self.default)

    def _unnamed(self, dtype: pl.DataType, suits: Callable[[pl.DataType], bool]) -> str | None:
        if self.families:
            methods = (m for family, m in self.families.items() if family in families(dtype))
            return next(methods, None)
        return self.default if self.columns is None and suits(dtype) else None


def families(dtype: pl.DataType) -> frozenset[Family]:
    """Return the families a dtype belongs to."""
    out: set[Family] = set()
    if dtype.is_integer():
        out.add("integer")
    if dtype.is_float():
        out.add("float")
    if dtype.is_numeric():
        out.add("number")
    if is_text(dtype):
        out.add("text")
    if dtype == pl.Boolean:
        out.add("boolean")
    if dtype.is_temporal():
        out.add("time")
    return frozenset(out)


def is_text(dtype: pl.DataType) -> bool:
    """Whether values are text: strings, categories, enums."""
    return dtype in (pl.String, pl.Categorical, pl.Enum)


def is_quantity(dtype: pl.DataType) -> bool:
    """Whether values measure something; bytes (``u8``) are taken for codes and indicators."""
    return dtype.is_numeric() and dtype != pl.UInt8


def measured(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column's values as Float64, those that are not finite as null."""
    values = pl.col(column)
    if dtype.is_float():
        values = pl.when(values.is_finite()).then(values)
    return values.cast(pl.Float64)


def require_numbers(methods: Mapping[str, str], found: Mapping[str, pl.DataType]) -> None:
    """Check that every column is numeric.

    Raises:
        UnsuitableColumnError: EF340, one is not.
    """
    for column, method in methods.items():
        if not found[column].is_numeric():
            raise UnsuitableColumnError.of_method(
                column, found[column], method=method, wanted="numbers"
            )


def require_free(names: Iterable[str], taken: Iterable[str], *, key: str) -> None:
    """Check that new columns have names of their own.

    Raises:
        NameTakenError: EF322, a name is taken, or given twice.
    """
    new, old = list(names), set(taken)
    if twice := {name for name in new if name in old or new.count(name) > 1}:
        raise NameTakenError.twice(twice, key=key)


def rewritten(
    schema: EventSchema, changed: Iterable[str], *, gone: Iterable[str] = ()
) -> EventSchema:
    """Return a schema without the constraints of changed columns, and without the gone ones."""
    dropped, away = set(changed) | set(gone), set(gone)
    kept = {name: spec for name, spec in schema.columns.items() if name not in dropped}
    return schema.kept(schema.named() - away).with_columns(kept)
