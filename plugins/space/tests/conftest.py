"""Tracks with ties, gaps and positions that cannot be used."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow import EventFrame

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = dict[str, Any]

START = datetime(2026, 3, 28, 20, tzinfo=UTC)
SCHEMA: dict[str, Any] = {
    "row": pl.Int64,
    "who": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "lat": pl.Float64,
    "lon": pl.Float64,
}


def _tracks(seed: int, number: int = 60) -> list[Row]:
    """Walks that stay now and then, across the antimeridian, with ties, nulls and bad positions."""
    dice = random.Random(seed)  # noqa: S311 - test data, no secret
    rows: list[Row] = []
    for who in ("ada", "bob", None):
        lat, lon, at = dice.uniform(-60, 60), 179.999, START
        for _ in range(number // 3):
            stays = dice.random() < 0.7
            lat += 0.0 if stays else dice.uniform(-0.004, 0.004)
            lon += dice.uniform(-0.0005, 0.0005) if stays else dice.uniform(-0.004, 0.004)
            lon = (lon + 180) % 360 - 180
            at += timedelta(minutes=dice.choice([0, 1, 5, 5, 40]))
            bad = dice.random() < 0.1
            rows.append(
                {
                    "who": who,
                    "at": None if dice.random() < 0.05 else at,
                    "lat": dice.choice([None, 91.0]) if bad else lat,
                    "lon": lon,
                }
            )
    return [{"row": n, **row} for n, row in enumerate(rows)]


@pytest.fixture(scope="session")
def tracks() -> Callable[[int], list[Row]]:
    """Return a maker of tracks, by seed."""
    return _tracks


@pytest.fixture(scope="session")
def framed() -> Callable[[list[Row]], EventFrame]:
    """Return a maker of frames: rows with an entity, a time and a position."""

    def made(rows: list[Row]) -> EventFrame:
        data = pl.DataFrame(rows, schema=SCHEMA)
        roles = {"entity": "who", "timestamp": "at", "latitude": "lat", "longitude": "lon"}
        return EventFrame.of(data, **roles, crs="EPSG:4326")

    return made


def _moments(rows: list[Row]) -> dict[str, list[list[Row]]]:
    found: dict[str, dict[datetime, list[Row]]] = {}
    for row in rows:
        usable = row["lat"] is not None and abs(row["lat"]) <= 90
        if usable and row["who"] is not None and row["at"] is not None:
            found.setdefault(row["who"], {}).setdefault(row["at"], []).append(row)
    return {
        who: [sorted(at[t], key=lambda r: (r["lat"], r["lon"])) for t in sorted(at)]
        for who, at in found.items()
    }


@pytest.fixture(scope="session")
def moments() -> Callable[[list[Row]], dict[str, list[list[Row]]]]:
    """Group usable rows by entity, then by moment, in order; the last of a moment stands for it."""
    return _moments
