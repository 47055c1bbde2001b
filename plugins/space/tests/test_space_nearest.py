"""Events get the columns of the nearest point, and of the last report of the nearest station."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.neighbors import BallTree

from eventflow import EventFrame
from eventflow.context.errors import ContextTimeError, RepeatedContextError
from eventflow.context.schema import ContextSchema
from eventflow.testing import contract
from eventflow_space import NearestAsOfJoin, NearestJoin
from eventflow_space.errors import ColumnTakenError, UnknownCrsError
from eventflow_space.nearest_tree import NearestTree
from eventflow_space.point_tree import PointTree
from eventflow_space.sphere import RADIUS_M
from eventflow_space.zone_errors import NoShapeError, TimedPlaceError
from zone_frames import WGS84, events

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def points(latitude: Any, longitude: Any, crs: str | None = WGS84, **columns: Any) -> EventFrame:
    """Return points of context, lettered."""
    data = {"point": [chr(97 + i) for i in range(len(latitude))], "y": latitude, "x": longitude}
    schema = {"point": pl.String, "y": pl.Float64, "x": pl.Float64}
    frame = EventFrame(pl.LazyFrame(data, schema=schema).with_columns(**columns))
    return frame.under(ContextSchema(latitude="y", longitude="x", crs=crs))


def timed(frame: EventFrame, hours: Any, column: str = "at") -> EventFrame:
    """Return a frame with times, so many hours after the new year."""
    times = [None if h is None else T0 + timedelta(hours=int(h)) for h in hours]
    lazy = frame.lazy.with_columns(pl.Series(column, times, pl.Datetime("us", "UTC")))
    return frame.with_lazy(lazy, schema=frame.schema.model_copy(update={"timestamp": column}))


PLACES = events([50, 51, None, 91, 0, -80], [8, 8.6, 8, 8, 0, 170])
REPORTS = timed(points([50, 51, 50, 51], [8, 9, 8, 9]), [0, 0, 6, 7])
TestNearest = contract(
    NearestJoin, config={"max_distance_m": 1e6, "distance": "metres"}, frame=PLACES,
    context=points([50, 51], [8, 9]), keys=("y", "x"),
)  # fmt: skip
TestNearestAsOf = contract(
    NearestAsOfJoin, config={"tolerance": "1d", "distance": "metres"},
    frame=timed(PLACES, [1, 8, 3, 4, 5, 8]), context=REPORTS, keys=("y", "x"),
)  # fmt: skip


def around_the_world(number: int, seed: int) -> tuple[Any, Any]:
    """Return positions that are everywhere alike, poles and antimeridian too."""
    random = np.random.default_rng(seed)
    latitude = np.degrees(np.arcsin(random.uniform(-1, 1, number)))
    return latitude, random.uniform(-180, 180, number)


def test_the_nearest_is_that_of_another_library() -> None:
    """300 points and 3,000 positions over the whole globe: scikit-learn's haversine agrees."""
    own, other = around_the_world(300, 1), around_the_world(3_000, 2)
    number, metres = PointTree.of(*own).find(*other)
    tree = BallTree(np.radians(np.stack(own, 1)), metric="haversine")
    distance, nearest = tree.query(np.radians(np.stack(other, 1)))
    assert number.tolist() == nearest[:, 0].tolist()
    np.testing.assert_allclose(metres, distance[:, 0] * RADIUS_M, rtol=1e-9)


def test_only_points_that_are_known_are_found() -> None:
    """Every time has its own nearest point: a loop over all of them agrees."""
    own, other = around_the_world(200, 3), around_the_world(400, 4)
    random = np.random.default_rng(5)
    since, before = random.integers(0, 50, 200), random.integers(-5, 60, 400)
    number, _ = NearestTree.of(*own, since).find(*other, before)
    everywhere = [PointTree.of(*(side[[i]] for side in own)).find(*other)[1] for i in range(200)]
    distances = np.where(since[:, None] < before, everywhere, np.inf)
    expected = np.where(np.isinf(distances.min(0)), -1, distances.argmin(0))
    assert number.tolist() == expected.tolist()
    assert -1 in number


def test_unmatched_events_are_counted_by_reason() -> None:
    """Positions that are not usable, and points that are too far; the distance is null there."""
    join = NearestJoin(max_distance_m=100_000, distance="metres")
    joined = join.join(PLACES, points([50, 51], [8, 9]))
    rows = joined.collect().sort("id")
    assert rows["point"].to_list() == ["a", "b", None, None, None, None]
    assert [m and round(m) for m in rows["metres"]] == [0, 27991, None, None, None, None]
    assert dict(joined.accounts[-1].counts.collect().iter_rows()) == {
        "no position": 1, "latitude and longitude exchanged": 1, "position 0, 0": 1,
        "no context within 100,000 m": 1,
    }  # fmt: skip


def test_ties_and_rows_at_one_place_have_a_rule() -> None:
    """South goes before north, west before east; several rows at one place are an error."""
    frame = events([10], [20])
    assert NearestJoin().join(frame, points([11, 9], [20, 20])).collect()["point"].item() == "b"
    assert NearestJoin().join(frame, points([10, 10], [21, 19])).collect()["point"].item() == "b"
    twice = points([10, 10], [20, 20])
    with pytest.raises(RepeatedContextError, match="several rows for 1 value of y, x"):
        NearestJoin().join(frame, twice).collect()
    for repeats, expected in {"first": "a", "last": "b"}.items():
        joined = NearestJoin(repeats=repeats).join(frame, twice)
        assert joined.collect()["point"].item() == expected


