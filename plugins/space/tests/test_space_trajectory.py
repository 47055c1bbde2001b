"""How entities moved, against a geodesic library in a naive loop."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pyproj import Geod

from eventflow import EventFrame
from eventflow_space import SpatialTrajectoryStep
from eventflow_space.errors import ColumnTakenError
from eventflow_space.path_errors import UnfitTimeError, UnknownTrackError

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = dict[str, Any]
    Tracks = Callable[[int], list[Row]]
    Framed = Callable[[list[Row]], EventFrame]
    Moments = Callable[[list[Row]], dict[str, list[list[Row]]]]

SPHERE = Geod(a=6_371_008.8, f=0)


def _at(seconds: int) -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def _leg(a: Row, b: Row) -> dict[str, Any]:
    leaves, back, metres = SPHERE.inv(a["lon"], a["lat"], b["lon"], b["lat"])
    moved = (a["lat"], a["lon"]) != (b["lat"], b["lon"])
    return {
        "distance_m": metres,
        "speed_m_s": metres / (b["at"] - a["at"]).total_seconds(),
        "bearing_deg": leaves % 360 if moved else None,
        "arrival": (back + 180) % 360 if moved else None,
    }


def _naive(moments: list[list[Row]]) -> dict[int, dict[str, Any]]:
    """Go through one entity's moments; the last position of each stands for it."""
    made: dict[int, dict[str, Any]] = {}
    before: Row | None = None
    for moment in moments:
        for row in moment:
            if before is None:
                made[row["row"]] = {"length_m": 0.0, "arrival": None}
                continue
            leg, past = _leg(before, row), made[before["row"]]
            leg["length_m"] = past["length_m"] + leg["distance_m"]
            if leg["bearing_deg"] is not None and past["arrival"] is not None:
                turn = (leg["bearing_deg"] - past["arrival"]) % 360
                leg["turn_deg"] = turn - 360 if turn > 180 else turn
            made[row["row"]] = leg
        before = moment[-1]
    return made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_legs_are_those_of_a_loop(
    seed: int, tracks: Tracks, framed: Framed, moments: Moments
) -> None:
    """Distance, speed, bearing, turn and length, with ties, bad positions and the antimeridian."""
    rows = tracks(seed)
    expected: dict[int, dict[str, Any]] = {}
    for moved in moments(rows).values():
        expected |= _naive(moved)
    found = SpatialTrajectoryStep().apply(framed(rows), None).collect()
    for row in found.iter_rows(named=True):
        leg = expected.get(row["row"], {})
        for name in ("distance_m", "speed_m_s", "length_m"):
            told, wanted = row[f"track_{name}"], leg.get(name)
            assert (told is None) == (wanted is None)
            assert (told or 0.0) == pytest.approx(wanted or 0.0, rel=1e-6, abs=1e-6)
        for name in ("bearing_deg", "turn_deg"):
            told, angle = row[f"track_{name}"], leg.get(name)
            assert (told is None) == (angle is None)
            if told is not None:
                assert (told - angle + 180) % 360 - 180 == pytest.approx(0, abs=1e-4)


def test_a_great_circle_has_no_turns_and_one_length(framed: Framed) -> None:
    """Along one great circle bearings change, turns are 0 and lengths add up."""
    ends = 8.55, 47.45, -73.78, 40.64
    between = SPHERE.npts(*ends, 9)
    points = [ends[:2], *between, ends[2:]]
    rows = [
        {"row": n, "who": "x", "at": _at(n * 3600), "lat": lat, "lon": lon}
        for n, (lon, lat) in enumerate(points)
    ]
    made = SpatialTrajectoryStep().apply(framed(rows), None).collect().sort("at")
    assert made["track_turn_deg"].drop_nulls().abs().max() == pytest.approx(0, abs=1e-6)
    assert made["track_bearing_deg"].drop_nulls().n_unique() == 10
    assert made["track_length_m"][-1] == pytest.approx(SPHERE.inv(*ends)[2], rel=1e-9)


def test_a_tie_break_orders_events_of_one_time_and_no_time_has_no_speed(framed: Framed) -> None:
    """Two positions at one moment, told apart: a leg, in no time, which is implausible."""
    rows = [
        {"row": 1, "who": "a", "at": _at(0), "lat": 10.0, "lon": 10.0},
        {"row": 2, "who": "a", "at": _at(0), "lat": 10.1, "lon": 10.0},
        {"row": 3, "who": "a", "at": _at(60), "lat": 10.1, "lon": 10.01},
    ]
    step = SpatialTrajectoryStep(tie_break="row", max_speed_m_s=50, prefix="")
    made = step.apply(framed(rows), None)
    told = made.collect().sort("row")
    assert told["distance_m"][1:].to_list() == pytest.approx([11119.5, 1094.7], abs=0.5)
    assert told["speed_m_s"].is_null().to_list() == [True, True, False]
    assert told["is_implausible"].to_list() == [None, True, False]
    assert dict(made.accounts[-1].counts.collect().iter_rows()) == {"faster than 50 m/s": 1}
    assert [s.name for s in step.describe(framed(rows), None)] == told.columns[5:]


def test_what_is_not_told_is_asked_for(framed: Framed) -> None:
    """No entity, no time, a time that is none, a name that is taken: each has its error."""
    frame = framed([])
    bare = EventFrame.of({"lat": [1.0], "lon": [1.0], "n": [1]}, crs="EPSG:4326",
                         latitude="lat", longitude="lon")  # fmt: skip
    with pytest.raises(UnknownTrackError, match="by is not given"):
        SpatialTrajectoryStep(time="n").apply(bare, None)
    with pytest.raises(UnknownTrackError, match="time is not given"):
        SpatialTrajectoryStep(by=[]).apply(bare, None)
    with pytest.raises(UnfitTimeError, match="not a date or datetime"):
        SpatialTrajectoryStep(by=[], time="n").apply(bare, None)
    taken = frame.pipe(lambda lazy: lazy.rename({"row": "track_turn_deg"}))
    with pytest.raises(ColumnTakenError, match="track_turn_deg"):
        SpatialTrajectoryStep().apply(taken, None)


def test_days_are_24_hours_long() -> None:
    """From dates, speed is by whole days."""
    frame = EventFrame.of(
        {"d": [date(2026, 3, 28), date(2026, 3, 30)], "lat": [1.0, 2.0], "lon": [5.0, 5.0]},
        latitude="lat", longitude="lon", crs="EPSG:4326", timezone="Europe/London",
    )  # fmt: skip
    step = SpatialTrajectoryStep(by=[], time="d", columns=["speed_m_s", "distance_m"])
    made = step.apply(frame, None).collect().sort("d")
    speed = made["track_distance_m"][1] / (2 * 86400)
    assert made["track_speed_m_s"][1] == pytest.approx(speed)
