"""Positions in other coordinate systems, and distances between positions."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

import pytest
from pyproj import Transformer

from eventflow import EventFrame, Pipeline
from eventflow_space import SpatialDistanceStep, SpatialGridStep, SpatialProjectStep
from eventflow_space.errors import ColumnTakenError, UnknownCrsError

AT = {"lat": [40.64, 48.86, None, 0.0, 120.0], "lon": [-73.78, 2.35, 1.0, 0.0, 40.0]}
WORDS = {"latitude": "lat", "longitude": "lon", "crs": "EPSG:4326"}
JFK_TO_LHR = {"lat": [40.6], "lon": [-73.8], "to_lat": [51.6], "to_lon": [-0.5]}
OTHER = {"to_latitude": "to_lat", "to_longitude": "to_lon"}


def _told(frame: EventFrame) -> dict[str, int]:
    counted = [a.counts.collect().iter_rows() for a in frame.accounts]
    return {reason: rows for rows_of in counted for reason, rows in rows_of if rows}


def test_positions_are_projected_as_proj_does() -> None:
    """What cannot be used has no coordinates, stays, and is counted."""
    made = SpatialProjectStep(to="EPSG:2154", prefix="fr_").apply(EventFrame.of(AT, **WORDS), None)
    rows = made.collect()
    change = Transformer.from_crs("EPSG:4326", "EPSG:2154", always_xy=True)
    assert rows.select("fr_x", "fr_y").row(1) == pytest.approx(change.transform(2.35, 48.86))
    assert rows["fr_x"].is_null().to_list() == [False, False, True, True, True]
    assert made.schema.latitude == "lat"
    assert made.metadata.crs == "EPSG:4326"
    assert _told(made) == {
        "no position": 1,
        "position 0, 0": 1,
        "latitude and longitude exchanged": 1,
    }


def test_eastings_become_degrees_that_the_next_step_looks_at() -> None:
    """The new columns take the roles, the frame the system; there and back is the same place."""
    change = Transformer.from_crs("EPSG:4326", "EPSG:32618", always_xy=True)
    x, y = change.transform(-73.78, 40.64)
    frame = EventFrame.of(
        {"east": [x, None, float("inf")], "north": [y, 1.0, 1.0]},
        longitude="east", latitude="north", crs="EPSG:32618",
    )  # fmt: skip
    step = SpatialProjectStep(to="EPSG:4326")
    moved = step.apply(frame, None)
    assert (moved.schema.latitude, moved.metadata.crs) == ("latitude", "EPSG:4326")
    assert _told(moved) == {"no position": 2}
    row = moved.collect().row(0, named=True)
    assert (row["latitude"], row["longitude"]) == pytest.approx((40.64, -73.78), abs=1e-9)
    cells = Pipeline([step, SpatialGridStep(size_m=300)]).run(frame).collect()
    assert cells["cell"].null_count() == 2
    with pytest.raises(UnknownCrsError, match="is projected"):
        SpatialGridStep(size_m=300).learn(frame)


def test_what_the_system_does_not_reach_is_counted() -> None:
    """A gnomonic map shows one hemisphere."""
    frame = EventFrame.of({"lat": [10.0, 10.0], "lon": [10.0, 170.0]}, **WORDS)
    step = SpatialProjectStep(to="+proj=gnom +lat_0=0 +lon_0=0 +datum=WGS84")
    made = step.apply(frame, None)
    assert made.collect()["x"].is_null().to_list() == [False, True]
    assert _told(made) == {"position outside the coordinate system": 1}


def test_a_projection_that_cannot_be_is_refused_while_planning() -> None:
    """Unknown systems, and columns that are there."""
    frame = EventFrame.of(AT, **WORDS)
    with pytest.raises(UnknownCrsError, match="PROJ knows"):
        SpatialProjectStep(to="EPSG:0").apply(frame, None)
    bare = EventFrame.of(AT, latitude="lat", longitude="lon")
    with pytest.raises(UnknownCrsError, match="no stated"):
        SpatialProjectStep(to="EPSG:2154").apply(bare, None)
    taken = frame.pipe(lambda lazy: lazy.with_columns(x=1))
    with pytest.raises(ColumnTakenError, match="x"):
        SpatialProjectStep(to="EPSG:2154").apply(taken, None)


def test_distances_are_those_of_formula_and_publication() -> None:
    """The haversine in plain Python; on the ellipsoid, JFK to LHR as GeographicLib has it."""
    frame = EventFrame.of(JFK_TO_LHR, **WORDS)
    both = {"columns": ["m", "bearing"], **OTHER}
    sphere = SpatialDistanceStep(**both).apply(frame, None).collect()
    (lat, lon, to_lat, to_lon) = (radians(v[0]) for v in JFK_TO_LHR.values())
    h = sin((to_lat - lat) / 2) ** 2 + cos(lat) * cos(to_lat) * sin((to_lon - lon) / 2) ** 2
    assert sphere["distance_m"][0] == pytest.approx(2 * 6_371_008.8 * asin(sqrt(h)), rel=1e-12)
    ellipsoid = SpatialDistanceStep(method="geodesic", **both).apply(frame, None).collect()
    assert ellipsoid["distance_m"][0] == pytest.approx(5_551_759.400319, abs=1e-6)
    assert ellipsoid["distance_bearing"][0] == pytest.approx(51.198882845579, abs=1e-9)
    assert sphere["distance_bearing"][0] == pytest.approx(51.2, abs=0.3)


@pytest.mark.parametrize("method", ["haversine", "geodesic"])
def test_distances_go_across_the_antimeridian_and_the_poles(method: str) -> None:
    """The short way; what is nowhere has no distance, and a point no direction to itself."""
    frame = EventFrame.of(
        {
            "lat": [0.0, 89.5, 90.0, 10.0, 0.0, 10.0],
            "lon": [179.5, 0.0, 0.0, 20.0, 0.0, 20.0],
            "to_lat": [0.0, 89.5, 90.0, 10.0, 10.0, None],
            "to_lon": [-179.5, 180.0, 90.0, 20.0, 20.0, 20.0],
        },
        **WORDS,
    )
    step = SpatialDistanceStep(method=method, columns=["m", "bearing"], prefix="", **OTHER)
    made = step.apply(frame, None)
    rows = made.collect()
    assert rows["m"].to_list()[:2] == pytest.approx([111_320, 111_690], rel=0.006)
    assert rows["m"].to_list()[2:4] == pytest.approx([0, 0], abs=1e-6)
    assert rows["m"].to_list()[4:] == [None, None]
    assert rows["bearing"][0] == pytest.approx(90)
    assert rows["bearing"][3] is None
    assert _told(made) == {"position 0, 0": 1, "to: no position": 1}
