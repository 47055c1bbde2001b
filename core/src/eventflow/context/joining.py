"""What context joins are written in: keys, unmatched events, repeated rows.

A join that is written with these keeps every event once, finds nothing by a key that is null, and
counts the events that found nothing by the reason for it.
"""

from __future__ import annotations

from functools import partial, reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from attrs import frozen
from pydantic import Field, field_validator

from eventflow.columns import require_columns
from eventflow.component import ComponentConfig
from eventflow.context.charts import ages, found_share
from eventflow.context.errors import (
    ColumnClashError,
    ContextTimeError,
    KeyDtypeError,
    NoJoinKeyError,
    RepeatedContextError,
)
from eventflow.context.instants import in_one_unit, instants, nanoseconds
from eventflow.context.schema import context_schema
from eventflow.frame import Account
from eventflow.schema import dtype_families

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow.frame import EventFrame

FOUND = "__eventflow_found"
"""Hidden column of a join's right side: true, so that null means that nothing was found."""

REASON = "__eventflow_unmatched"
"""Hidden column that says why an event found nothing."""

Repeats = Literal["error", "first", "last"]


class KeyConfig(ComponentConfig):
    """Options of joins by key that every one has.

    Attributes:
        by: Columns that belong together: a name both sides have, a list of them, or a mapping of
            the events' names to the context's; the context's keys if not given.
        known_at: Column of the context that says when a row became known; the schema's if not
            given, and its timestamp, unless that is a key.
    """

    by: dict[str, str] | None = None
    known_at: str | None = Field(default=None, min_length=1)

    @field_validator(
        "by",
        mode="before",
        json_schema_input_type=str | tuple[str, ...] | dict[str, str] | None,
    )
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = [value]
        if isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value):
            return {name: name for name in value}
        return value


class JoinConfig(KeyConfig):
    """Options of joins by key.

    Attributes:
        by: Columns that belong together: a name both sides have, a list of them, or a mapping of
            the events' names to the context's; the context's keys if not given.
        timeless: Whether every row of context was known before every event.
        repeats: What several rows of context for one key are: an ``error``, or is the ``first`` or
            the ``last`` of them taken, in the order of all their values.
    """

    by: dict[str, str] | None = Field(default=None, min_length=1)
    timeless: bool = False
    repeats: Repeats = "error"


@frozen
class JoinReads:
    """What a join looks at to find what belongs together.

    Attributes:
        events: Columns of the events.
        context: Columns of the context; all others are what it adds.
    """

    events: frozenset[str]
    context: frozenset[str]


@frozen
class Keys:
    """The columns by which events and context belong together.

    Attributes:
        ours: Columns of the events.
        theirs: Columns of the context, in the same order.
    """

    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    @classmethod
    def named(cls, by: Mapping[str, str] | None, context: EventFrame) -> Keys:
        """Take the names the options give, or those of the context's schema. Checks nothing."""
        pairs = dict.fromkeys(context_schema(context).identity) if by is None else by
        return cls(tuple(pairs), tuple(theirs or ours for ours, theirs in pairs.items()))

    def check(self, events: EventFrame, context: EventFrame) -> None:
        """Check that both sides have their columns.

        Raises:
            NoJoinKeyError: EF380, nothing names keys, or the events lack those of the context.
            SchemaError: EF301, a column is not there.
        """
        if not self.ours:
            raise NoJoinKeyError.nothing(called(context))
        found = events.columns()
        if self.ours == self.theirs == context_schema(context).identity:
            for name in self.ours:
                if name not in found:
                    raise NoJoinKeyError.not_among(name, called(context), found.names())
        require_columns(self.ours, found, key="join.by")
        require_columns(self.theirs, context.columns(), key="join.by")

    def aligned(self, events: EventFrame, context: EventFrame) -> tuple[Keyed, Keyed]:
        """Return both sides with keys that can be compared, under hidden names.

        Text is compared as text (categories too), whole numbers by value, times as instants in the
        zone of their frame. Rows of context without a key are left out.

        Raises:
            KeyDtypeError: EF381, the values of two columns are never equal.
        """
        a, b = events.columns(), context.columns()
        left, right = {}, {}
        for i, (mine, yours) in enumerate(zip(self.ours, self.theirs, strict=True)):
            name = f"__eventflow_key{i}"
            left[name], right[name] = _alike(
                (mine, a[mine], events.zone), (yours, b[yours], context.zone)
            )
        known = [expr.is_not_null() for expr in right.values()]
        rows = context.lazy.filter(*known) if known else context.lazy
        return (
            Keyed(events.lazy.with_columns(**left), tuple(left)),
            Keyed(rows.with_columns(**right), tuple(right)),
        )


