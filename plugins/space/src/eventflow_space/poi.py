"""The step `space.poi`: how far the nearest points of interest are, and how many are near."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import polars as pl
from pydantic import Field, PositiveFloat, model_validator

from eventflow.base import BaseStep
from eventflow.blueprint import EXACT, FeatureSpec, close
from eventflow.config import ONE_OR_MANY
from eventflow.config.uses import Uses
from eventflow.context.lookup import looked_up
from eventflow.context.schema import ContextSchema, context_schema
from eventflow.frame import EventFrame
from eventflow_space.context_places import LAT, LON
from eventflow_space.errors import require_columns, require_free
from eventflow_space.path_errors import PoiKnownLaterError, PoiPlaceError
from eventflow_space.places import Place, PlaceConfig, place_columns, place_of, unusable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Self

    from eventflow.schema import EventSchema
    from eventflow.types import Rows
    from eventflow_space.poi_index import PoiIndex

KIND = "__eventflow_kind"
"""Hidden column: the kind of a point."""


class SpatialPoiStep(BaseStep):
    """Distance to the nearest point of interest, and how many lie within a radius.

    Without categories the columns are ``poi_distance_m`` and, for each radius,
    ``poi_count_500m``; with ``category: kind`` and ``categories: [school, bar]`` they are
    ``poi_school_distance_m``, ``poi_school_count_500m`` and so on.

    Distances are along great circles: ``2 R atan2(√h, √(1-h))`` with ``h = sin²(Δφ/2) + cos φ₁
    cos φ₂ sin²(Δλ/2)`` on a sphere of R = 6,371,008.8 m. The nearest point is exactly that, found
    by a k-d tree of points in space, where a shorter chord is a shorter great circle; points at
    most `radii_m` away count, up to a rounding of about a micrometre.

    Shape: the same events; distances f64, counts i64. Null: the event has no usable position,
    which is counted as flagged; the distance also where there is no point of the category. Points
    without a usable position, or of no category that is asked for, are left out. Parity: counts
    exact, distances close(1e-9). The points are read once an execution; events stream.

    Look-ahead: points are taken to have been there always. Where they have a time (role `known_at`
    or `timestamp`), the step refuses, unless ``timeless: true`` says that it does not matter.

    Raises while the plan is built: `SchemaError` (EF301), `UnfitColumnError` (EF308),
    `UnknownPlaceError` (EF370), `UnknownCrsError` (EF371), `ColumnTakenError` (EF372),
    `PoiKnownLaterError` (EF396), `PoiPlaceError` (EF397).
    """

    rows: ClassVar[Rows] = "kept"
    fixed_schema: ClassVar[bool] = True

    class Config(PlaceConfig):
        """Options.

        Attributes:
            pois: Where the points come from: a source with a latitude and a longitude.
            roles: What the points' columns mean, where their source does not say so.
            category: Column of the points that tells their kind.
            categories: The kinds that are asked for.
            radii_m: Distances in metres within which points are counted.
            timeless: Whether every point was there before every event.
            prefix: What the names of the new columns begin with.
            latitude: Column of latitude in degrees; the schema's if not given.
            longitude: Column of longitude in degrees; the schema's if not given.
            crs: Geographic coordinate system of the two; the frame's if not given.
        """

        pois: Annotated[Any, Uses("source")]
        roles: ContextSchema | None = None
        category: str | None = None
        categories: Annotated[tuple[str, ...], ONE_OR_MANY] = ()
        radii_m: Annotated[tuple[PositiveFloat, ...], ONE_OR_MANY] = ()
        timeless: bool = False
        prefix: str = Field(default="poi_")

        @model_validator(mode="after")
        def _both_or_none(self) -> Self:
            if (self.category is None) != (not self.categories):
                msg = "category and categories belong together: the column, and its values"
                raise ValueError(msg)
            return self

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """The position."""
        del columns
        return place_columns(self.config, schema)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        place = place_of(frame, self.config)
        adds = {name: dtype for name, dtype, *_ in self._columns()}
        require_free(adds, frame.columns(), key="prefix")
        build = partial(_index, names=tuple(adds), kinds=self._kinds(), radii=self.config.radii_m)
        asks = {LAT: place.lat, LON: place.lon}
        made = looked_up(frame.lazy, self._points(place), build, adds=adds, asks=asks)
        return frame.with_lazy(made).account(unusable(frame, place))

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Return formula, unit, parity and null rule of each column."""
        del frame, state
        return [
            FeatureSpec(
                name=name,
                unit="m" if dtype == pl.Float64 else "1",
                formula=formula,
                parity=close() if dtype == pl.Float64 else EXACT,
                nulls=nulls,
                source="great circle on a sphere of 6,371,008.8 m",
            )
            for name, dtype, formula, nulls in self._columns()
        ]

    def _kinds(self) -> tuple[str | None, ...]:
        return self.config.categories or (None,)

    def _columns(self) -> Iterator[tuple[str, pl.DataType, str, str]]:
        """Yield name, dtype, formula and null rule, in the order the index returns them."""
        config = self.config
        for kind in self._kinds():
            start = f"{config.prefix}{kind}_" if kind else config.prefix
            what = f"{config.category} {kind}" if kind else "any kind"
            nulls = "no usable position"
            far = f"distance to the nearest point of {what}"
            yield f"{start}distance_m", pl.Float64(), far, f"{nulls}, or no such point"
            for radius in config.radii_m:
                near = f"points of {what} within {radius:g} m"
                yield f"{start}count_{radius:g}m", pl.Int64(), near, nulls

    def _points(self, ours: Place) -> pl.LazyFrame:
        """Return latitude, longitude and kind of the usable points. Reads no data."""
        pois = self._source()
        schema = context_schema(pois)
        known = schema.known_at or schema.timestamp
        if known is not None and known in pois.columns() and not self.config.timeless:
            raise PoiKnownLaterError.of_column(known)
        place = _place_of(pois, schema)
        if place.crs != ours.crs:
            raise PoiPlaceError.of_crs(place.crs, ours.crs)
        kind = pl.lit(None, pl.String)
        if self.config.category is not None:
            require_columns([self.config.category], pois.columns(), key="category")
            kind = pl.col(self.config.category).cast(pl.String)
        usable = pois.lazy.filter(place.usable)
        return usable.select(place.lat.alias(LAT), place.lon.alias(LON), kind.alias(KIND))

    def _source(self) -> EventFrame:
        given = self.config.pois
        found = given.scan() if hasattr(given, "scan") else given
        pois = found if isinstance(found, EventFrame) else EventFrame.of(found)
        roles = self.config.roles
        return pois if roles is None else pois.under(context_schema(pois).merge(roles))


def _place_of(pois: EventFrame, schema: ContextSchema) -> Place:
    """Return where points are, by their own schema alone."""
    names = pois.columns().names()
    told = {"latitude": schema.latitude, "longitude": schema.longitude, "crs": pois.metadata.crs}
    for role, column in told.items():
        if column is None:
            raise PoiPlaceError.of_role(role, names)
    return place_of(pois, PlaceConfig(**told))


def _index(points: pl.DataFrame, **options: Any) -> PoiIndex:
    from eventflow_space.poi_index import PoiIndex  # noqa: PLC0415 - delayed: NumPy and SciPy

    return PoiIndex.of(points, **options)
