"""The laws of training sets: features see only what is before their cut-off, and rows add up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import eventflow
from eventflow.schema import EventSchema
from law_kit import assert_same_features, host_with, source_of

FIRST = datetime(2020, 3, 1)  # noqa: DTZ001 - the events' times are naive
CUTOFFS = [FIRST, FIRST + timedelta(days=10)]
LABEL = timedelta(days=5)
END = CUTOFFS[-1] + LABEL
TICK = timedelta(microseconds=1)
COLUMNS = {"who": pl.String(), "at": pl.Datetime("us"), "amount": pl.Int64()}
SCHEMA = EventSchema(timestamp="at", entity="who")
TRAINING: dict[str, Any] = {
    "use": "features.training",
    "as_of": str(FIRST + timedelta(days=365)),
    "cutoffs": [str(cutoff) for cutoff in CUTOFFS],
    "windows": ["3d", "all"],
    "aggregates": ["count", "sum(amount)", "last(amount)", "time_since"],
    "labels": {"window": "5d", "aggregates": {"bought": "count", "spent": "sum(amount)"}},
}
FEATURES = [f"{made}_{w}" for made in ("count", "amount_sum", "amount_last") for w in ("3d", "all")]
QUICKLY = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

Rows = list[tuple[Any, ...]]

_edges = [edge + tick for edge in (*CUTOFFS, CUTOFFS[0] + LABEL, END) for tick in (-TICK, TICK)]
_times = st.sampled_from([*CUTOFFS, END, *_edges]) | st.datetimes(
    FIRST - timedelta(days=20),
    END + timedelta(days=20),
)
_names = st.sampled_from(["a", "b", "c"])
ROWS = st.lists(st.tuples(_names, _times, st.integers(-5, 20)), min_size=1, max_size=25)
FLAWED = st.lists(
    st.tuples(_names | st.none(), _times | st.none(), st.integers(-5, 20)), min_size=1, max_size=25
)


def run(rows: Rows) -> Any:
    """Run the step over these events."""
    shop = source_of(pl.LazyFrame(rows, schema=COLUMNS, orient="row"), SCHEMA)
    return eventflow.run(
        {"source": {"use": "shop"}, "steps": [TRAINING]}, host=host_with(shop=shop)
    )


def data(rows: Rows) -> pl.DataFrame:
    """Return the training set, with one key for entity and cut-off."""
    key = pl.format("{} {}", "who", pl.col("cutoff").dt.timestamp("us")).alias("key")
    made: pl.DataFrame = run(rows).data.with_columns(key)
    return made


@QUICKLY
@given(rows=ROWS)
def test_no_feature_sees_its_cutoff_or_later(rows: Rows) -> None:
    """Features of the first cut-off are the same when nothing happens from it on."""
    before = [row for row in rows if row[1] < FIRST]
    first = pl.col("cutoff") == pl.col("cutoff").min()
    both, alone = data(rows).filter(first), data(before).filter(first)
    if not before:
        assert alone.is_empty()
        return
    assert_same_features(both.select("key", *FEATURES), alone.select("key", *FEATURES), "key")
    assert alone["bought"].sum() == 0


@QUICKLY
@given(rows=ROWS)
def test_no_label_sees_the_end_of_its_window_or_later(rows: Rows) -> None:
    """What happens when the last label window is over changes nothing at all."""
    known = [row for row in rows if row[1] < END]
    if any(row[1] < CUTOFFS[-1] for row in known):
        assert_same_features(data(rows), data(known), "key")


@QUICKLY
@given(rows=ROWS)
def test_no_event_is_in_a_feature_and_a_label_of_one_row(rows: Rows) -> None:
    """A naive loop counts each event before the cut-off, in the label window, or in neither."""
    found = {
        (who, cutoff.replace(tzinfo=None)): (seen, bought)
        for who, cutoff, seen, bought in data(rows)
        .select("who", "cutoff", "count_all", "bought")
        .iter_rows()
    }
    expected = {}
    for cutoff in CUTOFFS:
        for who in {row[0] for row in rows if row[1] < cutoff}:
            mine = [row[1] for row in rows if row[0] == who]
            seen = sum(at < cutoff for at in mine)
            expected[who, cutoff] = (seen, sum(cutoff <= at < cutoff + LABEL for at in mine))
    assert found == expected


@QUICKLY
@given(rows=FLAWED)
def test_every_row_is_dropped_with_a_reason_or_folded(rows: Rows) -> None:
    """The ledger adds up, whatever lacks a key, a time, or comes after the last label window."""
    result = run(rows)
    counted = {(e.kind, e.reason): e.rows for e in result.ledger.entries if e.kind == "dropped"}
    keyed = [row for row in rows if row[0] is not None]
    timed = [row for row in keyed if row[1] is not None]
    expected = {
        ("dropped", "no who"): len(rows) - len(keyed),
        ("dropped", "no at"): len(keyed) - len(timed),
        ("dropped", "after the last label window"): sum(row[1] >= END for row in timed),
    }
    assert counted == {reason: number for reason, number in expected.items() if number}
    assert result.ledger.adds_up
    assert result.ledger.read == len(rows)
