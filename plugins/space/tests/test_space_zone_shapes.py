"""What becomes of zones that are in another system, broken, over 180°, or no areas."""

from __future__ import annotations

from typing import Any

import geopandas
import numpy as np
import polars as pl
import pytest
import shapely

from eventflow import EventFrame
from eventflow.context.schema import ContextSchema
from eventflow_space import InZoneJoin
from eventflow_space.zone_errors import ZoneShapeError
from zone_frames import WGS84, events, voronoi, zones

BOW = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
SQUARE = shapely.box(10, 10, 12, 12)
CROSSING = shapely.Polygon([(170, -10), (-170, -10), (-170, 10), (170, 10)])


def found(
    lat: Any, lon: Any, shapes: dict[str, Any], crs: str = WGS84, **options: Any
) -> list[str | None]:
    """Return the zone of each position."""
    joined = InZoneJoin(**options).join(events(lat, lon), zones(shapes, crs)).collect()
    return joined.sort("id")["zone"].to_list()


def refused(words: str, shapes: dict[str, Any], crs: str = WGS84, **options: Any) -> None:
    """Check that zones are refused in these words."""
    with pytest.raises(ZoneShapeError, match=words):
        found([1], [1], shapes, crs, **options)


@pytest.mark.parametrize("crs", ["EPSG:25832", "EPSG:3857", "EPSG:4269"])
def test_zones_of_another_system_are_converted(crs: str) -> None:
    """UTM, Web Mercator, NAD 83: geopandas, which converts the points instead, agrees."""
    shapes = geopandas.GeoSeries(voronoi(12, (6, 48, 12, 52), seed=1), crs=WGS84).to_crs(crs)
    random = np.random.default_rng(2)
    lat, lon = random.uniform(47, 53, 3_000), random.uniform(5, 13, 3_000)
    names = found(lat, lon, {f"z{i:02}": shape for i, shape in enumerate(shapes)}, crs)
    points = geopandas.GeoSeries(geopandas.points_from_xy(lon, lat), crs=WGS84).to_crs(crs)
    layer = geopandas.GeoDataFrame({"name": [f"z{i:02}" for i in range(12)]}, geometry=shapes)
    expected = geopandas.GeoDataFrame(geometry=points).sjoin(layer, how="left", predicate="within")
    wrong = sum(
        a != b and (a is not None or b == b)  # noqa: PLR0124 - NaN is what geopandas finds
        for a, b in zip(names, expected.sort_index()["name"], strict=True)
    )
    assert wrong == 0
    assert None in names


def test_a_system_that_is_stated_wrong_is_told() -> None:
    """Metres that are called degrees lie off the globe."""
    refused('1 zones lie off the globe, the first is "a": read as EPSG:4326, they reach 5,6',
            {"a": shapely.box(4e5, 5.5e6, 5e5, 5.6e6)})  # fmt: skip


def test_a_boundary_that_crosses_itself_is_an_error_or_repaired() -> None:
    """The number of such zones and the reason; repaired, a bow tie is two triangles."""
    refused('1 zones have an invalid boundary, the first is "bow": Self-inter', {"bow": BOW})
    repaired = found([1, 1, 0.5], [0.2, 1.8, 1], {"bow": BOW, "s": SQUARE}, invalid="repair")
    assert repaired == ["bow", "bow", None]


def test_points_and_lines_are_an_error_or_ignored() -> None:
    """The kinds are counted; areas of a collection are one zone; a row without shape is none."""
    line, point = shapely.LineString([(0, 0), (1, 1)]), shapely.Point(1, 1)
    mixed = {"l": line, "p": point, "s": SQUARE, "none": None, "e": shapely.Polygon()}
    refused("must be areas, and some are not: 1 LineString, 1 Point", mixed)
    assert found([1, 11], [1, 11], mixed, others="ignore") == [None, "s"]
    both = shapely.GeometryCollection([SQUARE, shapely.box(12, 10, 14, 12), point])
    assert found([11, 11], [11, 13], {"both": both}) == ["both", "both"]


def test_heights_are_left_out() -> None:
    """A zone in three dimensions is the zone on the ground, in another system too."""
    tall = shapely.force_3d(SQUARE, 300)
    assert found([11, 13], [11, 11], {"tall": tall}) == ["tall", None]
    assert found([11, 13], [11, 11], {"tall": tall, "flat": None}, "EPSG:4269") == ["tall", None]


def test_zones_over_180_degrees() -> None:
    """Cut there, with longitudes over 180, or drawn the short way, which has to be said."""
    places = [0, 0, 0, 0], [175, -175, 180, 5]
    cut = shapely.MultiPolygon([shapely.box(170, -10, 180, 10), shapely.box(-180, -10, -170, 10)])
    for shape in (cut, shapely.box(170, -10, 190, 10), shapely.box(-190, -10, -170, 10)):
        assert found(*places, {"z": shape}) == ["z", "z", "z", None]
    refused("1 zones have an edge over more than 180° of longitude", {"z": CROSSING})
    assert found(*places, {"z": CROSSING}, antimeridian="cross") == ["z", "z", "z", None]
    assert found(*places, {"z": CROSSING}, antimeridian="plain") == [None, None, None, "z"]
    world = shapely.box(-180, -90, 180, 90)
    assert found(*places, {"world": world}) == ["world"] * 4


def test_projected_zones_over_180_degrees_and_around_a_pole() -> None:
    """A square of New Zealand's system that reaches over 180° does; one around a pole cannot."""
    square = shapely.box(1.9e6, 5.2e6, 2.5e6, 5.5e6)
    assert found([-42, -42, -42], [178, -178, 0], {"z": square}, "EPSG:2193") == ["z", "z", None]
    refused('a ring around a pole, the first is "z"', {"z": shapely.Point(0, 0).buffer(1e6)},
            "EPSG:3031")  # fmt: skip


def test_bytes_that_are_no_shape_are_told() -> None:
    """With the zone they belong to."""
    frame = EventFrame(pl.LazyFrame({"zone": ["a"], "shape": [b"nothing"]}))
    bad = frame.under(ContextSchema(geometry="shape", crs=WGS84))
    with pytest.raises(ZoneShapeError, match=r"1 shapes are no well-known binary.*a"):
        InZoneJoin().join(events([1], [1]), bad).collect()
