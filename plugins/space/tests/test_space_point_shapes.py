"""Context whose places are points in a column of shapes, as files of maps have them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import polars as pl
import pytest
import shapely

from eventflow import EventFrame
from eventflow.context.errors import RepeatedContextError
from eventflow.context.schema import ContextSchema
from eventflow.testing import contract
from eventflow_space import NearestAsOfJoin, NearestJoin, ZonesSource
from eventflow_space.zone_errors import NoShapeError, ZoneShapeError
from zone_frames import WGS84, events, zones

if TYPE_CHECKING:
    from pathlib import Path

T0 = datetime(2026, 1, 1, tzinfo=UTC)
STATIONS = {"a": shapely.Point(8, 50), "b": shapely.Point(9, 51), "gone": None}
TestNearestShapes = contract(
    NearestJoin,
    config={"distance": "metres"},
    frame=events([50, 51, None], [8, 8.6, 8]),
    context=zones(STATIONS),
    keys=("shape",),
)


def scattered(number: int, seed: int) -> tuple[Any, Any]:
    """Return latitudes and longitudes in the middle of Europe."""
    random = np.random.default_rng(seed)
    return random.uniform(47, 54, number), random.uniform(6, 14, number)


@pytest.mark.parametrize("name", ["stations.geojson", "stations.parquet", "metric.parquet"])
def test_the_nearest_of_a_file_of_points_is_that_of_columns(tmp_path: Path, name: str) -> None:
    """GeoJSON and GeoParquet, degrees and metres: the station and its distance are the same."""
    lat, lon = scattered(40, 1)
    stations = gpd.GeoDataFrame(
        {"station": [f"s{i}" for i in range(40)]}, geometry=gpd.points_from_xy(lon, lat), crs=WGS84
    )
    if name.endswith("json"):
        stations.to_file(tmp_path / name, driver="GeoJSON", COORDINATE_PRECISION=15)
    else:
        metric = name.startswith("metric")
        (stations.to_crs("EPSG:25832") if metric else stations).to_parquet(tmp_path / name)
    frame = events(*scattered(200, 2))
    columns = pl.LazyFrame({"station": stations["station"].to_list(), "y": lat, "x": lon})
    roles = ContextSchema(latitude="y", longitude="x", crs=WGS84)
    join = NearestJoin(distance="metres", max_distance_m=60_000)
    expected = join.join(frame, EventFrame(columns).under(roles)).collect().sort("id")
    found = join.join(frame, ZonesSource(path=str(tmp_path / name)).scan()).collect().sort("id")
    assert found.columns == expected.columns
    assert found["station"].to_list() == expected["station"].to_list()
    assert None in found["station"]
    np.testing.assert_allclose(found["metres"], expected["metres"], rtol=1e-6)


def test_the_last_report_of_the_nearest_point_is_joined() -> None:
    """Reports with a shape each are those with latitude and longitude."""
    random = np.random.default_rng(3)
    where, hours = random.integers(0, 6, 60), random.permutation(90)[:60]
    rows = {
        "report": range(60),
        "y": 48.0 + where,
        "x": 8.0 + where,
        "seen": [T0 + timedelta(hours=int(h)) for h in hours],
        "shape": shapely.to_wkb(shapely.points(8.0 + where, 48.0 + where)).tolist(),
    }
    reports = pl.LazyFrame(rows, schema_overrides={"shape": pl.Binary})
    other = events(*scattered(80, 4))
    at = [T0 + timedelta(hours=int(h)) for h in random.integers(0, 90, 80)]
    frame = other.with_lazy(
        other.lazy.with_columns(at=pl.Series(at)),
        schema=other.schema.model_copy(update={"timestamp": "at"}),
    )
    found = [
        NearestAsOfJoin(tolerance="12h", distance="metres")
        .join(frame, EventFrame(reports.drop(left_out)).under(ContextSchema(**roles)))
        .collect()
        .sort("id")
        .select("id", "report", "metres")
        for left_out, roles in (
            (["shape"], {"latitude": "y", "longitude": "x", "timestamp": "seen", "crs": WGS84}),
            (["y", "x"], {"geometry": "shape", "timestamp": "seen", "crs": WGS84}),
        )
    ]
    assert found[0].equals(found[1])
    assert 0 < found[0]["report"].null_count() < 80


def test_what_is_no_point_is_refused_and_what_is_nowhere_is_found_by_nobody() -> None:
    """Areas and lines have no one position; a multipoint of one has; empty points have none."""
    frame = events([50], [8])
    area, line = shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (1, 1)])
    for shape, kind in ((area, "1 polygon"), (line, "1 linestring")):
        with pytest.raises(ZoneShapeError, match=f"must be points, and some are not: {kind}"):
            NearestJoin().join(frame, zones({"a": shape})).collect()
    one, two = shapely.MultiPoint([(9, 50)]), shapely.MultiPoint([(9, 50), (8, 50)])
    with pytest.raises(ZoneShapeError, match="1 multipoint"):
        NearestJoin().join(frame, zones({"a": two})).collect()
    nowhere = {"empty": shapely.Point(), "null": None, "island": shapely.Point(0, 0)}
    made = NearestJoin().join(frame, zones({**nowhere, "one": one})).collect()
    assert made["zone"].to_list() == ["one"]
    assert NearestJoin().join(frame, zones(nowhere)).collect()["zone"].to_list() == [None]


def test_shapes_that_cannot_be_read_are_refused() -> None:
    """No coordinate system, text for bytes, and two rows at one place."""
    frame = events([50], [8])
    with pytest.raises(NoShapeError, match="no stated coordinate system"):
        NearestJoin().join(frame, zones(STATIONS, crs=None))
    text = EventFrame.of({"shape": ["POINT (8 50)"]}).under(
        ContextSchema(geometry="shape", crs=WGS84)
    )
    with pytest.raises(NoShapeError, match="not well-known binary"):
        NearestJoin().join(frame, text)
    twice = zones({"a": shapely.Point(8, 50), "b": shapely.Point(8, 50)})
    with pytest.raises(RepeatedContextError, match="of latitude of shape, longitude"):
        NearestJoin().join(frame, twice).collect()
