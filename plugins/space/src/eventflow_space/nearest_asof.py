"""The join `nearest_asof`: the last report of the nearest station, as it was known then."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import polars as pl
from pydantic import Field

from eventflow.base import BaseContextJoin
from eventflow.config import Duration  # noqa: TC001 - pydantic reads it at run time
from eventflow.context.errors import ContextTimeError
from eventflow.context.joining import FOUND, JoinReads, Keyed, added, called, once, times, told
from eventflow.context.latest import latest
from eventflow.context.lookup import looked_up
from eventflow.context.schema import context_schema
from eventflow_space.context_places import BEFORE, LAT, LON, SINCE, Points, points_of, unplaced
from eventflow_space.nearest import FAR, NearestConfig, beyond, nearest_index, with_distance
from eventflow_space.places import place_columns, place_of

if TYPE_CHECKING:
    from pydantic import BaseModel

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema

_AT, _KNOWN, _STATION = "__eventflow_at", "__eventflow_known", "__eventflow_station"
_PLACE = "__eventflow_place"
_OWN_LAT, _OWN_LON = "__eventflow_own_lat", "__eventflow_own_lon"


class NearestAsOfConfig(NearestConfig):
    """Options of `nearest_asof`.

    Attributes:
        latitude: Column of the events' latitude in degrees; the schema's if not given.
        longitude: Column of the events' longitude in degrees; the schema's if not given.
        crs: Geographic coordinate system of the two; the frame's if not given.
        max_distance_m: Farthest that a station may be, in metres along the great circle.
        distance: Name of an added column with the distance in metres.
        repeats: What several reports of one place and time are: an ``error``, or is the ``first``
            or the ``last`` of them taken, in the order of all their values.
        known_at: Column that says when a report became known; the schema's if not given, and its
            timestamp.
        tolerance: Oldest that a report may be at the event; any age if not given.
    """

    known_at: str | None = Field(default=None, min_length=1)
    tolerance: Duration | None = Field(default=None, gt=timedelta(0))


class NearestAsOfJoin(BaseContextJoin):
    """Adds the last report of the nearest station, from strictly before the event.

    The context is reports: where (roles `latitude` and `longitude`, or `geometry`, as for
    `nearest`) and when they became known. A station is a place that reports come from, known since
    its first one: of the stations that had reported before the event, the nearest is taken, be its
    last report too old. So reports that come later change nothing. Of stations at the same
    distance, the one farthest south is taken, then the one farthest west.

    Shape: the same events in the same number, and the context's other columns, with their dtypes.
    Events that find nothing stay, with nulls, counted by reason: no position, position out of
    range, position 0, 0, no time, no station within the distance, nothing known yet, too old.

    Units: metres, as those of `nearest`.

    Errors: those of `nearest`; EF382 where events or reports have no time; EF383 for several
    reports of one place and time.

    Parity: exact; the distance close(1e-9).

    Source: a k-d tree whose nodes know since when a point in them is known; then `latest`.
    """

    Config: ClassVar[type[BaseModel]] = NearestAsOfConfig

    def reads(self, events: EventSchema, context: EventFrame) -> JoinReads | None:
        """Positions and times of both sides."""
        ours, points = place_columns(self.config, events), points_of(context)
        known = self._known(context)
        if ours is None or points is None or known is None or events.timestamp is None:
            return None
        return JoinReads(ours | {events.timestamp}, points.columns | {known})

    def join(self, events: EventFrame, context: EventFrame) -> EventFrame:
        """Add the report's columns."""
        config, name = self.config, called(context)
        points, known = Points.required(context), self._known(context)
        if known is None:
            raise ContextTimeError.no_context_time(name)
        (time, at), (_, since) = times(events, context, known)
        columns = added(events, context, points.columns | {known})
        named = with_distance(events, config.distance, columns)
        reports = points.lazy(context).with_columns(since.alias(_KNOWN))
        reports = reports.filter(pl.col(_KNOWN).is_not_null())
        by = (*points.words, known)
        row = once(Keyed(reports, (LAT, LON, _KNOWN)), by, columns, config.repeats, name)
        near = self._stations(events, reports, at, points)
        place = pl.format("{} {}", LAT, LON).alias(_PLACE)
        sides = near.with_columns(place), row.with_columns(place).drop(LAT, LON)
        joined = latest(*sides, by=(_PLACE,), on=(_AT, _KNOWN))
        old, joined = self._aged(joined, [*columns, *named])
        why = {**unplaced(place_of(events, config)), f"no {time}": pl.col(_AT).is_null()}
        why |= {**beyond(config, context), f"no {name} known yet": pl.col(_STATION).is_null()}
        why |= {f"{name} too old": old}
        age = pl.when(old.not_()).then(pl.col(_AT) - pl.col(_KNOWN))
        return told(events, joined, [*columns, *named], why, context=name, age=age)

    def _known(self, context: EventFrame) -> str | None:
        schema = context_schema(context)
        named: str | None = self.config.known_at
        return named or schema.known_at or schema.timestamp

    def _stations(
        self, events: EventFrame, reports: pl.LazyFrame, at: pl.Expr, points: Points
    ) -> pl.LazyFrame:
        """Add the position of the nearest station known then, to events with their time."""
        config, place = self.config, place_of(events, self.config)
        stations = reports.group_by(LAT, LON).agg(
            pl.col(_KNOWN).min().to_physical().alias(SINCE)
        ).with_columns(pl.col(LAT).alias(_OWN_LAT), pl.col(LON).alias(_OWN_LON))  # fmt: skip
        distance: dict[str, pl.DataType] = (
            {} if config.distance is None else {config.distance: pl.Float64()}
        )
        found = looked_up(
            events.lazy.with_columns(at.alias(_AT)),
            stations.select(LAT, LON, SINCE, _OWN_LAT, _OWN_LON),
            partial(
                nearest_index, systems=(points.crs, place.crs), most=config.max_distance_m,
                distance=config.distance,
            ),
            adds={
                _OWN_LAT: pl.Float64(), _OWN_LON: pl.Float64(), **distance, FOUND: pl.Boolean(),
                FAR: pl.Boolean(),
            },
            asks={
                LAT: place.lat, LON: place.lon,
                BEFORE: pl.col(_AT).to_physical().fill_null(pl.lit(-(2**63), pl.Int64)),
            },
        )  # fmt: skip
        return found.rename({_OWN_LAT: LAT, _OWN_LON: LON, FOUND: _STATION})

    def _aged(self, joined: pl.LazyFrame, columns: list[str]) -> tuple[pl.Expr, pl.LazyFrame]:
        """Return whether a report is too old, and the events without what such reports say."""
        tolerance = self.config.tolerance
        if tolerance is None:
            return pl.lit(value=False), joined
        old = (pl.col(_AT) - pl.col(_KNOWN) > tolerance).fill_null(value=False)
        return old, joined.with_columns(pl.when(old.not_()).then(pl.col(columns)))
