"""Cells of positions, by the name that is the first argument: bare, or as a step."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import polars as pl
import polars_h3
from pyproj import Transformer
from timing import timed

from eventflow import EventFrame
from eventflow.schema import EventSchema
from eventflow_space import SpatialGridStep, SpatialH3Step
from eventflow_space.grid_crs import Bounds, chosen
from eventflow_space.projections import projection_of
from eventflow_space.squares import packed

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow_space.cell_step import BaseCellStep

UTM, SIZE, RESOLUTION = "EPSG:32618", 300, 9
LAT, LON, X, Y = (pl.col(name) for name in ("lat", "lon", "x", "y"))
CELL = packed((X / SIZE).floor(), (Y / SIZE).floor()).alias("cell")


def grid_bare(rows: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Project and pack by expressions alone: no position is looked at, nothing is counted."""
    return [projection_of("EPSG:4326", UTM).projected(rows, LAT, LON, ("x", "y")).select(CELL)]


def grid_looked(rows: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Look at all positions first, as who does not know the zone has to; then as `grid_bare`."""
    found = rows.select(a=LAT.min(), b=LAT.max(), c=LON.min(), d=LON.max()).collect()
    crs = chosen(Bounds(*found.row(0)))
    return [projection_of("EPSG:4326", crs).projected(rows, LAT, LON, ("x", "y")).select(CELL)]


def grid_proj(rows: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Project by PROJ, all at once, on one core."""
    at = rows.collect()
    change = Transformer.from_crs("EPSG:4326", UTM, always_xy=True)
    x, y = change.transform(at["lon"].to_numpy(), at["lat"].to_numpy())
    return [pl.LazyFrame({"x": x, "y": y}).select(CELL)]


def h3_bare(rows: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Ask polars-h3 alone."""
    return [rows.select(polars_h3.latlng_to_cell("lat", "lon", RESOLUTION).alias("cell"))]


def grid_step(rows: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Take the step, with the coordinate system given."""
    return _stepped(rows, SpatialGridStep(size_m=SIZE, projected=UTM))


def grid_learned(rows: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Take the step, which looks at all positions to choose the coordinate system."""
    return _stepped(rows, SpatialGridStep(size_m=SIZE))


def h3_step(rows: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Take the step."""
    return _stepped(rows, SpatialH3Step(resolution=RESOLUTION, name="cell"))


def _stepped(rows: pl.LazyFrame, step: BaseCellStep) -> list[pl.LazyFrame]:
    """Return the cells and what a run counts of them: the rows without one, by reason."""
    frame = EventFrame(rows).under(_SCHEMA)
    learned = step.learn(frame)
    made = step.apply(frame, None if learned is None else step.fit(learned.collect()))
    return [made.lazy.select("cell"), *(account.counts for account in made.accounts)]


JOBS: dict[str, Callable[[pl.LazyFrame], list[pl.LazyFrame]]] = {
    job.__name__: job
    for job in (grid_bare, grid_looked, grid_proj, grid_step, grid_learned, h3_bare, h3_step)
}
_SCHEMA = EventSchema(latitude="lat", longitude="lon", crs="EPSG:4326")


def job(source: str, target: str) -> None:
    """Compute all cells, and write what tells them from others."""
    cells, *counts = JOBS[sys.argv[3]](pl.scan_parquet(source))
    cell = pl.col("cell")
    told = cells.select(
        rows=pl.len(), nulls=cell.null_count(), first=cell.min(), last=cell.max(), sum=cell.sum()
    )
    pl.collect_all([told, *counts])[0].write_parquet(target)


if __name__ == "__main__":
    timed(job)
