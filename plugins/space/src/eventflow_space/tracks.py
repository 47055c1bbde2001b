"""An entity's positions in the order of time: what the steps about movement are written in.

A track is an entity's usable positions in order; events without one pass through, and count for
nothing in it. Events that share the whole order, the time and the tie-break, are *simultaneous*:
none is before the others, each is told of what was strictly before. For what comes later, the last
of them by latitude and longitude stands for all.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Annotated

import polars as pl
from attrs import frozen
from pydantic import Field

from eventflow.base import BaseStep
from eventflow.config import ONE_OR_MANY
from eventflow.moments import UTC_ZONE, located
from eventflow.types import Locality
from eventflow_space.errors import require_columns
from eventflow_space.path_errors import UnfitTimeError, UnknownTrackError
from eventflow_space.places import PlaceConfig, place_columns, place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow_space.places import Place

LAT, LON = "__eventflow_lat", "__eventflow_lon"
"""Hidden columns: the position in degrees, null where it cannot be used."""

AT = "__eventflow_at"
"""Hidden column: the time as an instant."""

KNOWN = "__eventflow_on_track"
"""Hidden column: whether the row is part of a track."""


class TrackConfig(PlaceConfig):
    """Options of every step that follows an entity.

    Attributes:
        latitude: Column of latitude in degrees; the schema's if not given.
        longitude: Column of longitude in degrees; the schema's if not given.
        crs: Geographic coordinate system of the two; the frame's if not given.
        by: Columns that identify who moves; the schema's entity if not given; ``[]``: one track.
        time: Column of the event time; the schema's timestamp if not given.
        tie_break: Columns that order events of one time. Without them such events are
            simultaneous.
        prefix: What the names of the new columns begin with.
    """

    by: Annotated[tuple[str, ...], ONE_OR_MANY] | None = None
    time: str | None = None
    tie_break: Annotated[tuple[str, ...], ONE_OR_MANY] = ()
    prefix: str = Field(default="track_")


@frozen
class Track:
    """Who moves, when, where, and in which order.

    Attributes:
        by: Columns of the entity; none: all is one track.
        time: Column of the time.
        tie_break: Columns that order events of one time.
        place: Where events happened.
        instant: The time as an instant that can be subtracted.
    """

    by: tuple[str, ...]
    time: str
    tie_break: tuple[str, ...]
    place: Place
    instant: pl.Expr

    @property
    def known(self) -> pl.Expr:
        """Whether a row is part of a track: it says who, when and where; never null."""
        named = (pl.col(c).is_not_null() for c in (*self.by, self.time))
        return reduce(and_, named, self.place.usable)

    @property
    def order(self) -> list[pl.Expr]:
        """What puts the events of a track in order; needs the hidden columns."""
        return [pl.col(AT), *(pl.col(c) for c in self.tie_break)]

    @property
    def whole_order(self) -> list[pl.Expr]:
        """The order, down to the positions of simultaneous events."""
        return [*self.order, pl.col(LAT), pl.col(LON)]

    @property
    def before(self) -> pl.Expr:
        """Index of the last event strictly before, null for the first; to be used in `told`."""
        position = pl.int_range(pl.len())
        first = pl.when(self.begins | (position == 0)).then(position).forward_fill()
        return pl.when(first > 0).then(first - 1)

    @property
    def begins(self) -> pl.Expr:
        """Whether an event is not simultaneous with the one above; to be used in `told`."""
        return reduce(or_, (e.ne_missing(e.shift(1)) for e in self.order))

    def located(self, lazy: pl.LazyFrame) -> pl.LazyFrame:
        """Add the hidden columns `LAT`, `LON`, `AT` and `KNOWN`."""
        hidden = {LAT: self.place.lat, LON: self.place.lon, AT: self.instant, KNOWN: self.known}
        return lazy.with_columns(**hidden)

    def told(self, value: pl.Expr) -> pl.Expr:
        """Compute `value` over each track in order; null where a row is part of none."""
        made = value.over([*self.by, KNOWN], order_by=self.whole_order)
        return pl.when(KNOWN).then(made)


class TrackStep(BaseStep):
    """A step that follows an entity; subclass it and use `track`."""

    @property
    def locality(self) -> Locality:
        """Needs an entity's rows in time order."""
        return Locality("ordered", tuple(self.config.by or ()), self.config.time)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Entity, time, tie-break and position; None if nothing names them."""
        del columns
        place = place_columns(self.config, schema)
        if place is None:
            return None
        return place.union(self._by(schema), [self._time(schema)], self.config.tie_break)

    def track(self, frame: EventFrame) -> Track:
        """Return who moves, when, where and in which order. Reads no data.

        Raises:
            UnknownTrackError: EF379, neither options nor schema name entity or time.
            UnfitTimeError: EF394, the time is no date or datetime.
            SchemaError: EF301, a column is not there.
            UnknownPlaceError, UnknownCrsError: EF370, EF371, as `place_of` has them.
        """
        found = frame.columns()
        by, time = self._by(frame.schema), self._time(frame.schema)
        require_columns(by, found, key="by")
        require_columns([time], found, key="time")
        require_columns(self.config.tie_break, found, key="tie_break")
        place = place_of(frame, self.config)
        instant = instant_of(time, found[time], frame.zone)
        return Track(by, time, self.config.tie_break, place, instant)

    def _by(self, schema: EventSchema) -> tuple[str, ...]:
        if self.config.by is not None:
            return tuple(self.config.by)
        if schema.entity is None:
            raise UnknownTrackError.nobody()
        return (schema.entity,)

    def _time(self, schema: EventSchema) -> str:
        found = self.config.time or schema.timestamp
        if found is None:
            raise UnknownTrackError.never()
        return str(found)


def instant_of(time: str, dtype: pl.DataType, zone: str) -> pl.Expr:
    """Return a column of times on a clock that never jumps; a day is its midnight.

    Raises:
        UnfitTimeError: EF394, it holds no times.
    """
    if dtype == pl.Date:
        return pl.col(time).cast(pl.Datetime("us"))
    if not isinstance(dtype, pl.Datetime):
        raise UnfitTimeError.of_dtype(time, dtype)
    return located(time, dtype, zone).dt.convert_time_zone(UTC_ZONE)


def seconds(duration: pl.Expr) -> pl.Expr:
    """Return a duration in seconds, f64."""
    return duration.dt.total_seconds(fractional=True)
