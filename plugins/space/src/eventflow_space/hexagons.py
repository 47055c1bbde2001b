"""The step `space.h3`, and what is known of its cells (https://h3geo.org)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import polars as pl
import polars_h3 as h3
from attrs import frozen
from pydantic import Field

from eventflow_space.cell_step import BaseCellStep, CellConfig, Level, labelled, several

if TYPE_CHECKING:
    from eventflow_space.places import Place

Resolution = Annotated[int, Field(ge=0, le=15)]


@frozen
class H3Cells:
    """H3's cells, hexagons and a dozen pentagons, of any resolution; ids as numbers or text."""

    def centre(self, cell: pl.Expr) -> pl.Expr:
        """Return `latitude` and `longitude` of the middle of a cell, null without one."""
        return pl.struct(latitude=h3.cell_to_lat(cell), longitude=h3.cell_to_lng(cell))

    def corners(self, ids: pl.Series) -> pl.DataFrame:
        """Return `row`, `latitude` and `longitude` of corners, counter-clockwise."""
        rings = ids.to_frame("cell").with_row_index("row").drop_nulls()
        corner = pl.col("corner").list
        return (
            rings.select("row", corner=h3.cell_to_boundary("cell"))
            .explode("corner")
            .select("row", latitude=corner.get(0), longitude=corner.get(1))
        )


class SpatialH3Step(BaseCellStep):
    """The H3 cell that an event lies in, at one resolution or several.

    | column | what | dtype |
    |---|---|---|
    | h3 | id of the cell; ``h3_7``, ``h3_9`` for several resolutions | u64, or text |
    | h3_latitude, h3_longitude | centre of the cell, degrees; if `add` asks | f64 |

    A hexagon of resolution 5 has about 253 km², of 7 5.2 km², of 9 0.105 km² (h3geo.org, "Cell
    Statistics"). The grid has no edge at poles and antimeridian. H3 takes degrees for WGS84;
    positions of another coordinate system are changed to it first.

    Null: the position is missing, out of range, or 0, 0; such rows stay and are counted as flagged.
    Parity: exact. Rows: kept.

    Raises while the plan is built: `SchemaError` (EF301), `UnfitColumnError` (EF308),
    `UnknownPlaceError` (EF370), `UnknownCrsError` (EF371), `ColumnTakenError` (EF372).
    """

    class Config(CellConfig):
        """Options.

        Attributes:
            resolution: From 0 to 15; a list gives a column for each.
            name: Column of the cell's id; of several, what their names begin with.
            dtype: Whether ids are numbers (u64) or, as elsewhere often, text.
        """

        resolution: Resolution | Annotated[tuple[Resolution, ...], Field(min_length=1)]
        name: str = Field(default="h3", min_length=1)
        dtype: Literal["u64", "str"] = "u64"

    def levels(self, place: Place, state: Any) -> dict[str, Level]:
        """Return a column for each resolution."""
        del place, state
        dtype = pl.UInt64() if self.config.dtype == "u64" else pl.String()
        made = {str(r): _level(r, dtype) for r in several(self.config.resolution)}
        return labelled(self.config.name, made)


def _level(resolution: int, dtype: pl.DataType) -> Level:
    return Level(
        cells=H3Cells(),
        formula=f"latLngToCell(latitude, longitude, {resolution})",
        source="https://h3geo.org/docs/api/indexing",
        id_of=lambda lat, lon: h3.latlng_to_cell(lat, lon, resolution, return_dtype=type(dtype)),
    )
