"""What the cells around a geohash hold, against loops that decode, shift and encode."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import product
from math import asin, cos, pi, radians, sin, sqrt
from typing import TYPE_CHECKING

import polars as pl
import pytest

from eventflow import EventFrame
from eventflow_space import SpatialDensityStep, SpatialLagStep, SpatialNeighboursStep
from eventflow_space.path_errors import UnknownCellsError

if TYPE_CHECKING:
    from collections.abc import Iterator

ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"
EVERYWHERE = [
    (0.0, 0.0),
    (52.5, 13.4),
    (-16.5, 180.0),
    (-16.5, -180.0),
    (89.99, 10.0),
    (-90.0, 0.0),
]


def encode(lat: float, lon: float, length: int) -> str:
    """Return a geohash by halving, a bit at a time."""
    (south, north), (west, east), text = (-90.0, 90.0), (-180.0, 180.0), ""
    number = 0
    for bit in range(5 * length):
        if bit % 2 == 0:
            middle = (west + east) / 2
            upper = lon >= middle
            west, east = (middle, east) if upper else (west, middle)
        else:
            middle = (south + north) / 2
            upper = lat >= middle
            south, north = (middle, north) if upper else (south, middle)
        number = number * 2 + upper
        if bit % 5 == 4:
            text, number = text + ALPHABET[number], 0
    return text


def decode(cell: str) -> tuple[float, float, float, float]:
    """Return the middle of a cell, latitude and longitude, its height and its width, degrees."""
    (south, north), (west, east) = (-90.0, 90.0), (-180.0, 180.0)
    for bit in range(5 * len(cell)):
        upper = ALPHABET.index(cell[bit // 5]) >> (4 - bit % 5) & 1
        if bit % 2 == 0:
            middle = (west + east) / 2
            west, east = (middle, east) if upper else (west, middle)
        else:
            middle = (south + north) / 2
            south, north = (middle, north) if upper else (south, middle)
    return (south + north) / 2, (west + east) / 2, north - south, east - west


def around(cell: str, rings: int, *, rook: bool = False) -> set[str]:
    """Return the cells in so many steps, by moving the middle and encoding it again."""
    lat, lon, height, width = decode(cell)
    found = set()
    for dx, dy in product(range(-rings, rings + 1), repeat=2):
        north = lat + dy * height
        if abs(north) < 90 and not (rook and abs(dx) + abs(dy) > rings):
            east = (lon + dx * width + 180) % 360 - 180
            found.add(encode(north, east, len(cell)))
    return found - {cell}


def cells(seed: int, lengths: tuple[int, ...]) -> Iterator[str]:
    """Yield cells close to each other at places of every kind; some twice."""
    dice = random.Random(seed)  # noqa: S311 - test data, no secret
    for (lat, lon), length in product(EVERYWHERE, lengths):
        _, _, height, width = decode(encode(lat, lon, length))
        for _ in range(12):
            north = min(max(lat + dice.randrange(-2, 3) * height, -90), 90)
            east = (lon + dice.randrange(-2, 3) * width + 180) % 360 - 180
            yield encode(north, east, length)


def table(lengths: tuple[int, ...], seed: int = 1) -> pl.DataFrame:
    """Return rows with cells and a value, null now and then."""
    found = list(cells(seed, lengths))
    values = [None if n % 9 == 0 else n % 7 - 3 for n in range(len(found))]
    return pl.DataFrame({"row": range(len(found)), "cell": found, "n": values})


@pytest.mark.parametrize("missing", ["absent", "zero"])
@pytest.mark.parametrize(("rings", "contiguity"), [(1, "queen"), (2, "queen"), (2, "rook")])
def test_sums_and_counts_are_those_of_a_loop(rings: int, contiguity: str, missing: str) -> None:
    """Over the antimeridian, up to the poles and no further, among cells of one length."""
    rows = table((3, 4, 7, 12))
    held: dict[str, list[int | None]] = defaultdict(list)
    for cell, value in rows.select("cell", "n").iter_rows():
        held[cell].append(value)
    step = SpatialNeighboursStep(
        columns="n", aggregates=["sum", "count"], grid="geohash", missing=missing,
        rings=rings, contiguity=contiguity,
    )  # fmt: skip
    found = step.apply(EventFrame.of(rows), None).collect()
    assert found.height == rows.height
    lonely = 0
    for row in found.iter_rows(named=True):
        near = around(row["cell"], rings, rook=contiguity == "rook")
        values = [v for cell in near for v in held.get(cell, []) if v is not None]
        zeros = sum(cell not in held for cell in near) if missing == "zero" else 0
        assert row[f"n_sum_ring{rings}"] == sum(values)
        assert row[f"n_count_ring{rings}"] == len(values) + zeros
        lonely += len(near) < len(around(encode(0.1, 0.1, len(row["cell"])), rings))
    assert (lonely > 0) == (contiguity == "queen" or rings > 1)


def test_a_ring_around_the_globe_counts_each_cell_once() -> None:
    """The 32 geohashes of one character: nine steps reach them all, from either side."""
    frame = EventFrame.of({"cell": list(ALPHABET), "n": [1] * 32})
    step = SpatialNeighboursStep(
        columns="n", aggregates=["count"], rings=9, grid="geohash", missing="zero", centre=True
    )
    assert set(step.apply(frame, None).collect()["n_count_ring9"]) == {32}
    far = SpatialLagStep(columns="n", order=4, weights="binary", grid="geohash")
    assert set(far.apply(frame, None).collect()["n_lag"]) == {4}  # the column opposite


def test_the_lag_is_the_mean_of_the_cells_around() -> None:
    """Also where a neighbour lies on the other side of 180°."""
    west, east = encode(10, 179.99, 5), encode(10, -179.99, 5)
    frame = EventFrame.of({"cell": [west, east, encode(50, 8, 5)], "n": [4.0, 6.0, 1.0]})
    made = SpatialLagStep(columns="n", grid="geohash").apply(frame, None).collect()
    assert dict(made.select("cell", "n_lag").iter_rows()) == {
        west: 6.0, east: 4.0, encode(50, 8, 5): None,
    }  # fmt: skip


def metres(a: str, b: str) -> float:
    """Return the great-circle distance of two cells' middles."""
    (p, q, *_), (r, s, *_) = decode(a), decode(b)
    north, east = sin(radians(r - p) / 2) ** 2, sin(radians(s - q) / 2) ** 2
    h = north + cos(radians(p)) * cos(radians(r)) * east
    return 2 * 6_371_008.8 * asin(sqrt(min(h, 1)))


