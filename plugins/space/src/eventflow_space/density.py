"""The step `space.density`: how densely events lie around each cell."""

from __future__ import annotations

from math import ceil, pi, sin
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
import polars_h3 as h3
from pydantic import Field, PositiveFloat

from eventflow.blueprint import FeatureSpec, close
from eventflow_space.geohash_lattice import GeohashCell
from eventflow_space.kernels import Kernel, Name
from eventflow_space.lattice import CELL, NEAR, beside, offset
from eventflow_space.neighbourhood import NeighbourhoodConfig, NeighbourhoodStep
from eventflow_space.path_errors import UnknownCellsError
from eventflow_space.sphere import RADIUS_M, Point, haversine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.types import Rows
    from eventflow_space.lattice import Lattice

_WEIGHT, _MASS, _DENSITY = "__eventflow_weight", "__eventflow_mass", "__eventflow_density"
_DX, _DY = "__eventflow_dx", "__eventflow_dy"
_PER_KM2 = 1e6
_EDGE_M = 1_281_256.0
"""Average edge of an H3 cell of resolution 0, metres; of each finer one, √7 times less."""
_CLOSEST = 0.7
"""Least distance of two H3 centres that are neighbours, by what it is in a regular tiling; 0.71
among all cells of resolutions 1 to 3."""


