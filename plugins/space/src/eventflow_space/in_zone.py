"""The join `in_zone`: context of the zone in which an event happened."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

import polars as pl
from attrs import define

from eventflow.base import BaseContextJoin
from eventflow.context.joining import FOUND, JoinReads, added, called, told
from eventflow.context.lookup import looked_up
from eventflow.context.schema import context_schema
from eventflow_space.context_places import (
    LAT,
    LON,
    context_crs,
    require_timeless,
    shape_column,
    unplaced,
)  # fmt: skip
from eventflow_space.places import PlaceConfig, place_columns, place_of

if TYPE_CHECKING:
    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow_space.zone_lookup import Zones

OUTSIDE = "outside every zone"


class InZoneConfig(PlaceConfig):
    """Options of `in_zone`.

    Attributes:
        latitude: Column of latitude in degrees; the schema's if not given.
        longitude: Column of longitude in degrees; the schema's if not given.
        crs: Geographic coordinate system of the two; the frame's if not given.
        overlaps: What an event inside several zones is: an ``error``, in the ``smallest`` of them
            (by area on the sphere), or in the ``first``, in the order of the values that are added.
        invalid: What a zone is whose boundary crosses itself: an ``error``, or is it ``repair``-ed
            (GEOS MakeValid, which keeps every line of it).
        others: What points and lines among the zones are: an ``error``, or ``ignore``-d.
        antimeridian: What an edge over more than 180° of longitude is: an ``error``, one that goes
            the short way and does ``cross`` 180°, or ``plain``, as it is drawn.
        timeless: Whether every zone was known before every event, where zones have a time.
    """

    overlaps: Literal["error", "smallest", "first"] = "error"
    invalid: Literal["error", "repair"] = "error"
    others: Literal["error", "ignore"] = "error"
    antimeridian: Literal["error", "cross", "plain"] = "error"
    timeless: bool = False


class InZoneJoin(BaseContextJoin):
    """Adds the context of the zone that holds the event.

    The context has a column of shapes (role `geometry`, WKB): polygons and multipolygons, with
    holes or without; rows without a shape hold nothing. They are converted to the events'
    coordinate system, in which edges are straight; edges of projected zones are divided to 1 km
    before. A zone holds its inside; an event inside none that is exactly on boundaries is in the
    first zone whose boundary it is, in the order of the values that are added (with
    ``overlaps: smallest``, in the smallest). Zones over 180° of longitude are written with
    longitudes over 180, or cut there.

    Shape: the same events in the same number, and the context's other columns, with their dtypes.
    Events that find nothing stay, with nulls, counted by reason: no position, position out of
    range, position 0, 0, outside every zone. The zones are read once an execution; events stream.
    A map by a column that is added shows the zones' outlines.

    Errors: EF370 and EF371 for positions in no column or no system; EF376 for context without
    shapes or system; EF377 for shapes that are no areas; EF378 for zones that overlap where an
    event is; EF392 for zones with a time; EF384 for columns both sides have.

    Parity: exact.

    Source: cells of a grid, then the edges in a cell, then GEOS' `contains`; see `zone_cells`.
    """

    Config = InZoneConfig
    config: InZoneConfig

    def reads(self, events: EventSchema, context: EventFrame) -> JoinReads | None:
        """The events' position, and the zones' shapes."""
        ours = place_columns(self.config, events)
        shapes = context_schema(context).geometry
        if ours is None or shapes is None:
            return None
        return JoinReads(ours, frozenset({shapes}))

    def join(self, events: EventFrame, context: EventFrame) -> EventFrame:
        """Add the zone's columns."""
        place = place_of(events, self.config)
        shapes = shape_column(context)
        crs = context_crs(context)
        require_timeless(context, "in_zone", timeless=self.config.timeless)
        columns = added(events, context, frozenset({shapes}))
        dtypes = context.columns()
        rows = context.lazy.select(*columns, shapes)
        zones = _Zones(rows, shapes, crs, place.crs, self.config)
        joined = looked_up(
            events.lazy,
            rows,
            zones.read,
            adds={**{name: dtypes[name] for name in columns}, FOUND: pl.Boolean()},
            asks={LAT: place.lat, LON: place.lon},
        )
        why = {**unplaced(place), OUTSIDE: pl.col(FOUND).is_null()}
        made = told(events, joined, columns, why, context=called(context))
        for name in columns:
            made = made.outlined(name, partial(zones.outlines, column=name))
        return made


@define(eq=False)
class _Zones:
    """Zones of context: read by the plan, and outlined for maps from what was read last.

    Attributes:
        rows: The context, lazily.
        shapes: Its column of shapes.
        crs: Its coordinate system.
        to: That of the events.
        config: The options of the join.
        last: What was read last in this process.
    """

    rows: pl.LazyFrame
    shapes: str
    crs: str
    to: str
    config: InZoneConfig
    last: Zones | None = None

    def read(self, rows: pl.DataFrame) -> Zones:
        """Make zones of rows of context."""
        from eventflow_space.zone_lookup import Zones  # noqa: PLC0415 - delayed: shapely, numpy
        from eventflow_space.zone_shapes import Rules  # noqa: PLC0415 - delayed: likewise

        own = self.config
        rules = Rules(own.invalid, own.others, own.antimeridian, own.overlaps)
        self.last = Zones.of(rows, shapes=self.shapes, crs=self.crs, to=self.to, rules=rules)
        return self.last

    def outlines(self, ids: pl.Series, *, column: str) -> pl.Series:
        """Return the outlines of the zones whose values in a column these are."""
        from eventflow_space.zone_outlines import outlines  # noqa: PLC0415 - delayed: likewise

        zones = self.last or self.read(self.rows.collect())
        return outlines(ids, zones.rows[column].head(-1), zones.cells.zones, self.to)
