"""Streams of events with ties, duplicates and nulls, and how to run a step over them."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from eventflow import EventFrame
from eventflow.testing import sample_events

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.types import Step

    Row = dict[str, Any]
    Run = Callable[[Step, list[Row]], list[Row]]

settings.register_profile("time", deadline=None, max_examples=40)
settings.load_profile("time")

SCHEMA: dict[str, Any] = {
    "row": pl.Int64,
    "entity": pl.String,
    "time": pl.Datetime("us", "UTC"),
    "amount": pl.Float64,
    "kind": pl.String,
}
START = datetime(2026, 3, 27, tzinfo=UTC)


def _streams() -> st.SearchStrategy[list[Row]]:
    """Few entities and few moments, so that ties, duplicates and borders are common."""
    hours = st.sampled_from([0, 1, 2, 6, 12, 24, 36, 48, 49, 72]) | st.integers(0, 240)
    row = st.fixed_dictionaries(
        {
            "entity": st.sampled_from(["a", "b", None]),
            "time": st.none() | hours.map(lambda h: START + timedelta(hours=h)),
            "amount": st.none() | st.integers(-9, 9).map(lambda n: n / 4),
            "kind": st.sampled_from(["view", "cart", "buy", None]),
        }
    )
    return st.lists(row, max_size=25).map(
        lambda rows: [{"row": i, **r} for i, r in enumerate(rows)]
    )


STREAMS = _streams()


@pytest.fixture(scope="session")
def streams() -> st.SearchStrategy[list[Row]]:
    """Return the strategy."""
    return STREAMS


@pytest.fixture(scope="session")
def run() -> Run:
    """Apply a step to rows and return what it made of each, by row number."""

    def applied(step: Step, rows: list[Row]) -> list[Row]:
        data = pl.DataFrame(rows, schema=SCHEMA)
        frame = EventFrame.of(data, entity="entity", timestamp="time", event_type="kind")
        return step.apply(frame, None).collect().sort("row").to_dicts()

    return applied


@pytest.fixture(scope="session")
def histories() -> Callable[[list[Row]], dict[str, list[Row]]]:
    """Group rows that have an entity and a time by entity, in time order."""

    def grouped(rows: list[Row]) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for row in rows:
            if row["entity"] is not None and row["time"] is not None:
                found[row["entity"]].append(row)
        return {e: sorted(r, key=lambda x: x["time"]) for e, r in found.items()}

    return grouped


@pytest.fixture(scope="session")
def sample() -> EventFrame:
    """Return the sample events of the contract kit."""
    return sample_events(200)
