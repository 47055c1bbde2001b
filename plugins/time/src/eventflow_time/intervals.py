"""The join `interval`: the facts that held when the event happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl
from attrs import frozen
from pydantic import Field

from eventflow.base import BaseContextJoin
from eventflow.context.codes import CODE, in_order
from eventflow.context.joining import FOUND, added, timed, times, told
from eventflow.context.latest import latest
from eventflow.context.schema import context_schema
from eventflow.context.versions import Versions
from eventflow_time.errors import OverlapError, UnknownEndError
from eventflow_time.series import AT, KNOWN, SINCE, Series, SeriesConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.context.codes import Packing
    from eventflow.context.joining import JoinReads
    from eventflow.context.latest import Settles
    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema

_UNTIL, _BEGIN, _END = "__eventflow_until", "__eventflow_begin", "__eventflow_end"
_ENDS = "__eventflow_ends"
_NEVER = 2**63 - 1  # the last instant there is


class IntervalJoin(BaseContextJoin):
    """Adds the facts of the event's key that held at its time.

    Rows of context hold in ``[timestamp, until)``; one without `until` has not ended. Where rows
    became known at other times (`known_at`), one is used by events after that, and a row of the
    same key and timestamp that became known later replaces it from then on: an end that was learned
    afterwards is not known before.

    Times are compared as instants: a wall clock is read in the zone of its frame, a date is its
    midnight there. Rows of context without a key or a timestamp are never used, nor are those that
    end before they begin.

    Shape: the same events in the same number, and the context's columns that are not matched by,
    with their dtypes. Events that find nothing stay, with nulls, counted by reason: no key, no
    time, context of that key only later, none at all, or none that held at that time.

    Cost: as `asof`.

    Errors: EF333 where nothing names the key, EF334 where nothing names the end, EF335 for rows of
    one key that overlap, EF380 where events lack the key, EF381 for keys of different dtypes, EF382
    where a side has no time, EF384 for columns both sides have.

    Parity: exact.
    """

    class Config(SeriesConfig):
        """Options of `interval`.

        Attributes:
            until: Column of the context that says when a row ceases to hold; the schema's if not
                given.
            overlaps: What rows of one key that hold at one time are: an ``error``, or does the one
                that begins ``latest`` end those before it; of rows that begin together that with
                the greatest values counts.
            inclusive: Whether events of the very time when a row became known use it.
        """

        until: str | None = Field(default=None, min_length=1)
        overlaps: Literal["error", "latest"] = "error"
        inclusive: bool = False

    def reads(self, events: EventSchema, context: EventFrame) -> JoinReads:
        """Keys and times of both sides."""
        return Series.of(self.config, context).reads(events, self._until(context))

    def join(self, events: EventFrame, context: EventFrame) -> EventFrame:
        """Add the context's columns."""
        series, until = Series.of(self.config, context), self._until(context)
        series.check(events, context)
        columns = added(events, context, self.reads(events.schema, context).context)
        (time, at), (_, since), (_, end), (_, known) = times(
            events, context, series.since, until, series.known
        )
        ours, theirs = series.keys.aligned(events, context)
        told_of = {SINCE: since, _UNTIL: end} | ({KNOWN: known} if series.versioned else {})
        rows = timed(theirs, told_of, columns)
        rows = self._held(rows, theirs.names, versioned=series.versioned)
        joined = latest(
            ours.having(**{AT: at}).lazy,
            rows,
            by=ours.names,
            on=(AT, _BEGIN),
            inclusive=True,
            versions=self._rule(series, columns, (*theirs.names, _BEGIN)),
        )
        held = pl.col(FOUND).is_not_null() & (pl.col(AT) < pl.col(_END))
        joined = joined.with_columns(
            pl.when(held).then(pl.col(name)).alias(name) for name in columns
        )
        why = {**series.unmatched(time), f"no {series.context} held then": ~held}
        return told(events, joined, columns, why, context=series.context)

    def _until(self, context: EventFrame) -> str:
        found = self.config.until or context_schema(context).until
        if found is None:
            raise UnknownEndError.of_context(Series.of(self.config, context).context)
        return str(found)

    def _held(self, rows: pl.LazyFrame, keys: Sequence[str], *, versioned: bool) -> pl.LazyFrame:
        """Return rows with the instants from and until which events use them."""
        dtype = rows.collect_schema()[SINCE]
        end = pl.col(_UNTIL).fill_null(pl.lit(_NEVER).cast(dtype))
        begin = pl.col(SINCE)
        if versioned:
            rows = rows.filter(pl.col(SINCE).is_not_null() & pl.col(KNOWN).is_not_null())
            usable = (pl.col(KNOWN).to_physical() + int(not self.config.inclusive)).cast(dtype)
            rows = rows.with_columns(usable.alias(KNOWN))
            following = pl.col(KNOWN).shift(-1)
            other = pl.when(following != pl.col(KNOWN)).then(following).backward_fill()
            replaced = other.over(*keys, SINCE, order_by=KNOWN)
            begin, end = pl.max_horizontal(SINCE, KNOWN), pl.min_horizontal(end, replaced)
        made = rows.with_columns(begin.alias(_BEGIN), end.alias(_END))
        return made.filter(pl.col(_BEGIN) < pl.col(_END))

    def _rule(self, series: Series, columns: Sequence[str], shown: Sequence[str]) -> Settles:
        if self.config.overlaps == "error":
            return _Disjoint(tuple(shown), series.context)
        return Versions(
            repeats="last",
            columns=columns,
            shown=shown,
            keys=(*series.keys.theirs, series.since),
            context=series.context,
            holds=(SINCE, KNOWN) if series.versioned else None,
        )


@frozen
class _Disjoint:
    """No row begins before the one before it of its key has ended.

    Attributes:
        shown: Columns that name a row.
        context: What the context is called.
        times: Columns of instants that it compares: no others than that of `CODE`.
    """

    shown: tuple[str, ...]
    context: str
    times: tuple[str, ...] = ()

    def settled(self, rows: pl.DataFrame, packing: Packing, kept: Sequence[str]) -> pl.DataFrame:
        """Return rows in the order of `CODE`.

        Raises:
            OverlapError: EF335, two overlap.
        """
        ends = rows.with_columns(packing.code(_END).alias(_ENDS))
        ordered = in_order(ends, [CODE, _ENDS, *kept])
        code, before, until = pl.col(CODE), pl.col(CODE).shift(1), pl.col(_ENDS).shift(1)
        overlapping = ordered.filter(packing.same_series(code, before) & (until > code))[CODE]
        if len(overlapping):
            first = rows.filter(pl.col(CODE) == overlapping[0]).select(self.shown)
            example = ", ".join(map(str, first.row(0)))
            raise OverlapError.of_rows(self.context, len(overlapping), example)
        return ordered
