"""Distance and direction on a sphere, against a geodesic library."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from pyproj import Geod

from eventflow_space.sphere import RADIUS_M, Point, bearing, haversine, turned

A = Point(pl.col("lat"), pl.col("lon"))
B = Point(pl.col("to_lat"), pl.col("to_lon"))


def _pairs(n: int = 400) -> pl.DataFrame:
    rng = np.random.default_rng(7)
    near = {"lat": rng.uniform(-89, 89, n), "lon": rng.uniform(-180, 180, n)}
    far = {"to_lat": rng.uniform(-89, 89, n), "to_lon": rng.uniform(-180, 180, n)}
    close = {
        "to_lat": near["lat"] + rng.normal(0, 1e-4, n),
        "to_lon": near["lon"] + rng.normal(0, 1e-4, n),
    }
    return pl.concat([pl.DataFrame(near | far), pl.DataFrame(near | close)])


def _inverse(pairs: pl.DataFrame, geod: Geod) -> Any:
    lon, lat, to_lon, to_lat = (pairs[c].to_numpy() for c in ("lon", "lat", "to_lon", "to_lat"))
    return geod.inv(lon, lat, to_lon, to_lat)


def _one(expr: pl.Expr, lat: float, lon: float, to_lat: float, to_lon: float) -> float | None:
    row = pl.DataFrame({"lat": [lat], "lon": [lon], "to_lat": [to_lat], "to_lon": [to_lon]})
    value: float | None = row.select(expr.alias("v")).item()
    return value


def test_distance_and_bearing_are_those_of_geographiclib_on_the_sphere() -> None:
    """Metre for metre and degree for degree, for pairs a few metres and half a world apart."""
    pairs = _pairs()
    found = pairs.select(haversine(A, B).alias("m"), bearing(A, B).alias("deg"))
    ahead, _, metres = _inverse(pairs, Geod(a=RADIUS_M, f=0))
    np.testing.assert_allclose(found["m"], metres, rtol=1e-7, atol=1e-6)
    apart = (found["deg"].to_numpy() - ahead + 180) % 360 - 180
    assert np.abs(apart).max() < 1e-6


def test_the_sphere_is_within_six_per_mille_of_the_ellipsoid() -> None:
    """The stated error of the mean radius holds."""
    pairs = _pairs()
    _, _, metres = _inverse(pairs, Geod(ellps="WGS84"))
    found = pairs.select(haversine(A, B)).to_series().to_numpy()
    assert np.abs(found / metres - 1).max() < 0.006


@pytest.mark.parametrize(
    ("pair", "metres"),
    [
        ((0.0, 0.0, 0.0, 180.0), math.pi * RADIUS_M),
        ((90.0, 0.0, -90.0, 0.0), math.pi * RADIUS_M),
        ((90.0, 10.0, 90.0, 150.0), 0.0),
        ((0.0, 179.5, 0.0, -179.5), math.radians(1) * RADIUS_M),
    ],
    ids=["antipodes", "pole to pole", "one pole", "antimeridian"],
)
def test_distance_at_the_ends_of_the_coordinates(
    pair: tuple[float, float, float, float], metres: float
) -> None:
    """Antipodes, poles and the antimeridian are no special cases."""
    found = _one(haversine(A, B), *pair)
    assert found == pytest.approx(metres, rel=1e-9, abs=1e-6)


def test_bearing_is_null_from_a_point_to_itself_and_null_or_nan_stay_what_they_are() -> None:
    """Nowhere has no direction, and no argument is taken for 0."""
    assert _one(bearing(A, B), 5.0, 5.0, 5.0, 5.0) is None
    assert math.isnan(_one(haversine(A, B), 5.0, math.nan, 5.0, 5.0) or 0.0)
    row = pl.DataFrame({"lat": [None], "lon": [1.0], "to_lat": [1.0], "to_lon": [1.0]})
    found = row.cast(pl.Float64).select(haversine(A, B).alias("m"), bearing(A, B).alias("deg"))
    assert found.row(0) == (None, None)


def test_angles_are_turned_into_one_circle() -> None:
    """[0, 360): also a rounding that would give 360 itself."""
    found = pl.DataFrame({"a": [-90.0, 720.0, -1e-16, 359.0]}).select(turned(pl.col("a")))
    assert found.to_series().to_list() == [270.0, 0.0, 0.0, 359.0]