@frozen
class Keyed:
    """A side of a join with its hidden keys.

    Attributes:
        lazy: The rows.
        names: Hidden columns of the key.
    """

    lazy: pl.LazyFrame
    names: tuple[str, ...]

    def having(self, **columns: pl.Expr) -> Keyed:
        """Return this side with further hidden columns."""
        return Keyed(self.lazy.with_columns(**columns), self.names)

    def by(self, *names: str) -> Keyed:
        """Return this side with further columns of the key."""
        return Keyed(self.lazy, (*self.names, *names))


def _alike(
    ours: tuple[str, pl.DataType, str], theirs: tuple[str, pl.DataType, str]
) -> tuple[pl.Expr, pl.Expr]:
    """Return two columns as values that can be equal."""
    (mine, a, zone), (yours, b, other) = ours, theirs
    text, plain = {"string", "categorical"}, (pl.col(mine), pl.col(yours))
    if isinstance(a, pl.Datetime) and isinstance(b, pl.Datetime):
        both = instants(mine, a, zone), instants(yours, b, other)
        if (a.time_unit == "ns") == (b.time_unit == "ns"):
            return both
        return nanoseconds(both[0], a), nanoseconds(both[1], b)
    if a == b:
        return plain
    if a.is_integer() and b.is_integer():
        wide = pl.Int128 if {a, b} & {pl.UInt64, pl.UInt128, pl.Int128} else pl.Int64
        return plain[0].cast(wide), plain[1].cast(wide)
    if dtype_families(a) & text and dtype_families(b) & text:
        return plain[0].cast(pl.String), plain[1].cast(pl.String)
    raise KeyDtypeError.between(mine, a, yours, b)


def timed(side: Keyed, times: Mapping[str, pl.Expr], columns: Sequence[str]) -> pl.LazyFrame:
    """Return context for a join in time: its hidden key, hidden times, `FOUND` and the columns.

    Args:
        side: The context with its hidden keys.
        times: Hidden name → instant.
        columns: What the join adds.
    """
    found = pl.lit(value=True).alias(FOUND)
    return side.having(**times).lazy.select(*side.names, *times, *columns, found)


def once(
    side: Keyed, keys: Sequence[str], columns: Sequence[str], repeats: Repeats, context: str
) -> pl.LazyFrame:
    """Return context with one row for each key: the key, the columns, and `FOUND`.

    Args:
        side: The context with its hidden keys.
        keys: The key's columns as people know them.
        columns: What the join adds.
        repeats: What becomes of several rows of one key.
        context: What the context is called.

    Raises:
        RepeatedContextError: EF383, when the rows are read.
    """
    if repeats == "error":
        counted = side.lazy.group_by(side.names).agg(pl.col(columns).first(), pl.len().alias(FOUND))
        checked = counted.map_batches(
            partial(_unique, keys=keys, context=context),
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
        )
        return checked.with_columns(pl.lit(value=True).alias(FOUND))
    values = pl.struct(columns) if columns else pl.lit(None).alias(FOUND)
    row = values.sort().last() if repeats == "last" else values.sort().first()
    chosen = side.lazy.group_by(side.names).agg(row.alias(FOUND))
    found = pl.lit(value=True).alias(FOUND)
    return (chosen.unnest(FOUND) if columns else chosen.drop(FOUND)).with_columns(found)


