"""Projections as expressions are PROJ's, to less than a millimetre."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import polars as pl
import pytest
from pyproj import Transformer

from eventflow_space.equal_area import AzimuthalEqualArea, CylindricalEqualArea
from eventflow_space.errors import UnfitGridError, UnknownCrsError
from eventflow_space.proj import ProjBatches
from eventflow_space.projections import projection_of
from eventflow_space.squares import packed
from eventflow_space.transverse_mercator import TransverseMercator

if TYPE_CHECKING:
    Box = tuple[tuple[float, float], tuple[float, float]]

MILLIMETRE = 1e-3
LAEA = "+proj=laea +lat_0={} +lon_0={} +datum=WGS84 +units=m"
SIZE = 300
WORLD = ((-90, 90), (-180, 180))

KNOWN = [
    ("EPSG:4326", "EPSG:32618", TransverseMercator, ((-90, 90), (-105, -45))),
    ("EPSG:4326", "EPSG:32601", TransverseMercator, ((-80, 84), (154, 180))),
    ("EPSG:4326", "EPSG:32760", TransverseMercator, ((-80, 84), (-180, -155))),
    ("EPSG:4258", "EPSG:25832", TransverseMercator, ((40, 60), (0, 20))),
    ("EPSG:4314", "EPSG:31467", TransverseMercator, ((47, 55), (6, 12))),
    ("EPSG:4326", "EPSG:6933", CylindricalEqualArea, WORLD),
    ("EPSG:4258", "EPSG:3035", AzimuthalEqualArea, ((35, 70), (-20, 40))),
    ("EPSG:4326", LAEA.format(51, 10), AzimuthalEqualArea, ((-20, 90), (-50, 70))),
    ("EPSG:4326", LAEA.format(-17, 178), AzimuthalEqualArea, ((-60, 20), (150, 180))),
    ("EPSG:4326", LAEA.format(90, 0), AzimuthalEqualArea, ((0.1, 89.9), (-180, 180))),
    ("EPSG:4326", LAEA.format(-90, 0), AzimuthalEqualArea, ((-89.9, -0.1), (-180, 180))),
    ("EPSG:4326", LAEA.format(0, 0), AzimuthalEqualArea, ((-60, 60), (-60, 60))),
    ("EPSG:4326", "EPSG:2154", ProjBatches, ((42, 51), (-5, 9))),
    ("EPSG:4326", "EPSG:27700", ProjBatches, ((50, 59), (-6, 2))),
    ("EPSG:4326", "EPSG:2056", ProjBatches, ((46, 48), (6, 10))),
]


def _positions(box: Box, rows: int = 20_000) -> pl.DataFrame:
    dice = random.Random(6)  # noqa: S311 - sample data, no secret
    (south, north), (west, east) = box
    corners = [(lat, lon) for lat in (south, north) for lon in (west, east)]
    inner = [(dice.uniform(south, north), dice.uniform(west, east)) for _ in range(rows)]
    return pl.DataFrame(
        [*corners, *inner], schema={"lat": pl.Float64, "lon": pl.Float64}, orient="row"
    )


def _by_proj(at: pl.DataFrame, source: str, target: str) -> pl.DataFrame:
    change = Transformer.from_crs(source, target, always_xy=True)
    x, y = change.transform(at["lon"].to_numpy(), at["lat"].to_numpy())
    return pl.DataFrame({"x": x, "y": y})


def _ours(at: pl.DataFrame, source: str, target: str) -> pl.DataFrame:
    plane = projection_of(source, target)
    lat, lon = pl.col("lat"), pl.col("lon")
    return plane.projected(at.lazy(), lat, lon, ("x", "y")).select("x", "y").collect()


@pytest.mark.parametrize(("source", "target", "kind", "box"), KNOWN)
def test_a_projection_agrees_with_proj_to_a_millimetre(
    source: str, target: str, kind: type, box: Box
) -> None:
    """So do the ids of cells, but for positions within that millimetre of an edge."""
    at = _positions(box)
    assert isinstance(projection_of(source, target), kind)
    found, expected = _ours(at, source, target), _by_proj(at, source, target)
    off = pl.DataFrame([found[axis] - expected[axis] for axis in "xy"])
    assert off.null_count().row(0) == (0, 0)
    assert off.select(pl.all().abs().max()).row(0) < (MILLIMETRE, MILLIMETRE)
    part = pl.col("x", "y") / SIZE
    clear = expected.select(
        pl.all_horizontal((part - part.round()).abs() > MILLIMETRE / SIZE)
    ).to_series()
    cells = packed(*((pl.col(axis) / SIZE).floor() for axis in "xy"))
    ids = [plane.select(cells).to_series().filter(clear) for plane in (found, expected)]
    assert clear.sum() > 0.99 * at.height
    assert ids[0].equals(ids[1])


def test_what_lies_outside_a_projection_has_no_place() -> None:
    """Further than 30° from a meridian, in the other hemisphere, or where PROJ has no answer."""
    at = pl.DataFrame({"lat": [0.0, 0.0, 80.0, None], "lon": [29.9, 30.1, 180.0, None]})
    gnomonic = "+proj=gnom +lat_0=0 +lon_0=0 +datum=WGS84"
    outcomes = {
        "+proj=tmerc +lat_0=0 +lon_0=0 +datum=WGS84": [True, False, False, False],
        LAEA.format(0, 0): [True, True, False, False],
        "EPSG:6933": [True, True, True, False],
        gnomonic: [True, True, False, False],
    }
    for target, expected in outcomes.items():
        plane = projection_of("EPSG:4326", target)
        lat, lon = pl.col("lat"), pl.col("lon")
        made = plane.projected(at.lazy(), lat, lon, ("x", "y"))
        found = made.select(pl.col("x", "y").is_not_null()).collect()
        assert found["x"].to_list() == found["y"].to_list() == expected


def test_units_other_than_metres_become_metres() -> None:
    """EPSG:2263 counts in US survey feet, 1200/3937 of a metre."""
    at = pl.DataFrame({"lat": [40.7], "lon": [-74.0]})
    feet = _by_proj(at, "EPSG:4269", "EPSG:2263")
    metres = _ours(at, "EPSG:4269", "EPSG:2263")
    assert metres["x"][0] == pytest.approx(feet["x"][0] * 1200 / 3937, rel=1e-12)


def test_a_system_that_is_not_metric_is_refused() -> None:
    """Degrees, Mercator's metres, and what PROJ does not know."""
    refused = {
        "EPSG:4326": "EPSG:4326 has degrees",
        "EPSG:3857": "metres on the equator",
        "EPSG:3395": "metres on the equator",
    }
    for target, words in refused.items():
        with pytest.raises(UnfitGridError, match=words):
            projection_of("EPSG:4326", target)
    with pytest.raises(UnknownCrsError, match="PROJ knows"):
        projection_of("EPSG:4326", "EPSG:999999")
