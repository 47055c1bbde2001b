"""Square cells: their ids, two indexes in one integer, their centres and corners.

The cell of index ``x`` eastwards and ``y`` northwards holds ``[x·size, (x+1)·size)`` and ``[y·size,
(y+1)·size)`` of a projected coordinate system. Its id is ``x·2³² + y + 2³¹``, one Int64 for indexes
from -2³¹ to 2³¹-1: it joins, groups and sorts as fast as a number, eastwards first.
"""

from __future__ import annotations

from functools import cache
from math import inf

import polars as pl
from attrs import frozen

from eventflow_space.proj import (
    Journey,
    crs_of,
    in_thread,
    metres_per_unit,
    transformed,
    transformer,
)

_WIDTH = 2**32
_HALF = 2**31


def packed(x: pl.Expr, y: pl.Expr) -> pl.Expr:
    """Return the ids of cells, Int64; null where an index is null."""
    return x.cast(pl.Int64) * _WIDTH + (y.cast(pl.Int64) + _HALF)


def x_of(cell: pl.Expr) -> pl.Expr:
    """Return the index eastwards of a cell, Int64."""
    return cell.floordiv(_WIDTH)


def y_of(cell: pl.Expr) -> pl.Expr:
    """Return the index northwards of a cell, Int64."""
    return cell.mod(_WIDTH) - _HALF


@frozen
class SquareCells:
    """Squares of a projected coordinate system.

    Attributes:
        crs: The projected coordinate system.
        size_m: Length of a side, metres.
        geographic: Coordinate system of centres and corners.
    """

    crs: str
    size_m: float
    geographic: str = "EPSG:4326"

    def centre(self, cell: pl.Expr) -> pl.Expr:
        """Return `latitude` and `longitude` of the middle of a cell, null without one."""
        return self._position(cell, (0.5, 0.5))

    def corners(self, ids: pl.Series) -> pl.DataFrame:
        """Return `row`, `latitude` and `longitude` of corners, from the south-west on."""
        around = ((0, 0), (1, 0), (1, 1), (0, 1))
        cells = ids.to_frame("cell").with_row_index("row").drop_nulls()
        found = [self._position(pl.col("cell"), at).struct.unnest() for at in around]
        corners = [cells.select("row", position) for position in found]
        return pl.concat(corners).drop_nulls().sort("row", maintain_order=True)

    def _position(self, cell: pl.Expr, at: tuple[float, float]) -> pl.Expr:
        """Return the position of a point of a cell, in parts of its sides."""
        plane = plane_of(self.crs)
        side = self.size_m / plane.unit_m
        x = ((x_of(cell) + at[0]) * side).clip(*plane.x)
        y = ((y_of(cell) + at[1]) * side).clip(*plane.y)
        back = Journey(self.crs, self.geographic)
        return transformed(x, y, back, into=("longitude", "latitude"))


@frozen
class Plane:
    """What has to be known of a projected coordinate system.

    Attributes:
        unit_m: Metres in its unit.
        x: From where to where its map goes eastwards, in its unit.
        y: The same northwards.
    """

    unit_m: float
    x: tuple[float, float] = (-inf, inf)
    y: tuple[float, float] = (-inf, inf)


@cache
def plane_of(crs: str) -> Plane:
    """Return what has to be known of a projected coordinate system.

    A cylindrical equal-area map ends at the poles and the antimeridian; cells reach beyond it.
    """
    return in_thread(lambda: _plane_of(crs))


def _plane_of(crs: str) -> Plane:
    known = crs_of(crs)
    operation, unit_m = known.coordinate_operation, metres_per_unit(known)
    if operation is None or operation.method_name != "Lambert Cylindrical Equal Area":
        return Plane(unit_m)
    of = {param.name: float(param.value) for param in operation.params}
    turn = of["Longitude of natural origin"]
    change = transformer(str(known.geodetic_crs), crs)
    x, y = change.transform([turn - 180, turn + 180, turn, turn], [0, 0, -90, 90])
    return Plane(unit_m, (x[0], x[1]), (y[2], y[3]))
