"""What can be wrong with time features, found before any data is read."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Self

from eventflow import columns
from eventflow.errors import EventflowError
from eventflow.schema import dtype_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

OWNER = f"eventflow-time {version('eventflow-time')}"


class UnknownHistoryError(EventflowError):
    """Neither the options nor the schema say whose events these are, or when they happened."""

    code = "EF330"

    @classmethod
    def by(cls) -> Self:
        """Nothing names the entity."""
        return cls.of(
            "by is not given, and the schema names no entity",
            owner=OWNER,
            key="by",
            fix="write by: COLUMN, schema: {entity: COLUMN}, or by: [] for one series",
        )

    @classmethod
    def time(cls) -> Self:
        """Nothing names the time."""
        return cls.of(
            "time is not given, and the schema names no timestamp",
            owner=OWNER,
            key="time",
            fix="write time: COLUMN on the step, or schema: {timestamp: COLUMN}",
        )


class UnfitColumnError(EventflowError):
    """A column's dtype does not fit what a time feature makes of it."""

    code = "EF331"

    @classmethod
    def of_time(cls, column: str, dtype: pl.DataType) -> Self:
        """The time is no time."""
        return cls.of(
            f'the time "{column}" is {dtype_name(dtype)}, not a date or datetime',
            owner=OWNER,
            key="time",
            fix=f"cast it first: {{use: cast, columns: {{{column}: datetime}}}}",
        )

    @classmethod
    def of_value(cls, column: str, dtype: pl.DataType, need: str, *, key: str = "columns") -> Self:
        """The values cannot be computed with."""
        return cls.of(
            f'the column "{column}" is {dtype_name(dtype)}, but this needs {need}',
            owner=OWNER,
            key=key,
            fix=f'cast "{column}" first, or name another column',
        )

    @classmethod
    def of_constant(cls, column: str, dtype: pl.DataType, value: object) -> Self:
        """The column cannot hold a value as it is."""
        return cls.of(
            f'the column "{column}" is {dtype_name(dtype)}, which cannot hold {value}',
            owner=OWNER,
            key=f"columns.{column}",
            fix=f'give a value that fits, or cast "{column}" first',
        )

    @classmethod
    def of_length(cls, length: str, column: str, *, key: str) -> Self:
        """A date has no hours."""
        return cls.of(
            f'"{length}" is shorter than a day, but "{column}" holds dates',
            owner=OWNER,
            key=key,
            fix=f"write whole days, or cast {column} to datetime first",
        )


class ColumnTakenError(EventflowError):
    """A feature would have the name of a column that is there, or of another feature."""

    code = "EF332"

    @classmethod
    def twice(cls, names: Iterable[str], *, key: str) -> Self:
        """Two features would have one name."""
        shown = ", ".join(sorted(names))
        return cls.of(
            f"more than one new column would be called {shown}",
            owner=OWNER,
            key=key,
            fix="ask for each once, or give another name",
        )

    @classmethod
    def of_names(cls, names: Iterable[str], *, key: str) -> Self:
        """List the names."""
        shown = ", ".join(sorted(names))
        return cls.of(
            f"there is already a column {shown}",
            owner=OWNER,
            key=key,
            fix="give another name or prefix, or drop the column first",
        )


class UnknownSeriesError(EventflowError):
    """Nothing says whose facts the rows of context are."""

    code = "EF333"

    @classmethod
    def of_context(cls, context: str) -> Self:
        """Neither the options nor the schema of the context name a key."""
        return cls.of(
            f"by is not given, and {context} names no key",
            owner=OWNER,
            key="join.by",
            fix="write by: COLUMN, by: {COLUMN_OF_EVENTS: COLUMN_OF_CONTEXT}, or by: [] where"
            " the context is one series for all events",
        )


class UnknownEndError(EventflowError):
    """Nothing says until when the rows of context hold."""

    code = "EF334"

    @classmethod
    def of_context(cls, context: str) -> Self:
        """Neither the options nor the schema of the context name the end."""
        return cls.of(
            f"until is not given, and {context} says of no column when its rows end",
            owner=OWNER,
            key="join.until",
            fix="write until: COLUMN, or use the join asof where facts hold until the next",
        )


class OverlapError(EventflowError):
    """Several rows of context hold for one key at one time: found while rows are read."""

    code = "EF335"

    @classmethod
    def of_rows(cls, context: str, number: int, example: str) -> Self:
        """Say how many overlap with the one before, and give an example."""
        return cls.of(
            f"{number} rows of {context} begin before the one before them of the same"
            " key has ended",
            owner=OWNER,
            key="join.overlaps",
            detail=(f"for example {example}",),
            fix="mend until, name all columns of the key in by, or write overlaps: latest",
        )


def require_columns(names: Iterable[str], found: Mapping[str, pl.DataType], *, key: str) -> None:
    """Check that columns exist.

    Raises:
        SchemaError: With one problem (EF301) for each that does not, and the nearest name.
    """
    columns.require_columns(names, found, key=key, owner=OWNER)


def require_free(names: Iterable[str], found: Mapping[str, pl.DataType], *, key: str) -> None:
    """Check that features replace neither columns nor one another.

    Raises:
        ColumnTakenError: They would.
    """
    names = list(names)
    if twice := {name for name in names if names.count(name) > 1}:
        raise ColumnTakenError.twice(twice, key=key)
    if taken := sorted(set(names) & set(found)):
        raise ColumnTakenError.of_names(taken, key=key)
