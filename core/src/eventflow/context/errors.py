"""What can be wrong when events are joined with context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError, nearest
from eventflow.formatting import plural
from eventflow.schema import dtype_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import polars as pl


class NoJoinKeyError(EventflowError):
    """Nothing says by which columns events and context belong together."""

    code = "EF380"

    @classmethod
    def nothing(cls, context: str) -> Self:
        """Neither the options nor the schema of the context name a key."""
        return cls.of(
            f"by is not given, and {context} names no key",
            key="join.by",
            fix="write by: COLUMN, or by: {COLUMN_OF_EVENTS: COLUMN_OF_CONTEXT}",
        )

    @classmethod
    def not_among(cls, key: str, context: str, columns: Collection[str]) -> Self:
        """The key of the context is no column of the events."""
        near = nearest(key, columns) or "COLUMN_OF_EVENTS"
        return cls.of(
            f'{context} is joined by "{key}", and the events have no such column',
            key="join.by",
            fix=f"say which column of the events it is: by: {{{near}: {key}}}",
        )


class KeyDtypeError(EventflowError):
    """A key has dtypes in events and context whose values are never equal."""

    code = "EF381"

    @classmethod
    def between(cls, ours: str, a: pl.DataType, theirs: str, b: pl.DataType) -> Self:
        """Name both columns with their dtypes."""
        return cls.of(
            f'"{ours}" of the events is {dtype_name(a)}, "{theirs}" of the context {dtype_name(b)}:'
            " they are never equal",
            key="join.by",
            fix=f"cast one of them first: {{use: cast, columns: {{{ours}: {dtype_name(b)}}}}}",
        )


class ContextTimeError(EventflowError):
    """The context has times, and the join cannot tell which of them an event may know."""

    code = "EF382"

    @classmethod
    def no_event_time(cls, context: str, column: str) -> Self:
        """The events have no timestamp."""
        return cls.of(
            f'{context} became known over time ("{column}"), and the events have no timestamp',
            key="join",
            fix="write schema: {timestamp: COLUMN}, or timeless: true on the join if every row"
            " of the context was known before every event",
        )

    @classmethod
    def no_context_time(cls, context: str) -> Self:
        """The context has no time to join by."""
        return cls.of(
            f"{context} says of no column when its rows hold",
            key="join",
            fix="write roles: {timestamp: COLUMN} beside context",
        )

    @classmethod
    def of_dtype(cls, column: str, dtype: pl.DataType) -> Self:
        """The time is no time."""
        return cls.of(
            f'the time "{column}" is {dtype_name(dtype)}, not a date or datetime',
            key="join",
            fix="cast it to datetime first",
        )


class RepeatedContextError(EventflowError):
    """Several rows of context have one key: found while rows are read."""

    code = "EF383"

    @classmethod
    def of_keys(cls, context: str, keys: Sequence[str], number: int, example: str) -> Self:
        """Name the keys, how many values repeat, and one of them."""
        return cls.of(
            f"{context} has several rows for {plural(number, 'value')} of {', '.join(keys)},"
            f" for example {example}",
            key="join.repeats",
            fix="write repeats: first or last on the join, or name all columns of the key in by",
        )


class ColumnClashError(EventflowError):
    """A column of the context would have the name of one that is there."""

    code = "EF384"

    @classmethod
    def of_names(cls, names: Sequence[str], context: str) -> Self:
        """List the names."""
        return cls.of(
            f"events and {context} both have {', '.join(names)}",
            key="columns",
            fix="write prefix: TEXT_, or list the columns of context you want in columns",
        )

    @classmethod
    def of_matched(cls, names: Sequence[str], context: str) -> Self:
        """Columns that are to be added are those that the join matches by, under their names."""
        return cls.of(
            f"the join matches by {', '.join(names)} of {context}, and adds no such column",
            key="columns",
            fix="write prefix: TEXT_ to have it under another name, or leave it out of columns",
        )
