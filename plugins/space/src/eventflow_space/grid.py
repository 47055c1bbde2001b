"""The step `space.grid`: square cells of a size in metres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import polars as pl
from attrs import frozen
from pydantic import Field

from eventflow_space.cell_step import POSITION, BaseCellStep, CellConfig, Level, labelled, several
from eventflow_space.errors import SwappedPositionsError
from eventflow_space.grid_crs import WORLD, Bounds, chosen
from eventflow_space.places import SWAPPED, place_of
from eventflow_space.projections import projection_of
from eventflow_space.squares import SquareCells, packed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.frame import EventFrame
    from eventflow_space.places import Place

Size = Annotated[float, Field(ge=0.1, le=10_000_000, allow_inf_nan=False)]
OUTSIDE = "position outside the grid"
_MOST = 0.5
_TURN = 360


@frozen
class SpatialGridState:
    """What was learned.

    Attributes:
        crs: The projected coordinate system of the grid.
    """

    crs: str


class SpatialGridStep(BaseCellStep):
    """The square cell that an event lies in, of one size in metres or several.

    | column | what | dtype |
    |---|---|---|
    | cell | id of the cell; ``cell_300m``, ``cell_5000m`` for several sizes | i64 |
    | cell_latitude, cell_longitude | centre of the cell, degrees; if `add` asks | f64 |

    Squares are those of a projected coordinate system: with easting x and northing y in metres, the
    cell is ``(⌊x/size⌋, ⌊y/size⌋)``, and its id ``⌊x/size⌋·2³² + ⌊y/size⌋ + 2³¹``. Cells are
    half-open, and those of one coordinate system and size have the same ids in every run.

    The coordinate system, unless `projected` names it, is chosen from all positions that can be
    used when the step is fitted: the UTM zone that holds them, with half a degree to spare; else
    Lambert's azimuthal equal-area projection around their middle, if none is further than 50° from
    it; else EPSG:6933, the equal-area grid of the world. New data are given cells of the same grid.
    One far outlier makes the grid that of a continent or of the world: name the system where it is
    known. UTM and azimuthal grids go across the antimeridian, azimuthal ones across the poles; the
    grid of the world ends at both.

    Null: the position is missing, out of range, or 0, 0; or it lies outside the grid: further than
    30° from the central meridian of a transverse Mercator projection, in the other hemisphere than
    the centre of an azimuthal one, or where PROJ gives no coordinates. Such rows stay and are
    counted as flagged. Parity: exact. Rows: kept.

    Raises while the plan is built: `SchemaError` (EF301), `UnfitColumnError` (EF308),
    `UnknownPlaceError` (EF370), `UnknownCrsError` (EF371), `ColumnTakenError` (EF372),
    `UnfitGridError` (EF373). When it is fitted: `SwappedPositionsError` (EF374), if most positions
    are on Earth only with latitude and longitude exchanged.
    """

    class Config(CellConfig):
        """Options.

        Attributes:
            size_m: Length of a cell's side in metres, 0.1 to 10,000,000; a list gives a column for
                each.
            projected: Projected coordinate system of the squares, for example ``EPSG:32618``;
                chosen from the positions if not given.
            name: Column of the cell's id; of several, what their names begin with.
        """

        size_m: Size | Annotated[tuple[Size, ...], Field(min_length=1)]
        projected: str | None = Field(default=None, min_length=1)

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Return where the positions are, one row, unless the coordinate system is given."""
        place = place_of(frame, self.config)
        if self.config.projected is not None:
            return None
        lat, lon = (pl.col(name) for name in POSITION)
        east = lon.mod(_TURN)
        placed = frame.lazy.with_columns(**dict(zip(POSITION, (place.lat, place.lon), strict=True)))
        return placed.select(
            south=lat.min(), north=lat.max(), west=lon.min(), east=lon.max(),
            west_360=east.min(), east_360=east.max(),
            used=lat.count(), swapped=place.reasons[SWAPPED].sum(),
        )  # fmt: skip

    def fit(self, statistics: pl.DataFrame) -> SpatialGridState:
        """Choose the coordinate system.

        Raises:
            SwappedPositionsError: EF374, most positions fit only if they are exchanged.
        """
        found = statistics.row(0, named=True)
        used, swapped = found["used"], found["swapped"]
        if swapped > _MOST * (used + swapped):
            raise SwappedPositionsError.of_share(swapped, used + swapped)
        if not used:
            return SpatialGridState(WORLD)
        south, north = found["south"], found["north"]
        plain = Bounds(south, north, found["west"], found["east"])
        turned = Bounds(south, north, found["west_360"], found["east_360"])
        return SpatialGridState(chosen(min(plain, turned, key=lambda b: b.east - b.west)))

    def reasons(self, place: Place, state: Any) -> dict[str, pl.Expr]:
        """Return why positions have no cell; those that can be used lie outside the grid."""
        del state
        return {**place.reasons, OUTSIDE: place.usable}

    def levels(self, place: Place, state: Any) -> dict[str, Level]:
        """Return a column for each size."""
        crs = self._crs(state)
        sizes = several(self.config.size_m)
        made = {f"{_written(size)}m": _level(crs, size, place) for size in sizes}
        return labelled(self.config.name, made)

    def located(
        self, lazy: pl.LazyFrame, place: Place, levels: Mapping[str, Level], state: Any
    ) -> pl.LazyFrame:
        """Add the ids, from easting and northing in metres."""
        plane = projection_of(place.crs, self._crs(state))
        made = plane.projected(lazy, place.north, place.east, POSITION, where=place.usable)
        x, y = (pl.col(name) for name in POSITION)
        ids = [level.id_of(x, y).alias(name) for name, level in levels.items()]
        return made.with_columns(ids).drop(POSITION)

    def _crs(self, state: Any) -> str:
        crs: str = self.config.projected or state.crs
        return crs


def _level(crs: str, size: float, place: Place) -> Level:
    return Level(
        cells=SquareCells(crs, size, place.crs),
        formula=f"⌊x/{_written(size)}⌋·2³² + ⌊y/{_written(size)}⌋ + 2³¹, x and y in {crs}",
        source="eventflow_space.squares",
        id_of=lambda x, y: packed((x / size).floor(), (y / size).floor()),
    )


def _written(size: float) -> str:
    """Return a size without an exponent, and without decimals where it has none."""
    return f"{size:.10f}".rstrip("0").rstrip(".")
