"""Where rows of context lie, and what joins by place say of events without a place."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.context.joining import called
from eventflow.context.schema import context_schema
from eventflow_space.errors import UnknownCrsError, require_columns
from eventflow_space.places import WGS84, Place, is_geographic
from eventflow_space.zone_errors import NoShapeError, TimedPlaceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.frame import EventFrame

LAT, LON = "__eventflow_lat", "__eventflow_lon"
"""Hidden columns of usable positions."""

SINCE, BEFORE = "__eventflow_since", "__eventflow_before"
"""Hidden columns, nanoseconds: since when a point is known; before when an event may know it."""


def shape_column(context: EventFrame) -> str:
    """Return the column of shapes.

    Raises:
        NoShapeError: EF376, there is none, or it holds no bytes.
    """
    shapes = context_schema(context).geometry
    if shapes is None or shapes not in context.columns():
        raise NoShapeError.missing(called(context), "geometry: COLUMN")
    dtype = context.columns()[shapes]
    if dtype != pl.Binary:
        raise NoShapeError.of_dtype(shapes, dtype)
    return shapes


def context_crs(context: EventFrame) -> str:
    """Return the coordinate system of context.

    Raises:
        NoShapeError: EF376, none is stated.
        UnknownCrsError: EF371, PROJ does not know it.
    """
    crs = context.metadata.crs
    if crs is None:
        raise NoShapeError.without_crs(called(context))
    is_geographic(crs)
    return crs


def require_timeless(context: EventFrame, join: str, *, timeless: bool) -> None:
    """Check that context was known before every event.

    Raises:
        TimedPlaceError: EF392, it has a time.
    """
    schema = context_schema(context)
    known = schema.known_at or schema.timestamp
    if known is not None and known in context.columns() and not timeless:
        raise TimedPlaceError.of_column(called(context), known, join)


def unplaced(place: Place) -> Mapping[str, pl.Expr]:
    """Return why events without a usable position find nothing."""
    return place.reasons


def ordered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows in the order of all their values."""
    return rows[rows.select(pl.struct(pl.all()).arg_sort()).to_series()]


def label(rows: pl.DataFrame, row: int) -> str:
    """Return what a row is called in messages: its first value."""
    value = rows.row(int(row))
    return f'"{value[0]}"' if rows.width > 1 and not isinstance(value[0], bytes) else f"zone {row}"


@frozen
class Points:
    """Where points of context lie.

    Attributes:
        names: Columns of latitude and longitude in degrees; or the one of shapes.
        stated: Coordinate system of these.
    """

    names: tuple[str, ...]
    stated: str

    @property
    def columns(self) -> frozenset[str]:
        """The columns of positions."""
        return frozenset(self.names)

    @property
    def words(self) -> tuple[str, str]:
        """What latitude and longitude are called in messages."""
        first, *second = self.names
        return (first, second[0]) if second else (f"latitude of {first}", "longitude")

    @property
    def crs(self) -> str:
        """The geographic coordinate system of what `lazy` returns."""
        return self.stated if is_geographic(self.stated) else WGS84

    @classmethod
    def required(cls, context: EventFrame) -> Points:
        """Return where points lie, whose system is known, and geographic for columns of degrees.

        Raises:
            NoShapeError: EF376, no position or no system is stated, or shapes are no bytes.
            UnknownCrsError: EF371, the system of degrees is projected, or unknown to PROJ.
        """
        found = points_of(context)
        if found is None:
            raise NoShapeError.missing(called(context), "latitude: COLUMN, longitude: COLUMN")
        geographic = is_geographic(context_crs(context))
        if found.names == (context_schema(context).geometry,):
            shape_column(context)
            return found
        if not geographic:
            raise UnknownCrsError.not_geographic(found.stated)
        require_columns(found.columns, context.columns(), key="context", families=["numeric"])
        return found

    def lazy(self, context: EventFrame) -> pl.LazyFrame:
        """Return the rows with a usable position, and it under hidden names.

        Positions are keys of places, of which -0.0 and 0.0 are one.
        """
        rows, first, second = self._decoded(context), LAT, LON
        if len(self.names) > 1:
            rows, (first, second) = context.lazy, self.names
        place = Place(first, second, self.crs)
        lat, lon = (
            pl.when(angle != 0).then(angle).otherwise(0.0) for angle in (place.lat, place.lon)
        )
        return rows.filter(place.usable).with_columns(lat.alias(LAT), lon.alias(LON))

    def _decoded(self, context: EventFrame) -> pl.LazyFrame:
        """Return the rows with the positions of their shapes; raises EF377 when they are read."""
        return context.lazy.map_batches(
            partial(_positioned, shapes=self.names[0], crs=self.stated, to=self.crs),
            schema={**context.columns(), LAT: pl.Float64(), LON: pl.Float64()},
            streamable=True,
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
        )


def points_of(context: EventFrame) -> Points | None:
    """Return where points lie as the schema says; None if it does not. Checks nothing."""
    schema, crs = context_schema(context), context.metadata.crs or ""
    if schema.latitude is not None and schema.longitude is not None:
        return Points((schema.latitude, schema.longitude), crs)
    return None if schema.geometry is None else Points((schema.geometry,), crs)


def _positioned(rows: pl.DataFrame, **systems: str) -> pl.DataFrame:
    from eventflow_space.point_shapes import positioned  # noqa: PLC0415 - delayed: numpy, shapely

    return positioned(rows, **systems)
