"""Local times that occur twice or never: `zoneinfo` is the oracle."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from eventflow.zones import in_zone

if TYPE_CHECKING:
    from eventflow.zones import Repeated, Skipped


@pytest.mark.parametrize(
    ("wall", "repeated", "skipped", "expected"),
    [
        ("2024-10-27 02:30", "unfit", "unfit", None),
        ("2024-10-27 02:30", "earlier", "unfit", "2024-10-27T00:30:00+00:00"),
        ("2024-10-27 02:30", "later", "forward", "2024-10-27T01:30:00+00:00"),
        ("2024-03-31 02:30", "later", "unfit", None),
        ("2024-03-31 02:30", "unfit", "forward", "2024-03-31T01:30:00+00:00"),
        ("2024-07-01 02:30", "unfit", "unfit", "2024-07-01T00:30:00+00:00"),
    ],
)
def test_a_clock_change_has_the_stated_meaning(
    wall: str, repeated: Repeated, skipped: Skipped, expected: str | None
) -> None:
    """`zoneinfo` folds alike: 0 is the earlier pass, and moves a skipped time forward."""
    time = datetime.fromisoformat(wall)
    found = in_zone(pl.lit(time), "Europe/Paris", repeated=repeated, skipped=skipped)
    told = pl.select(found.dt.convert_time_zone("UTC")).item()
    assert told == (None if expected is None else datetime.fromisoformat(expected))
    if told is not None:
        fold = int(repeated == "later" and skipped == "forward" and "10-27" in wall)
        assert told == time.replace(tzinfo=ZoneInfo("Europe/Paris"), fold=fold).astimezone(UTC)
