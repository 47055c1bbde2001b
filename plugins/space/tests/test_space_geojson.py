"""Shapes of GeoJSON are those that GEOS reads, and what is none is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import shapely

from eventflow_space import ZonesSource
from eventflow_space.zone_errors import ZoneFileError

if TYPE_CHECKING:
    from pathlib import Path

HOLED = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (1, 2), (2, 2), (2, 1)]])
BOX = shapely.box(5, 0, 6, 1)
AREAS = [HOLED, shapely.MultiPolygon([BOX, HOLED]), None, shapely.MultiPolygon([BOX]), BOX]
OTHERS = [
    shapely.Point(1, 2), shapely.LineString([(0, 0), (1, 1)]), shapely.Polygon(),
    shapely.MultiPolygon(), shapely.GeometryCollection([BOX, shapely.Point(1, 2)]),
    shapely.force_3d(HOLED, 7.5), shapely.MultiPoint([(1, 2), (3, 4)]),
]  # fmt: skip


def write(path: Path, geometries: list[Any], **members: Any) -> Path:
    """Write features with these geometries and members."""
    features = [
        {"type": "Feature", "properties": {"n": n}, "geometry": geometry, **members}
        for n, geometry in enumerate(geometries)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def geojson(shape: Any) -> Any:
    """Return a shape as a geometry of GeoJSON."""
    return None if shape is None else json.loads(shapely.to_geojson(shape))


@pytest.mark.parametrize("shapes", [AREAS, [*AREAS, *OTHERS], [], [None]])
def test_shapes_are_those_that_geos_reads(tmp_path: Path, shapes: list[Any]) -> None:
    """Areas alone, and among all other types, without coordinates, with height, and none."""
    path = write(tmp_path / "z.geojson", [geojson(shape) for shape in shapes], id=7)
    rows = ZonesSource(path=str(path)).scan().collect()
    read = shapely.from_wkb(rows["geometry"].to_list())
    assert [s and (s.geom_type, s.wkt) for s in read] == [
        s and (s.geom_type, s.wkt) for s in shapes
    ]
    assert rows.get_column("n", default=rows["geometry"].clear()).to_list() == [*range(len(shapes))]


def test_many_features_keep_their_shapes(tmp_path: Path) -> None:
    """Shapes are made a part of the file at a time; each stays with its feature."""
    shapes = [shapely.Point(n, 0).buffer(1, quad_segs=40) for n in range(300)]
    path = write(tmp_path / "z.geojson", [geojson(shape) for shape in shapes])
    rows = ZonesSource(path=str(path)).scan().collect()
    centres = shapely.centroid(shapely.from_wkb(rows["geometry"].to_list()))
    assert shapely.get_x(centres).round(6).tolist() == rows["n"].to_list()


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": [[["a", 0], [1, 0], [1, 1], [0, 0]]]},
        {"type": "Polygon"},
        {"type": "Curve", "coordinates": []},
        {},
    ],
)
def test_a_geometry_that_is_none_is_told(tmp_path: Path, geometry: Any) -> None:
    """With the number of the feature: a ring that is not closed, text, no or an unknown type."""
    path = write(tmp_path / "z.geojson", [geojson(BOX), geometry])
    frame = ZonesSource(path=str(path)).scan()
    with pytest.raises(ZoneFileError, match=r'geometry of feature 2 in ".*z.geojson" is none'):
        frame.collect()
    assert frame.lazy.select("n").collect().height == 2


def test_damage_behind_the_beginning_is_told(tmp_path: Path) -> None:
    """A file that ends early, and bytes that are no UTF-8."""
    path = write(tmp_path / "z.geojson", [geojson(BOX)] * 3)
    whole = path.read_bytes()
    for damaged, words in {
        whole[:-2]: "cannot be read: .* truncated",
        whole.replace(b'"n": 2', b'"\xff": 2'): "cannot be read: .*utf-8",
    }.items():
        path.write_bytes(damaged)
        with pytest.raises(ZoneFileError, match=words):
            ZonesSource(path=str(path)).scan().collect()
