"""What can be wrong with feature steps, found before any data is read."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Self

from eventflow import columns
from eventflow.errors import EventflowError, Problem
from eventflow.schema import SchemaError, dtype_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    import polars as pl

OWNER = f"eventflow-features {version('eventflow-features')}"


def together(errors: Sequence[EventflowError]) -> EventflowError:
    """Return one error, of the first one's class, with the problems of all, each once.

    A fault that several windows of one aggregate share is one problem.
    """
    return type(errors[0])(*dict.fromkeys(p for e in errors for p in e.problems))


class ExpressionError(EventflowError):
    """An expression cannot be read, or does not fit the columns it names."""

    code = "EF320"

    @classmethod
    def unreadable(cls, text: str, why: str) -> Self:
        """The text is not an SQL expression."""
        return cls.of(
            f'cannot read the expression "{text}"',
            owner=OWNER,
            detail=(why.splitlines()[0],),
            fix="write an SQL expression over columns, for example: quantity * unit_price",
        )

    @classmethod
    def unfit(cls, text: str, why: str, *, key: str) -> Self:
        """The expression names columns that exist, but cannot be computed from them."""
        return cls.of(
            f'the expression "{text}" does not fit its columns',
            owner=OWNER,
            key=key,
            detail=(why.splitlines()[0],),
            fix="cast a column first, or change the expression",
        )

    @classmethod
    def unformatted(cls, text: str, formatted: str, *, key: str) -> Self:
        """The expression reads dates in text, and does not say how they are written."""
        return cls.of(
            f'the expression "{text}" reads dates or times in text without saying '
            "how they are written",
            owner=OWNER,
            key=key,
            detail=("the first value would decide, and so the order of the rows",),
            fix=f"write {formatted}, or add the step cast, which reads ISO 8601, before it",
        )

    @classmethod
    def without_unit(cls, column: str, found: pl.DataType, dtype: pl.DataType) -> Self:
        """A number does not say which time it stands for."""
        unit, whole = "d" if dtype_name(dtype) == "date" else "s", found.is_integer()
        tell = f"tell what it counts: formats: {{{column}: {unit}}}"
        return cls.of(
            f'"{column}" is {dtype_name(found)}, which does not say what {dtype_name(dtype)} it is',
            owner=OWNER,
            key=f"columns.{column}",
            fix=tell if whole else f"cast {column} to i64 first, then {tell}",
        )

    @classmethod
    def not_a_condition(cls, text: str, dtype: pl.DataType, *, key: str) -> Self:
        """A condition is not true or false."""
        return cls.of(
            f'the condition "{text}" gives {dtype_name(dtype)}, not true or false',
            owner=OWNER,
            key=key,
            fix="compare it with something, for example: quantity > 0",
        )

    @classmethod
    def not_row_wise(cls, text: str, *, key: str) -> Self:
        """The expression looks at more than the row it is computed for."""
        return cls.of(
            f'the expression "{text}" looks at more than one row',
            owner=OWNER,
            key=key,
            fix="aggregate with features.aggregate; here each row is computed alone",
        )


class ValueTypeError(EventflowError):
    """An aggregate cannot take values of a dtype."""

    code = "EF321"

    @classmethod
    def of_aggregate(cls, op: str, value: str, dtype: pl.DataType, *, key: str) -> Self:
        """Name the aggregate, the values and their dtype."""
        castable = dtype_name(dtype) == "str" and value.isidentifier()
        cast = f"write {{use: cast, columns: {{{value}: f64}}}} before it, or " if castable else ""
        return cls.of(
            f'cannot take {op} of "{value}", which is {dtype_name(dtype)}',
            owner=OWNER,
            key=key,
            fix=f"{cast}take count, n_unique, min, max, first or last of it",
        )


class NameTakenError(EventflowError):
    """Two columns of a result would have one name."""

    code = "EF322"

    @classmethod
    def twice(cls, names: Iterable[str], *, key: str) -> Self:
        """Name the columns."""
        listed = ", ".join(f'"{name}"' for name in sorted(set(names)))
        return cls.of(
            f"more than one column would be called {listed}",
            owner=OWNER,
            key=key,
            fix="give each its own name",
        )


class GroupValueError(EventflowError):
    """A category column cannot tell groups apart, or has no such value."""

    code = "EF324"

    @classmethod
    def of_column(cls, value: object, column: str, dtype: pl.DataType) -> Self:
        """A value is none of the column's dtype."""
        return cls.of(
            f'the group "{value}" is no value of "{column}", which is {dtype_name(dtype)}',
            owner=OWNER,
            key="groups",
            fix=f'list values that "{column}" can have, or leave values out to learn them',
        )

    @classmethod
    def not_a_category(cls, column: str, dtype: pl.DataType) -> Self:
        """The values of a column are too many by nature: floats, times, lists."""
        return cls.of(
            f'cannot group by "{column}", which is {dtype_name(dtype)}',
            owner=OWNER,
            key="groups",
            fix="group by text, integers or booleans; derive bins of anything else first",
        )


