"""The step `space.neighbours`: what the cells around one hold."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import polars as pl
from pydantic import Field, PositiveInt

from eventflow.blueprint import EXACT, FeatureSpec, close
from eventflow.config import ONE_OR_MANY
from eventflow_space.lattice import Contiguity, Lattice, Ring
from eventflow_space.neighbourhood import NeighbourhoodConfig, NeighbourhoodStep, unit_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.frame import EventFrame
    from eventflow.types import Rows

Aggregate = Literal["sum", "mean", "min", "max", "count"]

_CELLS = "__eventflow_cells"
_PARTS = {
    "sum": ("sum", "count"), "mean": ("sum", "count"), "count": ("count",),
    "min": ("min",), "max": ("max",),
}  # fmt: skip
_NULLS = {
    "sum": "no cell or period; 0 without a value",
    "count": "no cell or period; 0 without a value",
}


class SpatialNeighboursStep(NeighbourhoodStep):
    """Sums, means and extremes over the cells around each: ``sold_sum_ring1``.

    Rows are of cells, or of cells and periods: one row each or several, which all count. Around a
    square of order k lie the squares up to k steps away (Moore, ``(2k + 1)² - 1`` of them; with
    ``contiguity: rook`` across edges only, ``2k(k + 1)``), around an H3 cell those of
    ``grid_disk`` (``3k(k + 1)``, fewer at a pentagon). Geohashes are squares in this, of columns
    that meet at the antimeridian and rows that end at the poles.

    ``count``, ``sum`` (0 without a value), ``mean``, ``min`` and ``max`` (null without one) are of
    the values that are there: nulls do not count, nor do cells that the table does not have, unless
    ``missing: zero`` has each of those count as one value 0.

    Shape: the same rows; dtypes: counts and sums of whole numbers i64 (null where 64 bits do not
    hold the sum), sums of others and means f64, extremes as the column. Null: no cell, no key or no
    period; such rows are counted as flagged. Parity: exact for whole numbers and extremes, else
    close(1e-9). Unit: that of the column.

    Look-ahead: cells are compared within one period, so what happened in it elsewhere is known
    here. Where that is too early, ``earlier: 6h`` takes the neighbours of the period before.
    Locality: whole, since a neighbour may be anywhere in the data; the table of cells, not that of
    rows, is what is held in memory, times the cells around each.

    Raises while the plan is built: `SchemaError` (EF301), `UnfitColumnError` (EF308),
    `ColumnTakenError` (EF372), `UnknownTrackError` (EF379), `UnfitTimeError` (EF394),
    `UnknownCellsError` (EF395).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(NeighbourhoodConfig):
        """Options.

        Attributes:
            columns: Columns of numbers.
            aggregates: What is made of each: ``sum``, ``mean``, ``min``, ``max``, ``count``.
            rings: How many steps away the outermost cells are.
            contiguity: Whether squares also meet at corners (``queen``) or not (``rook``).
            centre: Whether the cell itself is one of them.
            missing: Whether a cell that the table does not have is ``absent`` or ``zero``.
            suffix: What names end in; ``_ring1`` and so on if not given.
            cell: Column of the cell's id.
            grid: What ids are of: ``square`` (Int64, as space.grid makes them), ``h3`` (UInt64
                or text; Int64 if said so) or ``geohash`` (text); if ``auto``, by the dtype squares
                or H3.
            by: Columns within whose values cells are neighbours.
            time: Column of the period, of which cells are neighbours too; if neither this nor `by`
                is given, the schema's timestamp, where it names one.
            earlier: How much earlier the period of the neighbours began: ``6h``. Not given: the
                same period.
        """

        columns: Annotated[tuple[str, ...], ONE_OR_MANY] = Field(min_length=1)
        aggregates: Annotated[tuple[Aggregate, ...], ONE_OR_MANY] = Field(
            default=("mean",), min_length=1
        )
        rings: PositiveInt = 1
        contiguity: Contiguity = "queen"
        centre: bool = False
        missing: Literal["absent", "zero"] = "absent"
        suffix: str | None = Field(default=None, min_length=1)

    def named(self) -> Sequence[str]:
        """Columns it takes values of."""
        return tuple(self.config.columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        near, found = self.neighbourhood(frame), frame.columns()
        per_cell, of_near = {}, {_CELLS: pl.len().cast(pl.Int64)}
        for column in self.config.columns:
            for part in self._parts():
                name = _hidden(column, part)
                per_cell[name] = _part(column, part, found[column])
                of_near[name] = _merged(name, part)
        around = partial(near.lattice.around, ring=self._ring())
        told = near.told(frame.lazy, around, per_cell, of_near)
        made = {
            name: self._finished(column, aggregate, found[column], near.lattice)
            for column, aggregate, name in self._names()
        }
        return self.finished(frame, told, made, near)

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Return formula, unit, parity and null rule of each column."""
        del state
        found, config = frame.columns(), self.config
        where = f"cells in up to {config.rings} steps" + (", its own too" if config.centre else "")
        when = f", in the period {config.earlier} before" if config.earlier else ""
        return [
            FeatureSpec(
                name=name,
                unit="1" if aggregate == "count" else unit_of(frame, column),
                formula=f"{aggregate} of {column} over {where}{when}",
                parity=_parity(aggregate, found[column]),
                nulls=_NULLS.get(aggregate, "no cell or period, or no value around"),
                source="Moore or H3 neighbourhood of cells",
            )
            for column, aggregate, name in self._names()
        ]

    def _ring(self) -> Ring:
        config = self.config
        return Ring(config.rings, config.contiguity, inner=True, centre=config.centre)

    def _parts(self) -> list[str]:
        return sorted({part for a in self.config.aggregates for part in _PARTS[a]})

    def _names(self) -> Iterator[tuple[str, str, str]]:
        suffix = self.config.suffix or f"_ring{self.config.rings}"
        for column in self.config.columns:
            for aggregate in self.config.aggregates:
                yield column, aggregate, f"{column}_{aggregate}{suffix}"

    def _finished(
        self, column: str, aggregate: str, dtype: pl.DataType, lattice: Lattice
    ) -> pl.Expr:
        zeros = pl.lit(0, pl.Int64)
        if self.config.missing == "zero":
            zeros = lattice.size(self._ring()) - pl.col(_CELLS).fill_null(0)
        if aggregate in ("min", "max"):
            value = pl.col(_hidden(column, aggregate))
            zero = pl.when(zeros > 0).then(pl.lit(0).cast(dtype))
            either = pl.max_horizontal if aggregate == "max" else pl.min_horizontal
            return either(value, zero)
        count: pl.Expr = pl.col(_hidden(column, "count")).fill_null(0) + zeros
        if aggregate == "count":
            return count
        total = pl.col(_hidden(column, "sum")).fill_null(0)
        if aggregate == "sum":
            return total.cast(pl.Int64, strict=False) if dtype.is_integer() else total
        return pl.when(count > 0).then(total.cast(pl.Float64) / count)


def _hidden(column: str, part: str) -> str:
    return f"__eventflow_{part}_{column}"


def _part(column: str, part: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(column)
    match part:
        case "sum":
            return value.cast(pl.Int128 if dtype.is_integer() else pl.Float64).sum()
        case "count":
            return value.count().cast(pl.Int64)
        case "min":
            return value.min()
    return value.max()


def _merged(name: str, part: str) -> pl.Expr:
    value = pl.col(name)
    return value.min() if part == "min" else value.max() if part == "max" else value.sum()


def _parity(aggregate: str, dtype: pl.DataType) -> Any:
    floats = aggregate == "mean" or (aggregate == "sum" and not dtype.is_integer())
    return close() if floats else EXACT
