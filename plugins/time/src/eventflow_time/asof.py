"""The join `asof`: the newest facts of the key that were known before the event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from pydantic import Field

from eventflow.base import BaseContextJoin
from eventflow.context.joining import FOUND, Repeats, added, called, timed, times, told
from eventflow.context.latest import latest
from eventflow.context.versions import Versions
from eventflow.schema import ColumnSchema
from eventflow_time.errors import require_free
from eventflow_time.lags import in_units
from eventflow_time.lengths import Length  # noqa: TC001 - pydantic reads it
from eventflow_time.reach import Reach
from eventflow_time.series import AT, KNOWN, SINCE, Series, SeriesConfig

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.context.joining import JoinReads
    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema

_USABLE = "__eventflow_usable"


class AsOfJoin(BaseContextJoin):
    """Adds the newest facts of the event's key that were known strictly before it.

    Facts hold from the timestamp of the context until the next of their key. Those whose timestamp
    and time of becoming known (`known_at`; without it the timestamp) both lie before the event may
    be used; of them the row with the greatest timestamp counts, and of rows with equal timestamps
    the one that became known last. So a correction is used once it is known, and a late correction
    of an older hour does not hide a newer hour.

    Times are compared as instants: a wall clock is read in the zone of its frame, a date is its
    midnight there. Rows of context without a key or a time are never used.

    Shape: the same events in the same number; the context's columns that are not matched by, with
    their dtypes, and `age` if it is asked for (f64, seconds from the context's timestamp to the
    event). Events that find nothing stay, with nulls, counted by reason: no key, no time, context
    of that key only later, none at all, or older than the tolerance.

    Cost: the context is held while the join runs, and sorted only if it is not in the order of key
    and time; events stream, whatever order they have.

    Example:
        >>> from datetime import datetime
        >>> from eventflow import EventFrame
        >>> from eventflow_time import AsOfJoin
        >>> trips = EventFrame.of({"at": [datetime(2026, 1, 5, 8, 30)]}, timestamp="at")
        >>> hours = [datetime(2026, 1, 5, 8), datetime(2026, 1, 5, 9)]
        >>> rain = EventFrame.of({"hour": hours, "mm": [0.2, 1.5]}, timestamp="hour")
        >>> AsOfJoin(by=[], age="age").join(trips, rain).collect().select("mm", "age").row(0)
        (0.2, 1800.0)

    Errors: EF333 where nothing names the key, EF380 where events lack it, EF381 for keys of
    different dtypes, EF382 where a side has no time, EF383 for several rows of one key and the same
    times, EF384 for columns both sides have, EF332 where `age` is taken.

    Parity: exact.
    """

    class Config(SeriesConfig):
        """Options of `asof`.

        Attributes:
            tolerance: How old facts may be, counted from the context's timestamp, that age
                included: ``1h``, ``30m``, ``7d``; days and longer are lengths of the calendar, in
                the zone of the events. Not given: any age.
            inclusive: Whether facts of the very time of the event count, and those that became
                known then.
            repeats: What several rows of one key and the same times are: an ``error``, or is the
                ``first`` or the ``last`` of them taken, in the order of all their values.
            age: Name of a column of seconds since the context's timestamp; none if not given.
        """

        tolerance: Length | None = None
        inclusive: bool = False
        repeats: Repeats = "error"
        age: str | None = Field(default=None, min_length=1)

    def reads(self, events: EventSchema, context: EventFrame) -> JoinReads:
        """Keys and times of both sides."""
        return Series.of(self.config, context).reads(events)

    def join(self, events: EventFrame, context: EventFrame) -> EventFrame:
        """Add the context's columns."""
        series = Series.of(self.config, context)
        series.check(events, context)
        columns = added(events, context, series.reads(events.schema).context)
        age = [self.config.age] if self.config.age else []
        require_free([*columns, *age], events.columns(), key="age")
        (time, at), (_, since), (_, known) = times(events, context, series.since, series.known)
        ours, theirs = series.keys.aligned(events, context)
        told_of = {SINCE: since, KNOWN: known} if series.versioned else {SINCE: since}
        rows = timed(theirs, told_of, columns)
        if series.versioned:
            usable = pl.max_horizontal(SINCE, KNOWN)
            rows = rows.filter(
                pl.col(SINCE).is_not_null() & pl.col(KNOWN).is_not_null()
            ).with_columns(usable.alias(_USABLE))
        joined = latest(
            ours.having(**{AT: at}).lazy,
            rows,
            by=ours.names,
            on=(AT, _USABLE if series.versioned else SINCE),
            inclusive=self.config.inclusive,
            versions=Versions(
                repeats=self.config.repeats,
                columns=columns,
                shown=(*theirs.names, *told_of),
                keys=(*series.keys.theirs, *dict.fromkeys((series.since, series.known))),
                context=series.context,
                holds=(SINCE, KNOWN) if series.versioned else None,
            ),
        )
        return self._aged(events, context, joined, columns, series.unmatched(time))

    def _aged(
        self,
        events: EventFrame,
        context: EventFrame,
        joined: pl.LazyFrame,
        columns: Sequence[str],
        why: dict[str, pl.Expr],
    ) -> EventFrame:
        """Take away what is too old, and say how old the rest is."""
        config, kept = self.config, pl.col(FOUND).is_not_null()
        if config.tolerance is not None:
            reach, unit = Reach.of(config.tolerance, events), _unit(joined, AT)
            kept &= reach.holds(AT, SINCE, unit)
            joined = joined.with_columns(
                pl.when(kept).then(pl.col(name)).alias(name) for name in columns
            )
            why = {**why, f"{called(context)} older than {config.tolerance}": ~kept}
        old, name = pl.col(AT) - pl.col(SINCE), called(context)
        drawn = pl.when(kept).then(old)
        if config.age is None:
            return told(events, joined, columns, why, context=name, age=drawn)
        seconds = in_units(old, "s")
        joined = joined.with_columns(pl.when(kept).then(seconds).alias(config.age))
        made = told(events, joined, [*columns, config.age], why, context=name, age=drawn)
        spec = ColumnSchema(unit="s", description=f"age of the {name} that was found")
        named = {**made.schema.columns, config.age: spec}
        return made.with_lazy(made.lazy, schema=made.schema.model_copy(update={"columns": named}))


def _unit(rows: pl.LazyFrame, column: str) -> str:
    dtype = rows.collect_schema()[column]
    return dtype.time_unit if isinstance(dtype, pl.Datetime) else "us"
