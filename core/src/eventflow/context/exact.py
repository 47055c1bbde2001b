"""The join `exact`: context of the same key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl

from eventflow.base import BaseContextJoin
from eventflow.context.joining import (
    FOUND,
    JoinConfig,
    JoinReads,
    Keys,
    added,
    called,
    keyless,
    known_column,
    once,
    timed,
    times,
    told,
)
from eventflow.context.latest import LATER, latest
from eventflow.context.versions import Versions

if TYPE_CHECKING:
    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema

_AT, _KNOWN = "__eventflow_at", "__eventflow_known"


class ExactJoin(BaseContextJoin):
    """Adds the context whose key equals the event's.

    Where the context says when its rows became known (`known_at`, or a timestamp that is not part
    of the key), an event gets the last row of its key that was known strictly before it; where it
    does not, the key is expected to be unique.

    Shape: the same events in the same number, and the context's columns that are not matched by,
    with their dtypes. Events that find nothing stay, with nulls, counted by reason: no key, nothing
    of that key, or nothing known yet. Equal keys are equal text (categories too), whole numbers,
    dates, or instants; null equals nothing.

    Errors: EF380 where nothing names the key, EF381 for keys of different dtypes, EF382 where
    events have no time to compare with, EF383 for several rows of one key, EF384 for columns both
    sides have.

    Parity: exact.
    """

    Config: ClassVar[type[BaseModel]] = JoinConfig

    def reads(self, events: EventSchema, context: EventFrame) -> JoinReads:
        """Keys of both sides and, where context became known over time, the times."""
        keys = Keys.named(self.config.by, context)
        known = known_column(self.config, context, keys.theirs)
        if known is None:
            return JoinReads(frozenset(keys.ours), frozenset(keys.theirs))
        time = (events.timestamp,) if events.timestamp else ()
        return JoinReads(frozenset((*keys.ours, *time)), frozenset((*keys.theirs, known)))

    def join(self, events: EventFrame, context: EventFrame) -> EventFrame:
        """Add the context's columns."""
        keys = Keys.named(self.config.by, context)
        keys.check(events, context)
        columns = added(events, context, self.reads(events.schema, context).context)
        known = known_column(self.config, context, keys.theirs)
        ours, theirs = keys.aligned(events, context)
        name, repeats = called(context), self.config.repeats
        why = {f"no {' or '.join(keys.ours)}": keyless(keys.ours)}
        if known is None:
            row = once(theirs, keys.theirs, columns, repeats, name)
            joined = ours.lazy.join(row, on=ours.names, how="left")
            why[f"no {name}"] = pl.col(FOUND).is_null()
            return told(events, joined, columns, why, context=name)
        (time, at), (_, since) = times(events, context, known)
        joined = latest(
            ours.having(**{_AT: at}).lazy,
            timed(theirs, {_KNOWN: since}, columns),
            by=ours.names,
            on=(_AT, _KNOWN),
            versions=Versions(
                repeats=repeats,
                columns=columns,
                shown=(*theirs.names, _KNOWN),
                keys=(*keys.theirs, known),
                context=name,
            ),
        )
        why |= {
            f"no {time}": pl.col(time).is_null(),
            f"no {name} known yet": pl.col(LATER),
            f"no {name}": pl.col(FOUND).is_null(),
        }
        age = pl.col(_AT) - pl.col(_KNOWN)
        return told(events, joined, columns, why, context=name, age=age)