@pytest.mark.parametrize("kernel", ["quartic", "gaussian"])
def test_density_weighs_cells_by_their_distance(kernel: str) -> None:
    """At each cell the sum over all cells in reach: around a pole they are at every longitude."""
    rows = table((3, 4), seed=2)
    bandwidth, truncate = 60_000.0, 3.0
    step = SpatialDensityStep(
        bandwidth_m=bandwidth, kernel=kernel, truncate=truncate, grid="geohash"
    )
    found = step.apply(EventFrame.of(rows), None).collect()
    for row in found.iter_rows(named=True):
        same = [c for c in rows["cell"] if len(c) == len(row["cell"])]
        far = [metres(row["cell"], other) / bandwidth for other in same]
        if kernel == "quartic":
            expected = sum(3 / pi * (1 - d * d) ** 2 for d in far if d < 1)
        else:
            expected = sum(2.718281828459045 ** (-d * d / 2) / 2 / pi for d in far if d <= truncate)
        assert row["density"] == pytest.approx(expected / bandwidth**2 * 1e6, rel=1e-9)


def test_text_that_is_no_geohash_is_counted() -> None:
    """Letters that no geohash has, too many characters, none, and H3's hexagons."""
    texts = ["u33db", "u33da", "", "u33dc1234567890", None, "u33di"]
    frame = EventFrame.of({"cell": texts, "n": range(6)})
    made = SpatialNeighboursStep(columns="n", aggregates=["count"], grid="geohash").apply(
        frame, None
    )
    [account] = made.accounts
    assert dict(account.counts.collect().iter_rows()) == {"no cell or period": 5}
    with pytest.raises(UnknownCellsError, match="no squares; its cells tell their size"):
        SpatialDensityStep(bandwidth_m=9, size_m=9, grid="geohash").apply(frame, None)
    number = EventFrame.of({"cell": [1], "n": [1]})
    with pytest.raises(UnknownCellsError, match="Int64"):
        SpatialLagStep(columns="n", grid="geohash").apply(number, None)