def test_points_around_a_pole_are_at_the_same_distance_from_it() -> None:
    """A ring of twelve, whose distances rounding tells apart: the one farthest west is taken."""
    east = [30 * ((7 * i) % 12) - 170 for i in range(12)]
    ring, pole = points([80.0] * 12, east), events([90], [45])
    west = chr(97 + east.index(-170))
    assert NearestJoin().join(pole, ring).collect()["point"].item() == west
    known = NearestAsOfJoin().join(timed(pole, [2]), timed(ring, [1] * 12))
    assert known.collect()["point"].item() == west


def test_the_antimeridian_and_the_poles_are_no_walls() -> None:
    """179.9° east is next to 179.9° west, and around a pole longitude says little."""
    near = points([0, 1, 89], [-179.9, 170, 0])
    joined = NearestJoin().join(events([0, 89.5], [179.9, 180]), near).collect().sort("id")
    assert joined["point"].to_list() == ["a", "c"]


def test_context_that_cannot_be_used_is_refused_while_planning() -> None:
    """No position, no system, a projected one, a time, and a distance whose name is taken."""
    frame, found = events([50], [8]), points([50], [8])
    with pytest.raises(NoShapeError, match=r"roles: {latitude: COLUMN, longitude: COLUMN}"):
        NearestJoin().join(frame, EventFrame.of({"y": [1.0], "x": [1.0]}))
    with pytest.raises(NoShapeError, match="no stated coordinate system"):
        NearestJoin().join(frame, points([50], [8], crs=None))
    with pytest.raises(UnknownCrsError, match="is projected"):
        NearestJoin().join(frame, points([50], [8], crs="EPSG:25832"))
    with pytest.raises(TimedPlaceError, match="or use nearest_asof"):
        NearestJoin().join(frame, timed(found, [0]))
    with pytest.raises(ColumnTakenError, match="there is already a column point"):
        NearestJoin(distance="point").join(frame, found)
    with pytest.raises(ContextTimeError, match="says of no column when its rows hold"):
        NearestAsOfJoin().join(timed(frame, [0]), found)
    with pytest.raises(ContextTimeError, match="the events have no timestamp"):
        NearestAsOfJoin().join(frame, timed(found, [0]))


def test_a_station_at_minus_zero_is_the_one_at_zero() -> None:
    """What rounds to the equator or to Greenwich from below is -0.0, and the same place."""
    reports = timed(points([51.0, 51.0, -0.0], [0.0, -0.0, 8.0]), [0, 1, 0])
    found = NearestAsOfJoin().join(timed(events([51.0, 1.0], [0.5, 8.0]), [5, 5]), reports)
    assert found.collect().sort("id")["point"].to_list() == ["b", "c"]


def test_the_last_report_of_the_nearest_station_is_joined() -> None:
    """Strictly before; a station is known from its first report on; a loop by hand agrees."""
    random = np.random.default_rng(6)
    where = random.integers(0, 6, 60)
    reports = timed(points(48.0 + where, 8.0 + where), random.permutation(90)[:60])
    other = timed(events(random.uniform(47, 54, 80), random.uniform(7, 14, 80)),
                  random.integers(0, 90, 80))  # fmt: skip
    reports = reports.with_lazy(reports.lazy.rename({"at": "seen"}))
    reports = reports.under(ContextSchema(latitude="y", longitude="x", timestamp="seen"))
    joined = NearestAsOfJoin(tolerance="12h").join(other, reports)
    known = reports.collect().rows(named=True)
    for row in joined.collect().iter_rows(named=True):
        before = [r for r in known if r["seen"] < row["at"]]
        here = np.array([row["lat"]]), np.array([row["lon"]])
        far = [PointTree.of(*(np.array([r[c]]) for c in "yx")).find(*here)[1][0] for r in before]
        own = [r for r, d in zip(before, far, strict=True) if d == min(far)]
        last = max(own, key=lambda r: r["seen"]) if own else None
        fresh = last is not None and row["at"] - last["seen"] <= timedelta(hours=12)
        assert row["point"] == (last["point"] if last and fresh else None)


def test_what_is_not_found_as_of_then_has_its_reason() -> None:
    """No position, no time, too far, nothing known yet, and a report that is too old."""
    frame = timed(events([50, None, 50, -50, 50, 50], [8] * 6), [2, 2, None, 2, 0, 99])
    reports = timed(points([50], [8]), [0], "seen")
    join = NearestAsOfJoin(max_distance_m=1e6, tolerance="1d", distance="metres")
    joined = join.join(frame, reports)
    rows = joined.collect().sort("id")
    assert rows["point"].to_list() == ["a", None, None, None, None, None]
    assert rows["metres"].to_list() == [0, None, None, None, None, None]
    assert dict(joined.accounts[-1].counts.collect().iter_rows()) == {
        "no position": 1, "no at": 1, "no context within 1,000,000 m": 1,
        "no context known yet": 1, "context too old": 1,
    }  # fmt: skip
