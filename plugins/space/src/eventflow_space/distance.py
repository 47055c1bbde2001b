"""The step `space.distance`: how far it is from one position of an event to another."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from pydantic import Field

from eventflow.base import BaseStep
from eventflow.blueprint import FeatureSpec, close
from eventflow_space.errors import require_columns, require_free
from eventflow_space.places import Place, PlaceConfig, flagged, place_columns, place_of
from eventflow_space.proj import crs_of, in_thread
from eventflow_space.sphere import Point, bearing, haversine, turned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyproj import Geod

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows

_FOUND = "__eventflow_geodesic"
_WAY = pl.Struct({"m": pl.Float64(), "bearing": pl.Float64()})


class SpatialDistanceStep(BaseStep):
    """Distance and direction from one position of an event to another.

    | column | what | dtype |
    |---|---|---|
    | distance_m | length of the shortest way over the surface, metres | f64 |
    | distance_bearing | direction in which it begins, degrees clockwise from north | f64 |

    The direction is made only when asked for, and lies in [0, 360). ``haversine`` measures on a
    sphere of 6,371,008.8 m, to 0.6 % (Sinnott 1984); ``geodesic`` on the ellipsoid of the
    coordinate system, to nanometres, at ten times the cost (Karney 2013, by PROJ).

    Null: either position cannot be used: it is missing, out of range, exchanged, or 0, 0; such rows
    stay and are counted as flagged, those of the other position as ``to: …``. The direction is also
    null where the two are one. Parity: close(1e-9). Rows: kept.

    Raises while the plan is built: `SchemaError` (EF301), `UnfitColumnError` (EF308),
    `UnknownPlaceError` (EF370), `UnknownCrsError` (EF371), `ColumnTakenError` (EF372).
    """

    rows: ClassVar[Rows] = "accounted"
    fixed_schema: ClassVar[bool] = True

    class Config(PlaceConfig):
        """Options.

        Attributes:
            to_latitude: Column of the other position's latitude, in the same coordinate system.
            to_longitude: Column of its longitude.
            method: On a sphere, or on the ellipsoid.
            columns: Which columns are made.
            prefix: What their names begin with.
        """

        to_latitude: str = Field(min_length=1)
        to_longitude: str = Field(min_length=1)
        method: Literal["haversine", "geodesic"] = "haversine"
        columns: tuple[Literal["m", "bearing"], ...] = Field(default=("m",), min_length=1)
        prefix: str = "distance_"

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Both positions."""
        del columns
        found = place_columns(self.config, schema)
        other = {self.config.to_latitude, self.config.to_longitude}
        return None if found is None else found | other

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily, and count the positions that cannot be used."""
        del state
        here, there = self._places(frame)
        names = {c: f"{self.config.prefix}{c}" for c in self.config.columns}
        require_free(names.values(), frame.columns(), key="prefix")
        a, b = Point(here.lat, here.lon), Point(there.lat, there.lon)
        if self.config.method == "haversine":
            made = {"m": haversine(a, b), "bearing": bearing(a, b)}
            lazy = frame.lazy.with_columns(made[c].alias(name) for c, name in names.items())
        else:
            way = pl.col(_FOUND).struct.field
            lazy = frame.lazy.with_columns(_geodesic(a, b, here.crs).alias(_FOUND))
            lazy = lazy.with_columns(way(c).alias(name) for c, name in names.items()).drop(_FOUND)
        other = {f"to: {reason}": when for reason, when in there.reasons.items()}
        told, unknown = frame.with_lazy(lazy), pl.col(next(iter(names.values()))).is_null()
        return told.account(flagged(told, {**here.reasons, **other}, among=unknown))

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """The columns that are made."""
        del state
        here, there = self._places(frame)
        way = f"from {here.latitude}, {here.longitude} to {there.latitude}, {there.longitude}"
        words = {"m": ("metre", "length of the"), "bearing": ("degree", "direction of the")}
        return [
            FeatureSpec(
                name=f"{self.config.prefix}{column}",
                unit=words[column][0],
                formula=f"{words[column][1]} shortest way {way}, {self.config.method}",
                parity=close(),
                nulls="a position cannot be used; a direction also where the two are one",
                source="Sinnott 1984" if self.config.method == "haversine" else "Karney 2013",
            )
            for column in self.config.columns
        ]

    def _places(self, frame: EventFrame) -> tuple[Place, Place]:
        config, here = self.config, place_of(frame, self.config)
        for key in ("to_latitude", "to_longitude"):
            require_columns([getattr(config, key)], frame.columns(), key=key, families=["numeric"])
        there = Place(config.to_latitude, config.to_longitude, here.crs, here.longitudes)
        return here, there


def _geodesic(a: Point, b: Point, crs: str) -> pl.Expr:
    """Return length and direction on an ellipsoid, a struct of two f64."""
    pair = pl.struct(a=a.lon, b=a.lat, c=b.lon, d=b.lat)
    return pair.map_batches(partial(_batch, crs=crs), return_dtype=_WAY, is_elementwise=True)


def _batch(pairs: pl.Series, *, crs: str) -> pl.Series:
    a, b, c, d = (pairs.struct.field(name).to_numpy() for name in "abcd")
    away, _, metres = in_thread(lambda: _geod(crs).inv(a, b, c, d))
    found = pl.DataFrame({"m": metres, "bearing": away})
    direction = pl.when(pl.col("m") > 0).then(turned(pl.col("bearing")))
    made = found.select(pl.col("m"), direction.alias("bearing"))
    return made.select(pl.all().fill_nan(None)).to_struct(pairs.name)


@cache
def _geod(crs: str) -> Geod:
    known = crs_of(crs).get_geod()
    assert known is not None  # noqa: S101 - a geographic system has an ellipsoid
    return known
