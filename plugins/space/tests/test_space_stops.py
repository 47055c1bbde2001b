"""Where entities stay, against a naive loop over their positions."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError
from pyproj import Geod

from eventflow_space import SpatialStopsStep
from eventflow_space.staying import anchors

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow import EventFrame

    Row = dict[str, Any]
    Tracks = Callable[[int], list[Row]]
    Framed = Callable[[list[Row]], EventFrame]
    Moments = Callable[[list[Row]], dict[str, list[list[Row]]]]

SPHERE = Geod(a=6_371_008.8, f=0)
RADIUS = 150.0


def _near(a: Row, b: Row) -> bool:
    return float(SPHERE.inv(a["lon"], a["lat"], b["lon"], b["lat"])[2]) <= RADIUS


def _naive(moments: list[list[Row]], gap: timedelta | None) -> dict[int, Row]:
    """Return each row's first position of its stay."""
    made: dict[int, Row] = {}
    before: Row | None = None
    for moment in moments:
        for row in moment:
            late = before is not None and gap is not None and row["at"] - before["at"] > gap
            goes_on = before is not None and not late and _near(made[before["row"]], row)
            made[row["row"]] = made[before["row"]] if before and goes_on else row
        before = moment[-1]
    return made


@pytest.mark.parametrize("gap", [None, timedelta(minutes=30)])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_stays_are_those_of_a_loop(
    seed: int, gap: timedelta | None, tracks: Tracks, framed: Framed, moments: Moments
) -> None:
    """Each event's stay, its dwell so far, and whether that is long enough."""
    rows = tracks(seed)
    expected: dict[int, Row] = {}
    for moved in moments(rows).values():
        expected |= _naive(moved, gap)
    least = timedelta(minutes=5)
    step = SpatialStopsStep(
        radius_m=RADIUS, min_duration=least, max_gap=gap,
        columns=["id", "start", "dwell_s", "confirmed", "latitude", "longitude"],
    )  # fmt: skip
    found = step.apply(framed(rows).pipe(lambda lazy: lazy.reverse()), None).collect()
    assert found.height == len(rows)
    assert 0 < found["stop_confirmed"].sum() < len(expected)
    for row in found.iter_rows(named=True):
        anchor = expected.get(row["row"])
        if anchor is None:
            assert all(row[c] is None for c in found.columns if c.startswith("stop_"))
            continue
        dwell = row["at"] - anchor["at"]
        assert row["stop_start"] == anchor["at"]
        assert row["stop_dwell_s"] == dwell.total_seconds()
        assert row["stop_confirmed"] == (dwell >= least)
        assert row["stop_id"] == f"{row['who']}@{round(anchor['at'].timestamp() * 1e6)}"
        assert (row["stop_latitude"], row["stop_longitude"]) == (anchor["lat"], anchor["lon"])


def test_long_stays_are_passed_over_in_blocks() -> None:
    """Stays of a thousand positions, and a walk, one after the other: as a loop finds them."""
    dice = np.random.default_rng(5)
    still = [np.cumsum(dice.normal(0, s, n)) for s, n in ((1e-6, 1000), (1e-3, 50), (1e-7, 700))]
    lat = 50 + np.cumsum(np.concatenate([np.diff(part, prepend=0) for part in still]))
    number = len(lat)
    begins = np.ones(number, dtype=bool)
    rows = pl.DataFrame(
        {"lat": lat, "lon": np.full(number, 8.0), "known": begins, "starts": begins & False,
         "begins": begins}
    ).with_columns(starts=pl.int_range(number) == 0)  # fmt: skip
    found = anchors(rows.to_struct("rows"), 10.0).to_list()
    expected, anchor = [], 0
    for n in range(number):
        metres = abs(float(np.radians(lat[n] - lat[anchor]))) * 6_371_008.8
        anchor = anchor if metres <= 10 else n
        expected.append(anchor)
    assert found == expected
    assert len(set(expected)) > 20


def test_lengths_are_longer_than_nothing() -> None:
    """A stop of no duration, or a gap of none, is refused."""
    for option in ("min_duration", "max_gap"):
        with pytest.raises(ValidationError, match="longer than nothing"):
            SpatialStopsStep(**{option: "0s"})
