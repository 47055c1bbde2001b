"""An entity's events in the order of time: what the ordered steps are written in.

Events that share the whole order, the time and the tie-break, are *simultaneous*: none of them is
known before the others. What a row is told about is always strictly before it in that order.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Annotated

import polars as pl
from attrs import frozen
from pydantic import Field

from eventflow.base import BaseStep, ComponentConfig
from eventflow.config import ONE_OR_MANY
from eventflow.moments import UTC_ZONE, located
from eventflow.types import Locality
from eventflow_time.errors import UnfitColumnError, UnknownHistoryError, require_columns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema


class HistoryConfig(ComponentConfig):
    """Options of every step that looks at an entity's history.

    Attributes:
        by: Columns that identify the entity; the schema's entity if not given; ``[]``: one series.
        time: Column of the event time; the schema's timestamp if not given.
        tie_break: Columns that order events of one time. Without them such events are
            simultaneous.
    """

    by: Annotated[tuple[str, ...], ONE_OR_MANY] | None = None
    time: str | None = None
    tie_break: Annotated[tuple[str, ...], ONE_OR_MANY] = Field(default=())


@frozen
class History:
    """Who, when, and in which order.

    Attributes:
        by: Columns of the entity; none: everything is one series.
        time: Column of the time.
        tie_break: Columns that order events of one time.
        dtype: dtype of the time.
        zone: IANA zone of times without one.
    """

    by: tuple[str, ...]
    time: str
    tie_break: tuple[str, ...]
    dtype: pl.DataType
    zone: str = UTC_ZONE

    @property
    def instant(self) -> pl.Expr:
        """The time as a moment: a wall clock is read in the frame's zone; a date stays a date."""
        own = self.dtype.time_zone if isinstance(self.dtype, pl.Datetime) else None
        if self.dtype == pl.Date or own is not None or self.zone == UTC_ZONE:
            return pl.col(self.time)
        return located(self.time, self.dtype, self.zone)

    @property
    def steady(self) -> pl.Expr:
        """The time on a clock that never jumps, for lengths of exactly 24 hours a day."""
        naive = getattr(self.dtype, "time_zone", None) is None and self.zone == UTC_ZONE
        at = self.instant
        return at if self.dtype == pl.Date or naive else at.dt.convert_time_zone(UTC_ZONE)

    @property
    def known(self) -> pl.Expr:
        """Whether a row says whose it is and when it was; rows that do not have no history."""
        return reduce(and_, (pl.col(c).is_not_null() for c in (*self.by, self.time)))

    @property
    def order(self) -> list[pl.Expr]:
        """What puts an entity's events in order."""
        return [self.instant, *(pl.col(c) for c in self.tie_break)]

    @property
    def earlier(self) -> pl.Expr:
        """How many events of the entity are strictly before; to be used inside `told`."""
        position = pl.int_range(pl.len())
        changed = reduce(or_, (e.ne_missing(e.shift(1)) for e in self.order))
        return pl.when((position == 0) | changed).then(position).forward_fill()

    def back(self, value: pl.Expr, steps: int = 1) -> pl.Expr:
        """Return the value of the event `steps` before; to be used inside `told`."""
        earlier = self.earlier
        return value.gather(pl.when(earlier >= steps).then(earlier - steps))

    def told(self, value: pl.Expr, *among: str) -> pl.Expr:
        """Compute `value` over each entity's events in order; null where a row has no history.

        Args:
            value: Expression over the events of one entity, in order.
            among: Columns that decide between simultaneous events, where it matters.
        """
        order = [*self.order, *(pl.col(c) for c in among if c not in self.tie_break)]
        made = value.over(self.by or None, order_by=order, nulls_last=True)
        return pl.when(self.known).then(made)


class HistoryStep(BaseStep):
    """A step that looks at an entity's history; subclass it and use `history`."""

    @property
    def locality(self) -> Locality:
        """Needs an entity's rows in time order."""
        return Locality("ordered", tuple(self.config.by or ()), self.config.time)

    def named(self) -> Sequence[str]:
        """Columns that the options name beside entity, time and tie-break; none, unless told."""
        return ()

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Entity, time, tie-break, and the columns that the options name."""
        del columns
        return frozenset((*self._by(schema), self._time(schema), *self.config.tie_break,
                          *self.named()))  # fmt: skip

    def history(self, frame: EventFrame) -> History:
        """Return whose events these are and in which order.

        Raises:
            UnknownHistoryError: Neither options nor schema name entity or time (EF330).
            SchemaError: A column that is named does not exist (EF301).
            UnfitColumnError: The time is no date or datetime (EF331).
        """
        found = frame.columns()
        by, time = self._by(frame.schema), self._time(frame.schema)
        require_columns(by, found, key="by")
        require_columns([time], found, key="time")
        require_columns(self.config.tie_break, found, key="tie_break")
        return History(by, time, self.config.tie_break, time_dtype(time, found), frame.zone)

    def _by(self, schema: EventSchema) -> tuple[str, ...]:
        if self.config.by is not None:
            return tuple(self.config.by)
        if schema.entity is None:
            raise UnknownHistoryError.by()
        return (schema.entity,)

    def _time(self, schema: EventSchema) -> str:
        return named_time(self.config.time, schema)


def named_time(time: str | None, schema: EventSchema) -> str:
    """Return the column of the time.

    Raises:
        UnknownHistoryError: Neither the options nor the schema name it (EF330).
    """
    if time is None and schema.timestamp is None:
        raise UnknownHistoryError.time()
    return str(time or schema.timestamp)


def time_dtype(time: str, found: Mapping[str, pl.DataType]) -> pl.DataType:
    """Return the dtype of the time.

    Raises:
        SchemaError: There is no such column (EF301).
        UnfitColumnError: It is no date or datetime (EF331).
    """
    require_columns([time], found, key="time")
    if found[time] not in (pl.Date, pl.Datetime):
        raise UnfitColumnError.of_time(time, found[time])
    return found[time]
