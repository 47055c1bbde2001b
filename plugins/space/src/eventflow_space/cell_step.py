"""What the steps share that give positions the id of a cell."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from attrs import field, frozen
from pydantic import Field

from eventflow.base import BaseStep
from eventflow.blueprint import EXACT, FeatureSpec, close
from eventflow.component import lacks
from eventflow_space.errors import require_free
from eventflow_space.outlines import outlines
from eventflow_space.places import WGS84, PlaceConfig, flagged, place_columns, place_of
from eventflow_space.proj import Journey, transformed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows
    from eventflow_space.outlines import Cells
    from eventflow_space.places import Place

Coordinate = Literal["latitude", "longitude"]
_CENTRE = "__eventflow_centre"
POSITION = ("__eventflow_latitude", "__eventflow_longitude")


class CellConfig(PlaceConfig):
    """Options of every step that gives positions a cell.

    Attributes:
        name: Column of the cell's id; of several, what their names begin with.
        add: Coordinates of the cell's centre that are added too, in degrees: ``NAME_latitude``,
            ``NAME_longitude``.
    """

    name: str = Field(default="cell", min_length=1)
    add: tuple[Coordinate, ...] = ()


@frozen
class Level:
    """Cells of one size.

    Attributes:
        cells: What ids are ids of.
        formula: How an id is made, in words or symbols.
        source: Where that is written.
        id_of: Returns the id of a latitude and a longitude on WGS84, or of an easting and a
            northing, as `BaseCellStep.located` says.
    """

    cells: Cells
    formula: str
    source: str
    id_of: Callable[[pl.Expr, pl.Expr], pl.Expr] = field(eq=False)


class BaseCellStep(BaseStep):
    """A step that adds ids of cells; override `levels`."""

    rows: ClassVar[Rows] = "accounted"
    fixed_schema: ClassVar[bool] = True

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """The position."""
        del columns
        return place_columns(self.config, schema)

    def levels(self, place: Place, state: Any) -> dict[str, Level]:
        """Return column → cells."""
        raise NotImplementedError(lacks(self, "levels"))

    def reasons(self, place: Place, state: Any) -> dict[str, pl.Expr]:
        """Return why positions have no cell → whether it is so, asked where one has none."""
        del state
        return place.reasons

    def located(
        self, lazy: pl.LazyFrame, place: Place, levels: Mapping[str, Level], state: Any
    ) -> pl.LazyFrame:
        """Add the columns of ids, from positions on WGS84 unless overridden."""
        del state
        made = on_wgs84(lazy, place)
        lat, lon = (pl.col(name) for name in POSITION)
        ids = [level.id_of(lat, lon).alias(name) for name, level in levels.items()]
        return made.with_columns(ids).drop(POSITION)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily, and count the positions that have no cell.

        The ids are dimensions of the events from then on, and maps know their outlines.
        """
        place = place_of(frame, self.config)
        levels = self.levels(place, state)
        require_free(self._names(levels), frame.columns(), key="name")
        lazy = self.located(frame.lazy, place, levels, state)
        for name, level in levels.items():
            lazy = self._with_centres(lazy, name, level.cells)
        made, schema = frame.with_lazy(lazy), frame.schema
        for name, level in levels.items():
            made = made.outlined(name, partial(_outlined, cells=level.cells))
            schema = schema.with_dimension(name)
        nowhere = pl.col(next(iter(levels))).is_null()
        counted = flagged(made, self.reasons(place, state), among=nowhere)
        return made.account(counted).with_lazy(lazy, schema=schema)

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """The ids and the coordinates of centres."""
        levels = self.levels(place_of(frame, self.config), state)
        specs = []
        for name, level in levels.items():
            specs.append(_id_spec(name, level))
            specs.extend(_centre_spec(name, coordinate, level) for coordinate in self.config.add)
        return specs

    def _names(self, levels: Mapping[str, Level]) -> list[str]:
        return [n for name in levels for n in (name, *(f"{name}_{c}" for c in self.config.add))]

    def _with_centres(self, lazy: pl.LazyFrame, name: str, cells: Cells) -> pl.LazyFrame:
        if not self.config.add:
            return lazy
        made = lazy.with_columns(cells.centre(pl.col(name)).alias(_CENTRE))
        part = pl.col(_CENTRE).struct.field
        named = [part(c).alias(f"{name}_{c}") for c in self.config.add]
        return made.with_columns(named).drop(_CENTRE)


def _outlined(ids: pl.Series, *, cells: Cells) -> pl.Series:
    """Return the outlines of cells, for maps: for each a list of longitude and latitude."""
    rings = [[list(corner) for corner in ring] for ring in outlines(ids, cells)]
    return pl.Series(ids.name, rings, dtype=pl.List(pl.List(pl.Float64)))


def on_wgs84(lazy: pl.LazyFrame, place: Place) -> pl.LazyFrame:
    """Add latitude and longitude on WGS84 under the names of `POSITION`, null if not usable."""
    north, east = POSITION
    if place.crs == WGS84:
        return lazy.with_columns(place.lat.alias(north), place.lon.alias(east))
    change = Journey(place.crs, WGS84)
    made = transformed(place.lon, place.lat, change, into=(east, north))
    return lazy.with_columns(made.struct.unnest())


def several(given: Any) -> tuple[Any, ...]:
    """Return what one or several were given as several, each once."""
    return tuple(dict.fromkeys(given)) if isinstance(given, tuple) else (given,)


def labelled(name: str, levels: Mapping[str, Level]) -> dict[str, Level]:
    """Return column → cells: the name alone for cells of one size, with their mark for several."""
    if len(levels) == 1:
        return dict(zip((name,), levels.values(), strict=True))
    return {f"{name}_{mark}": level for mark, level in levels.items()}


def _id_spec(name: str, level: Level) -> FeatureSpec:
    return FeatureSpec(
        name=name,
        unit="id",
        formula=level.formula,
        parity=EXACT,
        nulls="position cannot be used, or lies outside the grid",
        source=level.source,
    )


def _centre_spec(name: str, coordinate: str, level: Level) -> FeatureSpec:
    return FeatureSpec(
        name=f"{name}_{coordinate}",
        unit="degree",
        formula=f"{coordinate} of the centre of {name}",
        parity=close(),
        nulls=f"no {name}",
        source=level.source,
    )