class SpatialDensityStep(NeighbourhoodStep):
    """Kernel density around each cell: ``density``, in events per square kilometre.

    ``density = Σⱼ vⱼ K(dⱼ/h) / h²`` at the cell's centre, over the cells of the table; v is a
    cell's number of rows, or the sum of `value`, all at its centre, and d the distance of centres.
    Kernels (u = d/h): ``gaussian`` exp(-u²/2)/2π, cut off at `truncate` bandwidths
    (on squares, in each direction of the grid);
    ``epanechnikov`` 2(1-u²)/π and ``quartic`` 3(1-u²)²/π, both 0 beyond one bandwidth. Each
    integrates to 1, so that the density of N rows integrates to N (Silverman 1986).

    Against the exact density of the events' own positions:

    - an event is moved to the centre of its cell, by at most s/√2 for squares of side s. The value
      changes by at most ``0.43 s/h`` (gaussian), ``1.41 s/h`` (epanechnikov), ``1.09 s/h``
      (quartic) of the kernel's height, for each event in reach; for events that lie evenly within
      their cells, by about ``(s/h)²`` times 1/12, 1/6 or 1/3 of it: 0.5, 1 or 2 % with h = 4 s;
    - the cut leaves out at most ``exp(-truncate²/2)`` of an event's mass: 0.03 % at 4 bandwidths;
    - metres are those of the grid's projection; between H3 cells and geohashes, great-circle
      metres.

    Shape: the same rows; dtype f64. Null: no cell, key or period, which is counted as flagged; 0
    where nothing is in reach. Parity: close(1e-9).

    Look-ahead: densities are of one period; with ``earlier: 1d`` of the period before.
    Locality: whole, since a cell in reach may be anywhere in the data. Cost: the table of cells
    times the cells in reach, about ``π (reach/s)²``; for the Gaussian on squares, which is spread
    along one axis and gathered along the other, ``4 reach/s``.

    Raises while the plan is built: `SchemaError` (EF301), `UnfitColumnError` (EF308),
    `ColumnTakenError` (EF372), `UnknownTrackError` (EF379), `UnfitTimeError` (EF394),
    `UnknownCellsError` (EF395).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(NeighbourhoodConfig):
        """Options.

        Attributes:
            bandwidth_m: Bandwidth h, metres.
            kernel: ``gaussian``, ``epanechnikov`` or ``quartic``.
            size_m: Side of square cells, metres, as the step that made them has it.
            truncate: Bandwidths beyond which the Gaussian counts as 0.
            value: Column of what each row counts for; 1 if not given.
            name: Name of the new column.
            cell: Column of the cell's id.
            grid: What ids are of: ``square`` (Int64, as space.grid makes them), ``h3`` (UInt64
                or text; Int64 if said so) or ``geohash`` (text); if ``auto``, by the dtype squares
                or H3.
            by: Columns within whose values densities are computed.
            time: Column of the period, within which too; if neither this nor `by` is given, the
                schema's timestamp, where it names one.
            earlier: How much earlier the period began whose rows count: ``1d``. Not given: the
                same period.
        """

        bandwidth_m: PositiveFloat
        kernel: Name = "gaussian"
        size_m: PositiveFloat | None = None
        truncate: PositiveFloat = 4.0
        value: str | None = None
        name: str = Field(default="density", min_length=1)

    def named(self) -> Sequence[str]:
        """The column of values, if any."""
        return (self.config.value,) if self.config.value else ()

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the column, lazily."""
        del state
        near, value = self.neighbourhood(frame), self.config.value
        mass = pl.col(value).cast(pl.Float64).sum() if value else pl.len().cast(pl.Float64)
        weighed = (pl.col(_WEIGHT) * pl.col(_MASS)).sum() * _PER_KM2
        spread = None
        if not self._sized(near.lattice):
            around = self._hexagons if near.lattice.kind == "h3" else self._geohashes
        elif self.config.kernel == "gaussian":
            around, spread = self._northwards, self._eastwards
        else:
            around = self._squares
        told = near.told(frame.lazy, around, {_MASS: mass}, {_DENSITY: weighed}, spread=spread)
        made = {self.config.name: pl.col(_DENSITY).fill_null(0.0)}
        return self.finished(frame, told, made, near)

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Return formula, unit and parity of the column."""
        del frame, state
        config = self.config
        what = f"{config.value or '1'} per km²"
        formula = f"Σ v K(d/h)/h², {config.kernel} kernel, h = {config.bandwidth_m:g} m"
        return [
            FeatureSpec(
                name=config.name,
                unit=what,
                formula=formula,
                parity=close(),
                nulls="no cell or period; 0 where nothing is in reach",
                source="Silverman 1986, Density Estimation",
            )
        ]

    def _sized(self, lattice: Lattice) -> bool:
        """Whether cells are squares, whose side must be told; that of others must not be."""
        size, square = self.config.size_m, lattice.kind == "square"
        if square and size is None:
            raise UnknownCellsError.no_size(lattice.column)
        if not square and size is not None:
            raise UnknownCellsError.size_of_others(lattice.column)
        return square

    def _kernel(self) -> Kernel:
        config = self.config
        return Kernel(config.kernel, config.bandwidth_m, config.truncate)

    def _along(self, dx: int, dy: int) -> pl.DataFrame:
        """Return the squares in reach in one direction, with the Gaussian's weights along it."""
        kernel, size = self._kernel(), self.config.size_m
        steps = range(-ceil(kernel.reach / size), ceil(kernel.reach / size) + 1)
        reach = pl.DataFrame({"offset": [offset(n * dx, n * dy) for n in steps], "steps": steps})
        weight = kernel.along(pl.col("steps") * size).alias(_WEIGHT)
        return reach.select("offset", weight).filter(pl.col(_WEIGHT) > 0)

    def _northwards(self, cells: pl.LazyFrame) -> pl.LazyFrame:
        """Weigh the squares in reach to the north and south."""
        return beside(cells, self._along(0, 1))

    def _eastwards(self, table: pl.LazyFrame) -> pl.LazyFrame:
        """Spread what squares hold over those in reach to the east and west."""
        spread = beside(table, self._along(1, 0)).drop(CELL).rename({NEAR: CELL})
        held = (pl.col(_MASS) * pl.col(_WEIGHT)).sum()
        return spread.group_by(pl.all().exclude(_MASS, _WEIGHT)).agg(held)

    def _squares(self, cells: pl.LazyFrame) -> pl.LazyFrame:
        """Weigh the squares in reach by how far their centres are."""
        kernel, size = self._kernel(), self.config.size_m
        steps = ceil(kernel.reach / size)
        reach = range(-steps, steps + 1)
        far = {(x, y): size * (x * x + y * y) ** 0.5 for x in reach for y in reach}
        held = {offset(*step): metres for step, metres in far.items() if metres <= kernel.reach}
        offsets = pl.DataFrame({"offset": list(held), "metres": list(held.values())})
        weight = kernel.at(pl.col("metres")).alias(_WEIGHT)
        return beside(cells, offsets.select("offset", weight))

    def _hexagons(self, cells: pl.LazyFrame) -> pl.LazyFrame:
        """Weigh the H3 cells in reach by how far their centres are."""
        kernel = self._kernel()
        edge = _EDGE_M / pl.lit(7.0).sqrt().pow(h3.get_resolution(CELL))
        steps = (kernel.reach / (1.5 * _CLOSEST * edge)).ceil().cast(pl.Int64)
        near = cells.with_columns(h3.grid_disk(CELL, steps).alias(NEAR)).explode(NEAR)
        metres = haversine(_centre(CELL), _centre(NEAR))
        return near.drop_nulls(NEAR).with_columns(kernel.at(metres).alias(_WEIGHT))

    def _geohashes(self, cells: pl.LazyFrame) -> pl.LazyFrame:
        """Weigh the geohashes in reach by how far their centres are.

        A circle of angle r around latitude φ spans ±asin(sin r / cos φ) of longitude, or all of it
        where it holds a pole.
        """
        kernel, cell = self._kernel(), GeohashCell(pl.col(CELL))
        angle = kernel.reach / RADIUS_M
        lat = cell.centre.lat.radians().abs()
        holds_pole = lat + angle >= pi / 2
        span = pl.when(holds_pole).then(pi).otherwise((sin(angle) / lat.cos()).clip(0, 1).arcsin())
        columns, rows = span * cell.width / (2 * pi), angle * cell.height / pi
        near = cells
        for name, steps in (
            (_DX, columns.ceil().cast(pl.Int64)),
            (_DY, rows.ceil().cast(pl.Int64)),
        ):
            near = near.with_columns(pl.int_ranges(-steps, steps + 1).alias(name)).explode(name)
        found = cell.beside(pl.col(_DX), pl.col(_DY)).alias(NEAR)
        near = near.with_columns(found).drop(_DX, _DY).drop_nulls(NEAR)
        metres = haversine(cell.centre, GeohashCell(pl.col(NEAR)).centre)
        return near.with_columns(kernel.at(metres).alias(_WEIGHT))


def _centre(cell: str) -> Point:
    return Point(h3.cell_to_lat(cell), h3.cell_to_lng(cell))
