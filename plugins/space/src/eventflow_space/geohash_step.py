"""The step `space.geohash`: the cell of an event as text, which prefixes make larger."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from eventflow_space.cell_step import BaseCellStep, CellConfig, Level, labelled, several
from eventflow_space.geohash import LONGEST, GeohashCells, geohash

if TYPE_CHECKING:
    from eventflow_space.places import Place

Precision = Annotated[int, Field(ge=1, le=LONGEST)]


class SpatialGeohashStep(BaseCellStep):
    """The geohash that an event lies in, of one length or several.

    | column | what | dtype |
    |---|---|---|
    | geohash | the geohash; ``geohash_5``, ``geohash_7`` for several lengths | text |
    | geohash_latitude, geohash_longitude | centre of the cell, degrees; if `add` asks | f64 |

    On the equator a geohash of 5 characters is 4.9 km wide and high, of 6 1.2 by 0.6 km, of 7
    153 m; towards the poles cells become narrow. A cell ends at the antimeridian: neighbours across
    it share no prefix. Geohashes are made of degrees on WGS84; positions of another coordinate
    system are changed to it first. A position on an edge lies in the cell to the north or east, one
    on 90° N or 180° in the last cell.

    Null: the position is missing, out of range, or 0, 0; such rows stay and are counted as flagged.
    Parity: exact. Rows: kept.

    Raises while the plan is built: `SchemaError` (EF301), `UnfitColumnError` (EF308),
    `UnknownPlaceError` (EF370), `UnknownCrsError` (EF371), `ColumnTakenError` (EF372).
    """

    class Config(CellConfig):
        """Options.

        Attributes:
            precision: Characters, from 1 to 12; a list gives a column for each.
            name: Column of the geohash; of several, what their names begin with.
        """

        precision: Precision | Annotated[tuple[Precision, ...], Field(min_length=1)]
        name: str = Field(default="geohash", min_length=1)

    def levels(self, place: Place, state: Any) -> dict[str, Level]:
        """Return a column for each length."""
        del place, state
        return labelled(
            self.config.name, {str(n): _level(n) for n in several(self.config.precision)}
        )


def _level(length: int) -> Level:
    return Level(
        cells=GeohashCells(),
        formula=f"{5 * length} bits of longitude and latitude in turn, in base 32",
        source="Niemeyer 2008, geohash.org",
        id_of=partial(geohash, length=length),
    )
