"""Where events happened: what every spatial step is written in.

A position is a latitude and a longitude in degrees, in a geographic coordinate system that is
stated. It is *usable* if both are there, finite and in range, and it is not 0, 0 ("null island",
where positions that were never taken end up). What is not usable has no cell, zone or neighbour.
Latitudes beyond 90° that would fit as longitudes are told apart: somebody exchanged the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from attrs import frozen
from pydantic import Field

from eventflow.base import ComponentConfig
from eventflow.frame import Account
from eventflow_space.errors import UnknownCrsError, UnknownPlaceError, require_columns
from eventflow_space.proj import crs_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.frame import EventFrame

WGS84 = "EPSG:4326"

MISSING = "no position"
OUT_OF_RANGE = "position out of range"
SWAPPED = "latitude and longitude exchanged"
NULL_ISLAND = "position 0, 0"

REASONS = (MISSING, OUT_OF_RANGE, SWAPPED, NULL_ISLAND)
"""Why a position cannot be used; see `Place.reasons`."""

Longitudes = Literal["-180..180", "0..360"]


class PlaceConfig(ComponentConfig):
    """Options of every step that looks at positions.

    Attributes:
        latitude: Column of latitude in degrees; the schema's if not given.
        longitude: Column of longitude in degrees; the schema's if not given.
        crs: Geographic coordinate system of the two; the frame's if not given.
        longitudes: Range of longitudes. With ``0..360`` those above 180 lie west of Greenwich,
            without it they are out of range.
    """

    latitude: str | None = Field(default=None, min_length=1)
    longitude: str | None = Field(default=None, min_length=1)
    crs: str | None = Field(default=None, min_length=1)
    longitudes: Longitudes = "-180..180"


@frozen
class Place:
    """Where events happened.

    Attributes:
        latitude: Column of latitude, degrees.
        longitude: Column of longitude, degrees.
        crs: Geographic coordinate system of the two.
        longitudes: Range of longitudes; those of ``0..360`` above 180 count from -180 on.
    """

    latitude: str
    longitude: str
    crs: str = WGS84
    longitudes: Longitudes = "-180..180"

    @property
    def lat(self) -> pl.Expr:
        """Latitude in degrees, as a float; null where the position is not usable."""
        return pl.when(self.usable).then(self.north)

    @property
    def lon(self) -> pl.Expr:
        """Longitude in degrees, -180 to 180, as a float; null where the position is not usable."""
        return pl.when(self.usable).then(self.east)

    @property
    def north(self) -> pl.Expr:
        """Latitude as it is written, as a float."""
        return pl.col(self.latitude).cast(pl.Float64)

    @property
    def east(self) -> pl.Expr:
        """Longitude as it is written, as a float; those of ``0..360`` above 180 from -180 on."""
        lon = pl.col(self.longitude).cast(pl.Float64)
        if self.longitudes == "-180..180":
            return lon
        return pl.when(lon.is_between(180, 360, closed="right")).then(lon - 360).otherwise(lon)

    @property
    def usable(self) -> pl.Expr:
        """Whether the position can be used; never null."""
        lat, lon = self.north, self.east
        inside = lat.is_between(-90, 90) & lon.is_between(-180, 180)
        return (inside & ((lat != 0) | (lon != 0))).fill_null(value=False)

    @property
    def reasons(self) -> dict[str, pl.Expr]:
        """Why a position cannot be used → whether it is so; at most one holds, none is null.

        `MISSING`, `OUT_OF_RANGE`, `SWAPPED` (out of range, but not with the two exchanged) and
        `NULL_ISLAND`.
        """
        lat, lon = self.north, self.east
        missing = lat.is_null() | lon.is_null() | lat.is_nan() | lon.is_nan()
        inside = lat.is_between(-90, 90) & lon.is_between(-180, 180)
        swapped = (lat.abs() > 90) & lat.is_between(-180, 180) & lon.is_between(-90, 90)  # noqa: PLR2004 - degrees
        found = {
            MISSING: missing,
            OUT_OF_RANGE: missing.not_() & inside.not_() & swapped.not_(),
            SWAPPED: swapped,
            NULL_ISLAND: (lat == 0) & (lon == 0),
        }
        return {reason: when.fill_null(value=False) for reason, when in found.items()}

    @property
    def reason(self) -> pl.Expr:
        """Why a position cannot be used, one of those of `reasons`; else null."""
        return pl.coalesce(pl.when(when).then(pl.lit(r)) for r, when in self.reasons.items())


def place_of(frame: EventFrame, config: Any) -> Place:
    """Return where a frame's events happened, by options or by the schema. Reads no data.

    Args:
        frame: The events.
        config: Options with `latitude`, `longitude` and `crs`, as `PlaceConfig` has them.

    Raises:
        UnknownPlaceError: EF370, nothing names a column.
        UnknownCrsError: EF371, no coordinate system is stated, or it is not geographic.
        SchemaError: EF301, a column is not there.
        UnfitColumnError: EF308, a column is not numeric.
    """
    place = stated_place(frame, config)
    if not is_geographic(place.crs):
        raise UnknownCrsError.not_geographic(place.crs)
    return place


def stated_place(frame: EventFrame, config: Any) -> Place:
    """Return the place that is stated, in degrees or not; else as `place_of`."""
    names: dict[str, str] = {}
    for role in ("latitude", "longitude"):
        name = getattr(config, role) or getattr(frame.schema, role)
        if name is None:
            raise UnknownPlaceError.of_role(role)
        require_columns([name], frame.columns(), key=role, families=["numeric"])
        names[role] = name
    crs = config.crs or frame.metadata.crs
    if crs is None:
        raise UnknownCrsError.missing(names["latitude"], names["longitude"])
    longitudes: Longitudes = getattr(config, "longitudes", "-180..180")
    return Place(names["latitude"], names["longitude"], crs, longitudes)


def place_columns(config: Any, schema: Any) -> frozenset[str] | None:
    """Return the columns of positions, for `Step.reads`; None if nothing names them."""
    found = [getattr(config, r) or getattr(schema, r) for r in ("latitude", "longitude")]
    return None if None in found else frozenset(found)


def flagged(frame: EventFrame, when: Mapping[str, pl.Expr], *, among: pl.Expr) -> Account:
    """Return an account of rows that stay and are only marked.

    Args:
        frame: The rows.
        when: Reason → Boolean expression of the rows it holds for; a row may have several.
        among: Boolean expression of the rows that are asked for reasons. It alone is computed for
            every row: ``is_null()`` of a column that the step made costs next to nothing.
    """
    odd = frame.lazy.filter(among)
    counts = odd.select(e.sum().alias(reason) for reason, e in when.items()).unpivot(
        variable_name="reason", value_name="rows"
    )
    return Account(counts=counts, outcomes=dict.fromkeys(when, "flagged"))


def unusable(frame: EventFrame, place: Place) -> Account:
    """Return an account of the rows whose position cannot be used; they stay."""
    return flagged(frame, place.reasons, among=place.usable.not_())


def is_geographic(crs: str) -> bool:
    """Whether a coordinate system has degrees.

    Raises:
        UnknownCrsError: EF371, PROJ does not know it.
    """
    return crs == WGS84 or bool(crs_of(crs).is_geographic)
