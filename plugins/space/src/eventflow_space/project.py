"""The step `space.project`: positions in another coordinate system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
from pydantic import Field

from eventflow.base import BaseStep
from eventflow.blueprint import FeatureSpec, close
from eventflow_space.errors import require_free
from eventflow_space.places import (
    MISSING,
    Place,
    PlaceConfig,
    flagged,
    is_geographic,
    place_columns,
    stated_place,
)
from eventflow_space.proj import Journey, crs_of, transformed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows

BEYOND = "position outside the coordinate system"


class SpatialProjectStep(BaseStep):
    """Positions in another coordinate system, by PROJ, in two new columns.

    | column | what | dtype |
    |---|---|---|
    | x, y | easting and northing, in the unit of the system | f64 |
    | longitude, latitude | degrees, if the system is geographic | f64 |

    If the system is geographic, the new columns take the roles of latitude and longitude, and the
    frame takes the system: steps that follow look at them. Positions may be degrees, or eastings
    and northings of a projected system. PROJ takes the most accurate transformation for which it
    has what it needs installed; it downloads nothing.

    Null: a coordinate is missing; degrees are out of range, exchanged or 0, 0; or PROJ has no
    coordinates for a position. Such rows stay and are counted as flagged. Parity: close(1e-9).
    Rows: kept.

    Raises while the plan is built: `SchemaError` (EF301), `UnfitColumnError` (EF308),
    `UnknownPlaceError` (EF370), `UnknownCrsError` (EF371), `ColumnTakenError` (EF372).
    """

    rows: ClassVar[Rows] = "accounted"
    fixed_schema: ClassVar[bool] = True

    class Config(PlaceConfig):
        """Options.

        Attributes:
            to: Coordinate system that is wanted, for example ``EPSG:32618``.
            latitude: Column of latitudes, or of northings; the schema's latitude if not given.
            longitude: Column of longitudes, or of eastings; the schema's longitude if not given.
            crs: Coordinate system of the two; the frame's if not given.
            prefix: What the names of the new columns begin with.
        """

        to: str = Field(min_length=1)
        prefix: str = ""

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """The coordinates."""
        del columns
        return place_columns(self.config, schema)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily, and count the rows that have none."""
        del state
        place, names = stated_place(frame, self.config), self._names()
        require_free(names, frame.columns(), key="prefix")
        x, y, reasons = _given(place)
        made = transformed(x, y, Journey(place.crs, self.config.to), into=names)
        moved = frame.with_lazy(frame.lazy.with_columns(made.struct.unnest()))
        why = {**reasons, BEYOND: x.is_not_null()}
        moved = moved.account(flagged(moved, why, among=pl.col(names[0]).is_null()))
        if not is_geographic(self.config.to):
            return moved
        roles = {"longitude": names[0], "latitude": names[1], "crs": self.config.to}
        return moved.under(frame.schema.model_copy(update=roles))

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """The two coordinates."""
        del state
        source = stated_place(frame, self.config).crs
        unit = crs_of(self.config.to).axis_info[0].unit_name
        return [
            FeatureSpec(
                name=name,
                unit=unit,
                formula=f"position in {source}, changed to {self.config.to}: {axis}",
                parity=close(),
                nulls="position cannot be used, or lies outside the coordinate system",
                source="PROJ",
            )
            for name, axis in zip(self._names(), ("first axis", "second axis"), strict=True)
        ]

    def _names(self) -> tuple[str, str]:
        names = ("longitude", "latitude") if is_geographic(self.config.to) else ("x", "y")
        return f"{self.config.prefix}{names[0]}", f"{self.config.prefix}{names[1]}"


def _given(place: Place) -> tuple[pl.Expr, pl.Expr, dict[str, pl.Expr]]:
    """Return both coordinates, null where they cannot be used, and why not."""
    if is_geographic(place.crs):
        return place.lon, place.lat, place.reasons
    x, y = (pl.col(c).cast(pl.Float64) for c in (place.longitude, place.latitude))
    known = (x.is_finite() & y.is_finite()).fill_null(value=False)
    return pl.when(known).then(x), pl.when(known).then(y), {MISSING: known.not_()}
