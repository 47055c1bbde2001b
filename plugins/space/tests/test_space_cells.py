"""H3 and geohash cells; centres and outlines of all kinds."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING

import h3
import polars as pl
import pytest
from pydantic import ValidationError

from eventflow import EventFrame
from eventflow_space import SpatialGeohashStep, SpatialGridStep, SpatialH3Step
from eventflow_space.cells import Cells, GeohashCells, H3Cells, SquareCells, centres, outlines
from eventflow_space.geohash import ALPHABET, geohash

if TYPE_CHECKING:
    from eventflow_space.cells import Ring

DICE = random.Random(6)  # noqa: S311 - sample data, no secret
WORLD = [(DICE.uniform(-90, 90), DICE.uniform(-180, 180)) for _ in range(500)]
EDGES = [(90.0, 180.0), (-90.0, -180.0), (89.99, 10.0), (0.0, 180.0), (0.0, -180.0), (0.0, 1.0)]
PUBLISHED = {
    (57.64911, 10.40744): "u4pruydqqvj",  # Wikipedia, "Geohash"
    (42.605, -5.603): "ezs42",  # Wikipedia, "Geohash"
    (48.669, -4.329): "gbsuv",  # geohash.org's own tips
    (37.8324, 112.5584): "ww8p1r4t8",  # the examples of Redis and Elasticsearch
    (-25.382708, -49.265506): "6gkzwgjzn820",  # geohash.org
}


def _frame(positions: list[tuple[float, float]], crs: str = "EPSG:4326") -> EventFrame:
    data = pl.DataFrame(positions, schema=["lat", "lon"], orient="row")
    return EventFrame.of(data, latitude="lat", longitude="lon", crs=crs)


def _naive_geohash(lat: float, lon: float, length: int) -> str:
    """Halve longitude and latitude in turn, as geohash.org describes it."""
    ranges, values = [[-180.0, 180.0], [-90.0, 90.0]], (lon, lat)
    out, number = "", 0
    for bit in range(5 * length):
        low, high = ranges[bit % 2]
        middle = (low + high) / 2
        upper = values[bit % 2] >= middle
        ranges[bit % 2][0 if upper else 1] = middle
        number = number * 2 + upper
        if bit % 5 == 4:
            out, number = out + ALPHABET[number], 0
    return out


def test_h3_cells_are_those_of_the_reference_library() -> None:
    """At several resolutions, as numbers and as text, everywhere on Earth."""
    step = SpatialH3Step(resolution=[0, 5, 9, 15])
    made = step.apply(_frame([*WORLD, *EDGES]), None).collect()
    for resolution in (0, 5, 9, 15):
        expected = [h3.latlng_to_cell(lat, lon, resolution) for lat, lon in [*WORLD, *EDGES]]
        assert made[f"h3_{resolution}"].to_list() == [h3.str_to_int(cell) for cell in expected]
    text = SpatialH3Step(resolution=7, dtype="str").apply(_frame(WORLD), None).collect()
    assert text["h3"].to_list() == [h3.latlng_to_cell(lat, lon, 7) for lat, lon in WORLD]


def test_geohashes_are_the_published_ones_and_those_of_a_naive_loop() -> None:
    """Every length from 1 to 12; edges belong to the cell in the north and east."""
    for (lat, lon), expected in PUBLISHED.items():
        found = pl.select(geohash(pl.lit(lat), pl.lit(lon), len(expected))).item()
        assert found == expected
    positions = [*WORLD, *EDGES, (0.0, 0.1), (45.0, 90.0), (-45.0, -90.0)]
    step = SpatialGeohashStep(precision=list(range(1, 13)))
    made = step.apply(_frame(positions), None).collect()
    for length in range(1, 13):
        expected_all = [_naive_geohash(lat, lon, length) for lat, lon in positions]
        assert made[f"geohash_{length}"].to_list() == expected_all


def test_positions_of_another_datum_are_changed_first() -> None:
    """H3 and geohash are of WGS84: DHDN (EPSG:4314) lies some 100 m from it."""
    for step in (SpatialH3Step(resolution=12), SpatialGeohashStep(precision=9)):
        [mark] = step.levels(None, None)  # type: ignore[arg-type] # they look at no place
        same, moved = (
            step.apply(_frame([(52.5, 13.4)], crs), None) for crs in ("EPSG:4326", "EPSG:4314")
        )
        assert same.collect()[mark][0] != moved.collect()[mark][0]


def _cells() -> list[tuple[Cells, pl.Series]]:
    frame = _frame(WORLD)
    grid = SpatialGridStep(size_m=100_000, projected="EPSG:6933").apply(frame, None).collect()
    made = SpatialH3Step(resolution=3).apply(frame, None).collect()
    text = SpatialGeohashStep(precision=4).apply(frame, None).collect()
    return [
        (SquareCells("EPSG:6933", 100_000), grid["cell"]),
        (H3Cells(), made["h3"]),
        (GeohashCells(), text["geohash"]),
    ]


@pytest.mark.parametrize(("cells", "ids"), _cells(), ids=["square", "h3", "geohash"])
def test_an_outline_holds_what_is_in_its_cell(cells: Cells, ids: pl.Series) -> None:
    """The position it was made of, and its centre; rings are closed and counter-clockwise.

    Not so near the poles: a hexagon's edges are no straight lines on a map of degrees.
    """
    middles = centres(ids, cells)
    rings = outlines(ids, cells)
    for (lat, lon), ring, (north, east) in zip(WORLD, rings, middles.iter_rows(), strict=True):
        assert ring[0] == ring[-1]
        assert _area(ring) > 0
        if abs(lat) < 85:
            wider = _wider(ring)
            assert any(_holds(wider, lon + turn, lat) for turn in (-360, 0, 360))
            assert any(_holds(wider, east + turn, north) for turn in (-360, 0, 360))


def _wider(ring: Ring) -> Ring:
    """Return a ring 2 % larger: edges of hexagons are bent on a map of degrees."""
    east, north = (sum(axis) / (len(ring) - 1) for axis in zip(*ring[1:], strict=True))
    return [(east + 1.02 * (x - east), north + 1.02 * (y - north)) for x, y in ring]


def _area(ring: Ring) -> float:
    """Return the area, positive if the corners go counter-clockwise (the shoelace formula)."""
    return sum(a * d - c * b for (a, b), (c, d) in pairwise(ring)) / 2


def _holds(ring: Ring, x: float, y: float) -> bool:
    """Whether a line from a point eastwards crosses a ring an odd number of times."""
    crossed = 0
    for (a, b), (c, d) in pairwise(ring):
        crossed += (b > y) != (d > y) and x < a + (y - b) / (d - b) * (c - a)
    return crossed % 2 == 1


def test_what_is_no_cell_has_neither_centre_nor_outline() -> None:
    """A null, and text that is no geohash."""
    ids = pl.Series(["u4pr", None, "aaaa", "", "0123456789012"])
    assert centres(ids, GeohashCells())["latitude"].is_null().to_list() == [False, *[True] * 4]
    assert [len(ring) for ring in outlines(ids, GeohashCells())] == [5, 0, 0, 0, 0]
    squares = SquareCells("EPSG:32618", 300)
    assert outlines(pl.Series([None], dtype=pl.Int64), squares) == [[]]


def test_an_outline_across_the_antimeridian_goes_on_beyond_180() -> None:
    """Nothing smears from one side of a map to the other."""
    frame = _frame([(-17.0, 179.999)])
    square = SpatialGridStep(size_m=50_000, projected="EPSG:32601").apply(frame, None).collect()
    cell = h3.str_to_int(h3.latlng_to_cell(-17.0, 179.999, 2))
    for ids, cells in (
        (square["cell"], SquareCells("EPSG:32601", 50_000)),
        (pl.Series([cell], dtype=pl.UInt64), H3Cells()),
    ):
        [ring] = outlines(ids, cells)
        longitudes = [lon for lon, _ in ring]
        assert max(longitudes) - min(longitudes) < 5
        assert any(abs(lon) > 180 for lon in longitudes)


def test_the_outline_of_a_cell_around_a_pole_goes_along_it() -> None:
    """It covers all longitudes up to 90°, and no more than them."""
    cell = h3.str_to_int(h3.latlng_to_cell(90.0, 0.0, 1))
    polar = SquareCells("+proj=laea +lat_0=-90 +lon_0=0 +datum=WGS84 +units=m", 1_000_000)
    middle = _frame([(-89.9, 10.0)])
    square = SpatialGridStep(size_m=1_000_000, projected=polar.crs).apply(middle, None).collect()
    [ring] = outlines(pl.Series([cell], dtype=pl.UInt64), H3Cells())
    assert max(lat for _, lat in ring) == 90
    assert max(lon for lon, _ in ring) - min(lon for lon, _ in ring) == pytest.approx(360)
    assert _holds(ring, ring[0][0] + 100, 89.9)
    assert _area(ring) > 0
    [corner] = outlines(square["cell"], polar)
    assert min(lat for _, lat in corner) == pytest.approx(-90, abs=1e-6)


def test_cells_of_the_world_that_reach_beyond_the_map_end_with_it() -> None:
    """At the poles and at the antimeridian of EPSG:6933."""
    frame = _frame([(89.9, 179.9), (-89.9, -179.9)])
    made = SpatialGridStep(size_m=300_000, projected="EPSG:6933").apply(frame, None).collect()
    cells = SquareCells("EPSG:6933", 300_000)
    north, south = outlines(made["cell"], cells)
    assert max(lat for _, lat in north) == pytest.approx(90)
    assert min(lat for _, lat in south) == pytest.approx(-90)
    assert max(lon for lon, _ in north) == pytest.approx(180)
    assert min(lon for lon, _ in south) == pytest.approx(-180)


def test_sizes_that_do_not_exist_are_refused() -> None:
    """H3 has resolutions 0 to 15, a geohash 1 to 12 characters; a list names one at least."""
    for step, options in (
        (SpatialH3Step, {"resolution": 16}),
        (SpatialH3Step, {"resolution": []}),
        (SpatialGeohashStep, {"precision": 0}),
        (SpatialGeohashStep, {"precision": [5, 13]}),
        (SpatialGridStep, {"size_m": 0}),
    ):
        with pytest.raises((ValidationError, ValueError)):
            step(**options)
