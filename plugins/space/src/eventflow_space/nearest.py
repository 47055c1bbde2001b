"""The join `nearest`: context of the nearest point."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

import polars as pl
from pydantic import Field

from eventflow.base import BaseContextJoin
from eventflow.context.joining import FOUND, JoinReads, Keyed, Repeats, added, called, once, told
from eventflow.context.lookup import looked_up
from eventflow_space.context_places import LAT, LON, Points, points_of, require_timeless, unplaced
from eventflow_space.errors import require_free
from eventflow_space.places import PlaceConfig, place_columns, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from eventflow.context.lookup import Index
    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema

FAR = "__eventflow_far"
"""Hidden column: whether the nearest is too far."""


class NearestConfig(PlaceConfig):
    """Options of joins with the nearest point.

    Attributes:
        latitude: Column of the events' latitude in degrees; the schema's if not given.
        longitude: Column of the events' longitude in degrees; the schema's if not given.
        crs: Geographic coordinate system of the two; the frame's if not given.
        max_distance_m: Farthest that a point may be, in metres along the great circle.
        distance: Name of an added column with the distance in metres.
        repeats: What several rows at one place are: an ``error``, or is the ``first`` or the
            ``last`` of them taken, in the order of all their values.
    """

    max_distance_m: float | None = Field(default=None, gt=0)
    distance: str | None = Field(default=None, min_length=1)
    repeats: Repeats = "error"


class NearestPointConfig(NearestConfig):
    """Options of `nearest`.

    Attributes:
        latitude: Column of the events' latitude in degrees; the schema's if not given.
        longitude: Column of the events' longitude in degrees; the schema's if not given.
        crs: Geographic coordinate system of the two; the frame's if not given.
        max_distance_m: Farthest that a point may be, in metres along the great circle.
        distance: Name of an added column with the distance in metres.
        repeats: What several rows at one place are: an ``error``, or is the ``first`` or the
            ``last`` of them taken, in the order of all their values.
        timeless: Whether every point was known before every event, where points have a time.
    """

    timeless: bool = False


class NearestJoin(BaseContextJoin):
    """Adds the context of the nearest point.

    Points of the context are positions in degrees (roles `latitude` and `longitude`), or shapes
    (role `geometry`, WKB, as the source `zones` reads them) in any coordinate system; rows without
    a usable one are found by no event. Of points at the same distance, to the micrometre, the one
    farthest south is taken, then the one farthest west.

    Shape: the same events in the same number, and the context's other columns, with their dtypes.
    Events that find nothing stay, with nulls, counted by reason: no position, position out of
    range, position 0, 0, no point within the distance, no point at all. Events stream.

    Units: metres on a sphere of the Earth's mean radius, 6,371,008.8 m, along the great circle;
    on the ellipsoid they differ by 0.6 % at most.

    Errors: EF370 and EF371 for positions in no column or no system; EF376 for context without
    positions or system, EF377 for shapes that are no points; EF383 for several rows at one place,
    EF384 for columns both sides have, EF392 for points with a time.

    Parity: exact; the distance close(1e-9).

    Source: SciPy's k-d tree of points in space.
    """

    Config: ClassVar[type[BaseModel]] = NearestPointConfig

    def reads(self, events: EventSchema, context: EventFrame) -> JoinReads | None:
        """The events' position, and the context's."""
        ours, points = place_columns(self.config, events), points_of(context)
        return None if ours is None or points is None else JoinReads(ours, points.columns)

    def join(self, events: EventFrame, context: EventFrame) -> EventFrame:
        """Add the point's columns."""
        config, place = self.config, place_of(events, self.config)
        points = Points.required(context)
        require_timeless(context, "nearest", timeless=config.timeless)
        columns = added(events, context, points.columns)
        named = with_distance(events, config.distance, columns)
        keyed = Keyed(points.lazy(context), (LAT, LON))
        rows = once(keyed, points.words, columns, config.repeats, called(context))
        dtypes = {name: context.columns()[name] for name in columns}
        joined = looked_up(
            events.lazy,
            rows.select(LAT, LON, *columns),
            partial(
                nearest_index, systems=(points.crs, place.crs), most=config.max_distance_m,
                distance=config.distance,
            ),
            adds={**dtypes, **named, FOUND: pl.Boolean(), FAR: pl.Boolean()},
            asks={LAT: place.lat, LON: place.lon},
        )  # fmt: skip
        why = {**unplaced(place), **beyond(config, context)}
        why[f"no {called(context)}"] = pl.col(FOUND).is_null()
        return told(events, joined, [*columns, *named], why, context=called(context))


def with_distance(
    events: EventFrame, name: str | None, columns: list[str]
) -> dict[str, pl.DataType]:
    """Return the column of distances, if there is to be one.

    Raises:
        ColumnTakenError: EF372, the events or the context have one of that name.
    """
    if name is None:
        return {}
    taken = {**events.columns(), **dict.fromkeys(columns, pl.Null())}
    require_free([name], taken, key="join.distance")
    return {name: pl.Float64()}


def beyond(config: NearestConfig, context: EventFrame) -> Mapping[str, pl.Expr]:
    """Return why events find nothing near enough."""
    most = config.max_distance_m
    return {} if most is None else {f"no {called(context)} within {most:,.10g} m": pl.col(FAR)}


def nearest_index(
    rows: pl.DataFrame, *, systems: tuple[str, str], most: float | None, distance: str | None
) -> Index:
    """Return points, ready to be asked; see `nearest_lookup.Nearest.of`."""
    from eventflow_space.nearest_lookup import Nearest  # noqa: PLC0415 - delayed: numpy, shapely

    return Nearest.of(rows, systems=systems, most=most, distance=distance)
