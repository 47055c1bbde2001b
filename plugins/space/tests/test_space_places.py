"""Which positions can be used, and what is said of the others."""

from __future__ import annotations

import polars as pl
import pytest

from eventflow import EventFrame
from eventflow_space.errors import UnknownCrsError, UnknownPlaceError
from eventflow_space.places import PlaceConfig, place_of, unusable

EVENTS = {"lat": [52.5, 0.0, 91.0, None, 48.1], "lon": [13.4, 0.0, 10.0, 11.6, 181.0]}


def test_positions_that_cannot_be_used_are_null_and_counted_by_reason() -> None:
    """Missing, out of range, exchanged, and 0, 0; all events stay, each with one reason."""
    frame = EventFrame.of(EVENTS, latitude="lat", longitude="lon", crs="EPSG:4326")
    place = place_of(frame, PlaceConfig())
    made = frame.lazy.select(lat=place.lat, lon=place.lon).collect()
    assert made["lat"].to_list() == [52.5, None, None, None, None]
    assert made["lon"].to_list() == [13.4, None, None, None, None]
    told = dict(unusable(frame, place).counts.collect().iter_rows())
    assert told == {
        "no position": 1,
        "position out of range": 1,
        "latitude and longitude exchanged": 1,
        "position 0, 0": 1,
    }
    reasons = frame.lazy.select(place.reason).collect().to_series().to_list()
    assert [r is None for r in reasons] == frame.lazy.select(place.usable).collect()[
        "lat"
    ].to_list()


def test_a_frame_says_where_and_in_which_system() -> None:
    """Columns from roles or options; no system, a projected or an unknown one is refused."""
    bare = EventFrame.of(EVENTS)
    with pytest.raises(UnknownPlaceError, match="latitude is not given"):
        place_of(bare, PlaceConfig())
    with pytest.raises(UnknownCrsError, match="no stated coordinate system"):
        place_of(bare, PlaceConfig(latitude="lat", longitude="lon"))
    for crs, words in {"EPSG:32618": "is projected", "EPSG:0": "PROJ knows"}.items():
        with pytest.raises(UnknownCrsError, match=words):
            place_of(bare, PlaceConfig(latitude="lat", longitude="lon", crs=crs))
    place = place_of(bare, PlaceConfig(latitude="lat", longitude="lon", crs="EPSG:4269"))
    assert bare.lazy.select(place.usable.sum()).collect().item() == 1
    assert bare.lazy.select(place.reason).collect_schema() == {"literal": pl.String()}


def test_longitudes_above_180_are_western_ones_only_if_that_is_said() -> None:
    """With 0..360 they count on from -180; else they are out of range."""
    frame = EventFrame.of(
        {"lat": [10.0] * 5, "lon": [180.5, 360.0, 180.0, -170.0, 360.5]},
        latitude="lat", longitude="lon", crs="EPSG:4326",
    )  # fmt: skip
    for longitudes, expected in {
        "-180..180": [None, None, 180.0, -170.0, None],
        "0..360": [-179.5, 0.0, 180.0, -170.0, None],
    }.items():
        place = place_of(frame, PlaceConfig(longitudes=longitudes))
        assert frame.lazy.select(place.lon).collect().to_series().to_list() == expected
