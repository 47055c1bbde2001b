"""Context as series in time, one for each key: what the timed joins are written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen
from pydantic import Field

from eventflow.context.errors import ContextTimeError
from eventflow.context.joining import FOUND, JoinReads, KeyConfig, Keys, called, keyless
from eventflow.context.latest import LATER
from eventflow.context.schema import context_schema
from eventflow_time.errors import UnknownSeriesError

if TYPE_CHECKING:
    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema

AT, SINCE, KNOWN = "__eventflow_at", "__eventflow_since", "__eventflow_known"
"""Hidden columns: when an event was, since when facts hold, since when they are known."""


class SeriesConfig(KeyConfig):
    """Options of joins in time.

    Attributes:
        by: Columns that belong together: a name both sides have, a list of them, or a mapping of
            the events' names to the context's; the context's keys if not given; ``[]``: the context
            is one series for all events.
        known_at: Column of the context that says when a row became known; the schema's if not
            given, else its timestamp.
    """

    by: dict[str, str] | None = None
    known_at: str | None = Field(default=None, min_length=1)


@frozen
class Series:
    """Whose facts a context tells, since when they hold and since when they were known.

    Attributes:
        keys: Columns by which events and context belong together; none: one series.
        since: Column of the context since when its facts hold.
        known: Column of the context since when they were known; the same one, where nothing else
            is said.
        context: What the context is called.
    """

    keys: Keys
    since: str
    known: str
    context: str

    @classmethod
    def of(cls, config: SeriesConfig, context: EventFrame) -> Series:
        """Take what the options name, and the schema of the context.

        Raises:
            UnknownSeriesError: EF333, nothing names the key.
            ContextTimeError: EF382, nothing names the time.
        """
        schema, name = context_schema(context), called(context)
        if config.by is None and not schema.identity:
            raise UnknownSeriesError.of_context(name)
        if schema.timestamp is None:
            raise ContextTimeError.no_context_time(name)
        known = config.known_at or schema.known_at or schema.timestamp
        return cls(Keys.named(config.by, context), schema.timestamp, known, name)

    def reads(self, events: EventSchema, *others: str) -> JoinReads:
        """Keys and times of both sides, and other columns of the context."""
        time = (events.timestamp,) if events.timestamp else ()
        theirs = (*self.keys.theirs, self.since, self.known, *others)
        return JoinReads(frozenset((*self.keys.ours, *time)), frozenset(theirs))

    def check(self, events: EventFrame, context: EventFrame) -> None:
        """Check that both sides have the keys.

        Raises:
            NoJoinKeyError: EF380, the events lack a key of the context.
            SchemaError: EF301, a column is not there.
        """
        if self.keys.ours:
            self.keys.check(events, context)

    @property
    def versioned(self) -> bool:
        """Whether facts became known at other times than they began to hold."""
        return self.known != self.since

    def unmatched(self, time: str) -> dict[str, pl.Expr]:
        """Return why events found no row: reason → expression; the first that holds counts.

        Args:
            time: Column of the events' time.
        """
        whose = " and ".join(self.keys.ours)
        missing = {f"no {' or '.join(self.keys.ours)}": keyless(self.keys.ours)} if whose else {}
        return missing | {
            f"no {time}": pl.col(time).is_null(),
            f"no {self.context} known yet": pl.col(LATER),
            f"no {self.context}{f' of that {whose}' if whose else ''}": pl.col(FOUND).is_null(),
        }
