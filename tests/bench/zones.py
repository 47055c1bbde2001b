"""Five million points in 400 polygons, and in 50,000, against the work by hand and peers.

Every contestant counts the points of each polygon; the counts must be equal. Peers run in an
environment of their own; without it they are left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import shapely
from harness import Contestant, compete, interpreter, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROWS, FEW = 5_000_000, 100_000
BOUNDS = (-100.0, 25.0, -70.0, 50.0)
NUMBERS = {400: 0.1, 50_000: 0.01}
"""How many polygons → the longest edge in degrees: some 55 corners each."""
JOBS = Path(__file__).parent / "jobs"
OWN = ("by_hand", "eventflow")
PEERS = ("geopandas", "polars_st", "duckdb")


def bench(folder: Path, *, rounds: int = 5) -> Iterable[str]:
    """Time the two in turn, peers two rounds by themselves; all counts must be equal."""
    for number, edge in NUMBERS.items():
        place = folder / str(number)
        place.mkdir()
        points = write(place, number, edge)
        own = [_contestant(name, sys.executable, points) for name in OWN]
        compete(own, place, rounds=rounds)
        title = f"{ROWS:,} points in {number:,} polygons"
        yield from table(title, own, against=own[0])
        if python := interpreter("spatial"):
            again = _contestant("eventflow", sys.executable, points)
            peers = [_contestant(name, python, points) for name in PEERS]
            compete([again, *peers], place, rounds=2)
            yield from table(f"{title}: peers, two rounds", [again, *peers], against=again)
            own = [*own, *peers]
        _compare(place, own)


def write(folder: Path, number: int, edge: float) -> Path:
    """Write points and polygons that fill a box; return the path of the points."""
    random = np.random.default_rng(number)
    west, south, east, north = BOUNDS
    seeds = np.stack([random.uniform(west, east, number), random.uniform(south, north, number)], 1)
    box = shapely.box(*BOUNDS)
    cells = shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=box)
    shapes = shapely.segmentize(shapely.intersection(shapely.get_parts(cells), box), edge)
    zones = {"zone": np.arange(number), "shape": shapely.to_wkb(shapes).tolist()}
    pl.DataFrame(zones, schema={"zone": pl.Int64, "shape": pl.Binary}).write_parquet(
        folder / "zones.parquet"
    )
    lon, lat = random.uniform(west - 1, east + 1, ROWS), random.uniform(south - 1, north + 1, ROWS)
    points = pl.DataFrame({"id": np.arange(ROWS), "lon": lon, "lat": lat})
    points.write_parquet(folder / "points.parquet")
    points.head(FEW).write_parquet(folder / "few.parquet")
    return folder / "points.parquet"


def _contestant(name: str, python: str, points: Path) -> Contestant:
    out = points.with_name(f"{name}.json")
    return Contestant(name, [python, str(JOBS / f"zones_{name}.py"), str(points), str(out)])


def _compare(folder: Path, contestants: Sequence[Contestant]) -> None:
    counts = [json.loads((folder / f"{c.name}.json").read_text("utf-8")) for c in contestants]
    for contestant, found in zip(contestants, counts, strict=True):
        assert found == counts[0], contestant.name
