"""How old the context was that `asof` found, as the report shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from eventflow import EventFrame
from eventflow.charts.plot import picture
from eventflow_time import AsOfJoin

START = datetime(2026, 3, 1, tzinfo=UTC)
FACTS = EventFrame.of({"since": [START], "fact": [1]}, timestamp="since")
EVENTS = EventFrame.of(
    {"at": [START + timedelta(minutes=m) for m in (-5, 0, 3, 90, 50_000)]}, timestamp="at"
)


@pytest.mark.parametrize(
    ("tolerance", "ages"),
    [
        (None, {"up to 5 min": 1, "up to 2 h": 1, "up to 90 d": 1}),
        ("2h", {"up to 5 min": 1, "up to 2 h": 1}),
    ],
)
@pytest.mark.parametrize("column", [None, "seconds"])
def test_ages_are_those_of_the_facts_that_were_found(
    tolerance: str | None, ages: dict[str, int], column: str | None
) -> None:
    """Events that find nothing, or what is too old, have no age; with a column of ages or not."""
    joined = AsOfJoin(by=[], tolerance=tolerance, age=column).join(EVENTS, FACTS)
    share, chart = joined.charts
    assert share.title == "Events that found context"
    bars = picture(chart).chart.bars
    assert bars is not None
    assert dict(zip(bars.labels, bars.values, strict=True)) == ages