class MissingOptionError(EventflowError):
    """A step lacks something it was neither told nor can take from the schema or the run."""

    code = "EF323"

    @classmethod
    def key(cls) -> Self:
        """Neither the options nor the schema say what an entity is."""
        return cls.of(
            "by is not given, and the schema names no entity",
            owner=OWNER,
            key="by",
            fix="write by: COLUMN on the step, or schema: {entity: COLUMN}",
        )

    @classmethod
    def as_of(cls, window: str) -> Self:
        """A window needs the moment it ends at."""
        return cls.of(
            f'the window "{window}" needs the moment it counts back from',
            owner=OWNER,
            key="as_of",
            fix="write as_of: 2011-12-10 on the step, or let the run bind it",
        )

    @classmethod
    def lacking(cls, *, method: str, option: str, role: str | None = None) -> Self:
        """A method needs an option, or what a role of the schema tells."""
        return cls.of(
            f"{method} needs {option}",
            owner=OWNER,
            key=option,
            fix=f"write {option}: … on the step"
            + (f", or schema: {{{role}: COLUMN}}" if role else ""),
        )

    @classmethod
    def time(cls, name: str) -> Self:
        """An option or an aggregate needs a time column."""
        return cls.of(
            f'"{name}" needs to know which column holds the time',
            owner=OWNER,
            key="time",
            fix="write time: COLUMN on the step, or schema: {timestamp: COLUMN}",
        )


class CutoffError(EventflowError):
    """A training set has no cut-off of which everything is known."""

    code = "EF325"

    @classmethod
    def none_over(cls, at: datetime, end: datetime, as_of: datetime) -> Self:
        """Name the first cut-off, and when its label window ends."""
        ends = f", and its label window ends at {end.isoformat()}" if end > at else ""
        return cls.of(
            "no cut-off is over at as_of, so there is nothing to learn from",
            owner=OWNER,
            key="cutoffs",
            detail=(
                f"the first is {at.isoformat()}{ends}",
                f"as_of is {as_of.isoformat()}",
            ),
            fix="write earlier cut-offs, a shorter labels.window, or a later as_of",
        )


def require_columns(
    names: Iterable[str], found: Mapping[str, pl.DataType], *, key: str, sql: str = ""
) -> None:
    """Check that columns exist.

    Args:
        names: Columns that are needed.
        found: Columns that arrive.
        key: Where they are named.
        sql: The SQL that names them, which may have meant a text by double quotes.

    Raises:
        SchemaError: With one problem (EF301) for each that does not, and the nearest name.
    """
    try:
        columns.require_columns(names, found, key=key, owner=OWNER)
    except SchemaError as error:
        told = [_meant_text(p, name) if (name := _quoted(p, sql)) else p for p in error.problems]
        raise SchemaError(*told) from None


def _quoted(problem: Problem, sql: str) -> str | None:
    """Return the name that a problem speaks of, if the SQL has it in double quotes."""
    name = problem.message.partition('"')[2].rpartition('"')[0]
    return name if f'"{name}"' in sql else None


def _meant_text(problem: Problem, name: str) -> Problem:
    """Say what double quotes mean in SQL; a near column name is then no likely cause."""
    text = "'" + name.replace("'", "''") + "'"
    more = "in SQL, double quotes name a column, and single quotes make a text"
    detail = (more, *problem.detail)
    return replace(
        problem, detail=detail, fix=f"if a text is meant, write {text}", replacement=None
    )
