"""The step `space.lag`: what a value is in the cells around, on average."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import polars as pl
from pydantic import Field, PositiveInt

from eventflow.blueprint import FeatureSpec, close
from eventflow.config import ONE_OR_MANY
from eventflow_space.lattice import Contiguity, Ring
from eventflow_space.neighbourhood import NeighbourhoodConfig, NeighbourhoodStep, unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.types import Rows

_VALUE = "__eventflow_value_"


class SpatialLagStep(NeighbourhoodStep):
    """The spatial lag of a value, ``W·x``: ``sold_lag``, the weighted sum over a cell's neighbours.

    ``(W·x)ᵢ = Σⱼ wᵢⱼ xⱼ`` over the neighbours j of i that have a value; a cell is none of its own.
    With row-standardised weights ``wᵢⱼ = 1/nᵢ``, n of them, it is their mean; with binary ones,
    ``wᵢⱼ = 1``, their sum (Anselin 1988, Spatial Econometrics). Neighbours are by queen or rook
    contiguity, of order 1 or higher; orders count steps on the grid, also through cells that the
    table does not have. Of several rows of one cell and period, x is their mean.

    Shape: the same rows; dtype f64. Null: no neighbour with a value (an island), or the row has no
    cell, key or period, which is counted as flagged. Unit: that of the column. Parity: close(1e-9).

    Look-ahead: x is of the same period, so a lag of what is to be predicted tells of it. With
    ``earlier: 6h`` x is of the period before, and nothing of the same moment leaks.
    Locality: whole, since a neighbour may be anywhere in the data.

    Raises while the plan is built: `SchemaError` (EF301), `UnfitColumnError` (EF308),
    `ColumnTakenError` (EF372), `UnknownTrackError` (EF379), `UnfitTimeError` (EF394),
    `UnknownCellsError` (EF395).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(NeighbourhoodConfig):
        """Options.

        Attributes:
            columns: Columns of numbers.
            contiguity: Whether squares also meet at corners (``queen``) or not (``rook``).
            order: How many steps away neighbours are.
            lower_orders: Whether those in fewer steps are neighbours too.
            weights: ``row`` (standardised, a mean) or ``binary`` (a sum).
            suffix: What names end in.
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
        contiguity: Contiguity = "queen"
        order: PositiveInt = 1
        lower_orders: bool = False
        weights: Literal["row", "binary"] = "row"
        suffix: str = Field(default="_lag", min_length=1)

    def named(self) -> Sequence[str]:
        """Columns it takes values of."""
        return tuple(self.config.columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        near, config = self.neighbourhood(frame), self.config
        ring = Ring(config.order, config.contiguity, inner=config.lower_orders)
        per_cell, of_near, made = {}, {}, {}
        for column in config.columns:
            value = pl.col(f"{_VALUE}{column}")
            per_cell[f"{_VALUE}{column}"] = pl.col(column).cast(pl.Float64).mean()
            total = pl.when(value.count() > 0).then(value.sum())
            of_near[f"{_VALUE}{column}"] = value.mean() if config.weights == "row" else total
            made[f"{column}{config.suffix}"] = value
        told = near.told(frame.lazy, partial(near.lattice.around, ring=ring), per_cell, of_near)
        return self.finished(frame, told, made, near)

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Return formula, unit, parity and null rule of each column."""
        del state
        config = self.config
        how = "mean" if config.weights == "row" else "sum"
        order = f"order 1 to {config.order}" if config.lower_orders else f"order {config.order}"
        when = f", in the period {config.earlier} before" if config.earlier else ""
        return [
            FeatureSpec(
                name=f"{column}{config.suffix}",
                unit=unit_of(frame, column),
                formula=f"{how} of {column} over {config.contiguity} neighbours of {order}{when}",
                parity=close(),
                nulls="no neighbour with a value, no cell or period",
                source="Anselin 1988, Spatial Econometrics",
            )
            for column in config.columns
        ]