def _unique(rows: pl.DataFrame, *, keys: Sequence[str], context: str) -> pl.DataFrame:
    """Return the rows, each for one key, as they are.

    Raises:
        RepeatedContextError: EF383, a key repeats.
    """
    repeated = rows.filter(pl.col(FOUND) > 1)
    if repeated.height:
        values = repeated.select(repeated.columns[: len(keys)]).sort(pl.all())
        example = ", ".join(str(value) for value in values.row(0))
        raise RepeatedContextError.of_keys(context, keys, repeated.height, example)
    return rows


def added(events: EventFrame, context: EventFrame, used: frozenset[str]) -> list[str]:
    """Return the columns a join adds: those of the context that it does not match by.

    Raises:
        ColumnClashError: EF384, the events have one of that name.
    """
    ours = events.columns()
    names = [name for name in context.columns().names() if name not in used]
    if clash := [name for name in names if name in ours]:
        raise ColumnClashError.of_names(clash, called(context))
    return names


def told(  # noqa: PLR0913 - all but the rows are keyword-only
    events: EventFrame,
    joined: pl.LazyFrame,
    columns: Sequence[str],
    why: Mapping[str, pl.Expr],
    *,
    context: str,
    age: pl.Expr | None = None,
) -> EventFrame:
    """Return the joined events, with an account of those that found nothing.

    Args:
        events: The events as they came.
        joined: The events with the context's columns and hidden ones.
        columns: What the join adds.
        why: Reason → Boolean expression over the joined rows; the first that holds counts. They
            hold for events that found nothing, and for no other.
        context: What the context is called.
        age: How long before the event its context became known, a duration over the joined rows,
            to be drawn; None where context has no age.
    """
    reason: Any = pl.lit(None, pl.UInt8)
    for i, when in reversed(list(enumerate(why.values()))):
        reason = pl.when(when).then(pl.lit(i, pl.UInt8)).otherwise(reason)
    marked = joined.with_columns(reason.alias(REASON))
    words = pl.col(REASON).replace_strict(range(len(why)), list(why), return_dtype=pl.String)
    counts = (
        marked.group_by(REASON)
        .agg(pl.len().alias("rows"))
        .filter(pl.col(REASON).is_not_null())
        .select(words.alias("reason"), "rows")
    )
    names = [*events.columns().names(), *columns]
    account = Account(counts=counts, outcomes=dict.fromkeys(why, "flagged"))
    found = events.with_lazy(marked.select(names)).account(account)
    found = found.charted(found_share(marked, REASON, context))
    return found if age is None else found.charted(ages(marked, age))


def keyless(keys: Sequence[str]) -> pl.Expr:
    """Return whether a row has no key: one of its columns is null."""
    return reduce(or_, (pl.col(name).is_null() for name in keys))


def known_column(config: JoinConfig, context: EventFrame, keys: Sequence[str]) -> str | None:
    """Return the column that says when rows of context became known; None if all were before.

    Args:
        config: The join's options.
        context: The context.
        keys: Columns of the context by which it is joined: facts that are joined at their very
            time are known at that time.
    """
    schema = context_schema(context)
    if config.timeless:
        return None
    named = config.known_at or schema.known_at
    return named or (None if schema.timestamp in keys else schema.timestamp)


def times(events: EventFrame, context: EventFrame, *columns: str) -> list[tuple[str, pl.Expr]]:
    """Return the events' time and times of the context, as columns and instants that compare.

    Raises:
        ContextTimeError: EF382, the events have no timestamp, or a column holds no times.
        SchemaError: EF301, a column is not there.
    """
    own = events.schema.timestamp
    if own is None:
        raise ContextTimeError.no_event_time(called(context), columns[0])
    require_columns(columns, context.columns(), key="join")
    sides = [(events, own), *((context, name) for name in columns)]
    found = in_one_unit((name, side.columns()[name], side.zone) for side, name in sides)
    return [(name, time) for (_, name), time in zip(sides, found, strict=True)]


def called(context: EventFrame) -> str:
    """Return what a context is called in messages and in the ledger."""
    return context.metadata.dataset or "context"
