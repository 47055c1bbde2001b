"""How far points of interest are, against every pair of a geodesic library."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError
from pyproj import Geod
from sklearn.neighbors import BallTree

from eventflow import EventFrame
from eventflow_space import SpatialPoiStep
from eventflow_space.errors import ColumnTakenError
from eventflow_space.path_errors import PoiKnownLaterError, PoiPlaceError

RADIUS_M = 6_371_008.8
PLACED = {"latitude": "lat", "longitude": "lon", "crs": "EPSG:4326"}
KINDS = ["bar", "school"]


def _scattered(seed: int, number: int) -> dict[str, np.ndarray]:
    """Return positions all over the world, many of them near the antimeridian and the poles."""
    dice = np.random.default_rng(seed)
    lat = np.degrees(np.arcsin(dice.uniform(-1, 1, number)))
    lon = dice.uniform(-180, 180, number)
    lat[: number // 4] = dice.choice([-1, 1], number // 4) * dice.uniform(88, 90, number // 4)
    lon[number // 4 : number // 2] = 179.99
    lat[number // 4 : number // 2] = dice.uniform(-1, 1, len(lat[number // 4 : number // 2]))
    lon[number // 4 : number // 2 : 2] = -179.99
    return {"lat": lat, "lon": lon}


def _events(number: int = 60) -> EventFrame:
    return EventFrame.of(pl.DataFrame({"row": range(number), **_scattered(1, number)}), **PLACED)


def _pois(number: int = 50) -> EventFrame:
    kinds = [[*KINDS, "zoo"][n % 3] for n in range(number)]
    return EventFrame.of(pl.DataFrame({"kind": kinds, **_scattered(2, number)}), **PLACED)


def test_distances_and_counts_are_those_of_every_pair() -> None:
    """The nearest of each kind, and how many within each radius, around the whole Earth."""
    events, pois, radii = _events(), _pois(), [50_000.0, 2_000_000.0]
    step = SpatialPoiStep(pois=pois, category="kind", categories=KINDS, radii_m=radii)
    found = step.apply(events, None).collect().sort("row")
    points, geod = pois.collect(), Geod(a=RADIUS_M, f=0)
    for row in found.iter_rows(named=True):
        for kind in KINDS:
            some = points.filter(kind=kind)
            lon, lat = (np.full(some.height, row[c]) for c in ("lon", "lat"))
            *_, far = geod.inv(lon, lat, some["lon"].to_numpy(), some["lat"].to_numpy())
            assert row[f"poi_{kind}_distance_m"] == pytest.approx(far.min(), rel=1e-7, abs=1e-3)
            assert row[f"poi_{kind}_count_50000m"] == (far <= 50_000).sum()
            assert row[f"poi_{kind}_count_2e+06m"] == (far <= 2_000_000).sum()
    assert found["poi_bar_count_50000m"].sum() > 0


def test_a_ball_tree_finds_the_same_nearest_points() -> None:
    """Without categories, all points count; scikit-learn's haversine tree agrees."""
    events, pois = _events(500), _pois(200)
    found = SpatialPoiStep(pois=pois).apply(events, None).collect().sort("row")
    there, here = (np.radians(f.collect().select("lat", "lon").to_numpy()) for f in (pois, events))
    far, _ = BallTree(there, metric="haversine").query(here)
    np.testing.assert_allclose(found["poi_distance_m"], far[:, 0] * RADIUS_M, rtol=1e-7, atol=1e-3)


def test_what_has_no_position_has_no_distance_and_no_point_has_none_either() -> None:
    """Events without a position know nothing, points without one do not count."""
    events = EventFrame.of({"lat": [None, 5.0], "lon": [5.0, 5.0]}, **PLACED)
    pois = EventFrame.of({"lat": [None, 95.0, 0.0], "lon": [5.0, 5.0, 0.0]}, **PLACED)
    made = SpatialPoiStep(pois=pois, radii_m=1000).apply(events, None)
    found = made.collect().sort("lat", nulls_last=True)
    assert found["poi_distance_m"].to_list() == [None, None]
    assert found["poi_count_1000m"].to_list() == [0, None]
    [account] = made.accounts
    counts = {reason: rows for reason, rows in account.counts.collect().iter_rows() if rows}
    assert counts == {"no position": 1}


def test_points_that_became_known_are_refused_until_it_does_not_matter() -> None:
    """A time on the points is a look-ahead, unless the options say that it is none."""
    at = [datetime(2030, 1, 1, tzinfo=UTC)]
    pois = EventFrame.of({"lat": [5.0], "lon": [5.0], "opened": at}, timestamp="opened", **PLACED)
    with pytest.raises(PoiKnownLaterError, match="opened"):
        SpatialPoiStep(pois=pois).apply(_events(), None)
    found = SpatialPoiStep(pois=pois, timeless=True).apply(_events(), None).collect()
    assert found["poi_distance_m"].null_count() == 0


def test_points_say_where_they_are() -> None:
    """Roles the points lack are asked for; another coordinate system is refused."""
    bare = EventFrame.of({"y": [5.0], "x": [5.0]})
    with pytest.raises(PoiPlaceError, match="latitude"):
        SpatialPoiStep(pois=bare).apply(_events(), None)
    roles = {"latitude": "y", "longitude": "x"}
    with pytest.raises(PoiPlaceError, match="crs"):
        SpatialPoiStep(pois=bare, roles=roles).apply(_events(), None)
    with pytest.raises(PoiPlaceError, match="EPSG:4269"):
        SpatialPoiStep(pois=bare, roles={**roles, "crs": "EPSG:4269"}).apply(_events(), None)
    taken = _events().pipe(lambda lazy: lazy.rename({"row": "poi_distance_m"}))
    with pytest.raises(ColumnTakenError, match="poi_distance_m"):
        SpatialPoiStep(pois=_pois()).apply(taken, None)
    with pytest.raises(ValidationError, match="belong together"):
        SpatialPoiStep(pois=bare, category="kind")
