"""Law 3, no look-ahead: what happens at or after the moment changes no feature before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import eventflow
from eventflow.schema import EventSchema
from law_kit import assert_same_features, host_with, source_of

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.runs.result import RunResult

AS_OF = datetime(2020, 6, 1)  # noqa: DTZ001 - the events' times are naive
TICK = timedelta(microseconds=1)
SCHEMA = EventSchema(timestamp="at", entity="who")
COLUMNS = {
    "who": pl.String(),
    "at": pl.Datetime("us"),
    "invoice": pl.String(),
    "quantity": pl.Int64(),
    "price": pl.Float64(),
}
QUICKLY = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

Rows = list[tuple[Any, ...]]


def events(since: datetime, until: datetime) -> st.SearchStrategy[Rows]:
    """Draw events in a closed stretch of time, of few customers and few invoices."""
    times = st.datetimes(since, until) | st.sampled_from([since, until])
    quantity = st.integers(-5, 20)
    price = st.floats(0, 1e6, width=32)
    names = st.sampled_from(["a", "b", "c", "d"])
    return st.lists(st.tuples(names, times, st.sampled_from(["1", "2"]), quantity, price))


EARLIER = events(datetime(2019, 1, 1), AS_OF - TICK).filter(bool)  # noqa: DTZ001 - naive
LATER = events(AS_OF, datetime(2050, 1, 1))  # noqa: DTZ001 - naive

CHURN: dict[str, Any] = {
    "blueprint": {
        "use": "customer_churn",
        "as_of": str(AS_OF),
        "support": {"distinct": "invoice", "where": "quantity < 0"},
        "usage": {"distinct": "invoice", "where": "quantity > 0"},
        "plan": "CASE WHEN total_value > 100 THEN 'gold' ELSE 'iron' END",
        "plans": ["iron", "gold"],
    }
}
WINDOWS: dict[str, Any] = {
    "steps": [
        {
            "use": "features.aggregate",
            "as_of": str(AS_OF),
            "windows": ["1d", "30d", "60d..30d", "all"],
            "aggregates": ["sum(quantity)", "count", "last(quantity)", "n_unique(invoice)"],
        }
    ]
}


def run(rows: Rows, pipeline: dict[str, Any]) -> RunResult:
    """Run a pipeline over these events."""
    shop = source_of(pl.LazyFrame(rows, schema=COLUMNS, orient="row"), SCHEMA)
    return eventflow.run({"source": {"use": "shop"}, **pipeline}, host=host_with(shop=shop))


def data(rows: Rows, pipeline: dict[str, Any]) -> pl.DataFrame:
    """Return the rows of a run."""
    found = run(rows, pipeline).data
    assert found is not None
    return found


@QUICKLY
@given(earlier=EARLIER, later=LATER)
def test_later_events_change_no_churn_feature(earlier: Rows, later: Rows) -> None:
    """Not even learned edges and bounds; customers who only come later are not in the result."""
    both = run(earlier + later, CHURN)
    assert both.data is not None
    assert_same_features(both.data, data(earlier, CHURN), "customer_id")
    assert sum(e.rows for e in both.ledger.entries if e.reason == "on or after as_of") == len(later)
    assert both.ledger.adds_up


@QUICKLY
@given(earlier=EARLIER, later=LATER)
def test_later_events_change_no_window(earlier: Rows, later: Rows) -> None:
    """No aggregate in any window sees what happens at or after the moment."""
    both, alone = data(earlier + later, WINDOWS), data(earlier, WINDOWS)
    assert both.sort("who").equals(alone.sort("who"))


@QUICKLY
@given(rows=EARLIER)
def test_windows_are_half_open(rows: Rows) -> None:
    """A naive loop over ``[as_of - W, as_of)`` counts the same events."""
    made = data(rows, WINDOWS)
    edges = {"1d": (1, 0), "30d": (30, 0), "60d_30d": (60, 30)}
    for who, *found in made.select("who", *(f"count_{name}" for name in edges)).iter_rows():
        for (start, end), count in zip(edges.values(), found, strict=True):
            low, high = AS_OF - timedelta(days=start), AS_OF - timedelta(days=end)
            assert count == sum(1 for row in rows if row[0] == who and low <= row[1] < high)


@pytest.mark.parametrize("pipeline", [CHURN, WINDOWS], ids=["churn", "windows"])
def test_the_moment_itself_is_not_before_it(pipeline: dict[str, Any]) -> None:
    """An event one tick earlier counts, an event at the moment does not."""
    rows = [("a", AS_OF - TICK, "1", 1, 1.0), ("b", AS_OF, "1", 1, 1.0)]
    [name] = data(rows, pipeline).to_series(0)
    assert name == "a"


def test_a_customer_table_tells_nothing_of_later_customers(here: Path) -> None:
    """Customers last active at or after the moment leave others' tiers and scores alone."""
    rows = [(f"c{n}", AS_OF - timedelta(days=n + 1), datetime(2019, 1, 1), n) for n in range(50)]  # noqa: DTZ001 - naive
    late = [(f"x{n}", AS_OF + timedelta(days=n), datetime(2019, 1, 1), 1e9) for n in range(50)]  # noqa: DTZ001 - naive
    names = ["customer_id", "last_activity_date", "account_created_date", "total_value"]
    made = {}
    for label, given_rows in (("alone", rows), ("both", rows + late)):
        table = pl.LazyFrame(given_rows, schema=names, orient="row", strict=False)
        config = {"source": {"use": "t"}, "blueprint": {"use": "customer_churn", "as_of": AS_OF}}
        made[label] = eventflow.run(config, host=host_with(t=source_of(table)))
    assert made["both"].data is not None
    assert made["alone"].data is not None
    assert_same_features(made["both"].data, made["alone"].data, "customer_id")
    assert made["both"].ledger.accounted == len(late)


@pytest.mark.parametrize("pipeline", [CHURN, WINDOWS], ids=["churn", "windows"])
def test_without_a_moment_it_is_the_start_of_the_run(pipeline: dict[str, Any]) -> None:
    """It is never taken from the data: events of next year do not count, and it is recorded."""
    part = "blueprint" if "blueprint" in pipeline else "steps"
    told = pipeline[part] if part == "blueprint" else pipeline[part][0]
    untold = {k: v for k, v in told.items() if k != "as_of"}
    now = datetime.now(UTC)
    rows = [
        ("past", now.replace(tzinfo=None) - timedelta(days=1), "1", 1, 1.0),
        ("future", now.replace(tzinfo=None) + timedelta(days=300), "1", 1, 1.0),
    ]
    result = run(rows, {part: untold if part == "blueprint" else [untold]})
    assert result.data is not None
    assert result.data.to_series(0).to_list() == ["past"]
    assert result.record.as_of == result.record.started_at >= now
    assert result.record.as_of_origin == "run start"
