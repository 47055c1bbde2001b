"""Which cells are near which: rings of squares, of geohashes and of H3's hexagons.

Squares are neighbours of order k by their steps on the grid: *queen*, also across corners (the
larger of the two index differences is k, a Moore ring), or *rook*, across edges only (their sum is
k); geohashes likewise, by columns and rows of cells of their length. Hexagons meet across edges
only, so both words mean H3's grid distance. Steps go through cells whether or not a table has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl
import polars_h3 as h3
from attrs import frozen

from eventflow_space.geohash_lattice import GeohashCell, number
from eventflow_space.path_errors import UnknownCellsError

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["square", "h3", "geohash"]
Grid = Literal["auto", Kind]
Contiguity = Literal["queen", "rook"]

CELL = "__eventflow_cell"
"""Hidden column: the id of a row's cell; null where it has none."""

NEAR = "__eventflow_near"
"""Hidden column: the id of a cell near that one."""

_OFFSET = "__eventflow_offset"
_DX, _DY = "__eventflow_dx", "__eventflow_dy"
_COLUMN = 2**32


@frozen
class Ring:
    """Which cells around one are meant.

    Attributes:
        order: Steps from the cell to the outermost.
        contiguity: What a step is, for squares.
        inner: Whether those in fewer steps are meant too, the cell itself aside.
        centre: Whether the cell itself is.
    """

    order: int
    contiguity: Contiguity = "queen"
    inner: bool = True
    centre: bool = False

    def holds(self, steps: int) -> bool:
        """Whether cells in that many steps are meant."""
        if steps == 0:
            return self.centre
        return steps <= self.order if self.inner else steps == self.order

    def steps(self, dx: int, dy: int) -> int:
        """Return how many steps apart squares are, by their index differences."""
        apart = abs(dx), abs(dy)
        return max(apart) if self.contiguity == "queen" else sum(apart)


@frozen
class Lattice:
    """The cells of one column.

    Attributes:
        column: The column.
        kind: ``square``, ``h3`` or ``geohash``.
        text: Whether ids are written as text.
    """

    column: str
    kind: Kind
    text: bool = False

    @property
    def cell(self) -> pl.Expr:
        """The id of a row's cell as a number; null where it is none."""
        if self.kind == "square":
            return pl.col(self.column).cast(pl.Int64)
        if self.kind == "geohash":
            return number(pl.col(self.column))
        if self.text:
            return _valid(h3.str_to_int(pl.col(self.column)))
        return _valid(pl.col(self.column).cast(pl.UInt64, strict=False))

    def around(self, cells: pl.LazyFrame, ring: Ring) -> pl.LazyFrame:
        """Return a row for each cell and each near it, in `NEAR`; the table needs `CELL`."""
        if self.kind == "square":
            return beside(cells, pl.DataFrame({_OFFSET: _offsets(ring)}, {_OFFSET: pl.Int64}))
        if self.kind == "geohash":
            paired = cells.join(_steps(ring).lazy(), how="cross")
            near = GeohashCell(pl.col(CELL)).beside(pl.col(_DX), pl.col(_DY))
            return paired.with_columns(near.alias(NEAR)).drop(_DX, _DY).drop_nulls(NEAR)
        return cells.with_columns(_disk(ring).alias(NEAR)).explode(NEAR).drop_nulls(NEAR)

    def size(self, ring: Ring) -> pl.Expr:
        """Return how many cells are near each, in the table or not; needs `CELL`."""
        if self.kind == "square":
            return pl.lit(len(_offsets(ring)), pl.Int64)
        if self.kind == "geohash":
            inside = 0 if ring.inner else _within(ring.order - 1, ring.contiguity)
            found = _within(ring.order, ring.contiguity) - inside
            return found + ring.centre - (1 if ring.inner else 0)
        return _disk(ring).list.len().cast(pl.Int64)


def lattice_of(column: str, grid: Grid, found: Mapping[str, pl.DataType]) -> Lattice:
    """Return the cells of a column, by what is said of it or by its dtype.

    Raises:
        UnknownCellsError: EF395, ids of no grid are written so.
    """
    dtype = found[column]
    text = dtype == pl.String
    if text or dtype == pl.UInt64:
        kind: Kind = "geohash" if text and grid == "geohash" else "h3"
    elif dtype == pl.Int64:
        kind = "h3" if grid == "h3" else "square"
    else:
        raise UnknownCellsError.of_dtype(column, dtype)
    if grid not in ("auto", kind):
        raise UnknownCellsError.of_dtype(column, dtype)
    return Lattice(column, kind, text)


def beside(cells: pl.LazyFrame, offsets: pl.DataFrame) -> pl.LazyFrame:
    """Return a row for each square and each offset, its id in `NEAR`; other columns stay.

    Args:
        cells: Rows with `CELL`.
        offsets: First column: how much larger the id of a near square is.
    """
    offset = offsets.columns[0]
    paired = cells.join(offsets.lazy(), how="cross")
    return paired.with_columns((pl.col(CELL) + pl.col(offset)).alias(NEAR)).drop(offset)


def offset(dx: int, dy: int) -> int:
    """Return how much larger the id of a square is that lies so many further east and north."""
    return dx * _COLUMN + dy


def _offsets(ring: Ring) -> list[int]:
    return [offset(x, y) for x, y in _steps(ring).rows()]


def _steps(ring: Ring) -> pl.DataFrame:
    """Return how many columns east and rows north the cells of a ring lie."""
    reach = range(-ring.order, ring.order + 1)
    held = [(x, y) for x in reach for y in reach if ring.holds(ring.steps(x, y))]
    return pl.DataFrame(held, schema={_DX: pl.Int64, _DY: pl.Int64}, orient="row")


def _within(order: int, contiguity: Contiguity) -> pl.Expr:
    """Return how many geohashes are up to so many steps away, each and itself; needs `CELL`."""
    near = GeohashCell(pl.col(CELL))
    rows = []
    for dy in range(-order, order + 1):
        side = order if contiguity == "queen" else order - abs(dy)
        across = pl.min_horizontal(pl.lit(2 * side + 1, pl.Int64), near.width)
        rows.append(pl.when(near.there(pl.lit(dy))).then(across).otherwise(0))
    return pl.sum_horizontal(rows)


def _disk(ring: Ring) -> pl.Expr:
    found: pl.Expr = h3.grid_disk(CELL, ring.order)
    if not ring.inner:
        found = found.list.set_difference(h3.grid_disk(CELL, ring.order - 1))
    if not ring.centre:
        return found.list.set_difference(pl.concat_list(CELL))
    return found if ring.inner else pl.concat_list(found, CELL)


def _valid(cell: pl.Expr) -> pl.Expr:
    return pl.when(h3.is_valid_cell(cell)).then(cell)
