"""Rows per cell, zone and bin of time: which keys are meant, and when a bin is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from eventflow.frame import EventFrame
from eventflow.schema import Dimension, EventSchema
from eventflow_features import (
    CastStep,
    DeriveStep,
    FeatureAggregationStep,
    FeatureLagStep,
    RenameStep,
    SelectStep,
)

MIDNIGHT = datetime(2024, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SIX = 6 * HOUR


def _events(rows: list[tuple[Any, ...]], *, cell: pl.DataType | None = None) -> EventFrame:
    """Return events with a cell and a bin of six hours, as a grid and `time.bin` make them."""
    start = pl.col("at").dt.truncate("6h")
    made = pl.LazyFrame(
        [(who, where, MIDNIGHT + hour * HOUR, value) for who, where, hour, value in rows],
        schema={"who": pl.String, "cell": cell or pl.Int64, "at": pl.Datetime("us", "UTC"),
                "value": pl.Float64},
        orient="row",
    ).with_columns(start.alias("bin_start"), (start + SIX).alias("bin_end"))  # fmt: skip
    schema = EventSchema(timestamp="at", entity="who", value="value")
    schema = schema.with_dimension("cell").with_dimension("bin_start", end="bin_end", every="6h")
    return EventFrame(made, schema)


EVENTS = [
    ("a", 1, 0, 2.0),
    ("b", 1, 5.5, 4.0),
    ("a", 1, 6, 8.0),
    ("a", 2, 1, None),
    ("b", None, 1, 1.0),
    ("b", 2, 13, 3.0),
]


def _ledger(frame: EventFrame) -> dict[str, int]:
    found = [row for a in frame.accounts for row in a.counts.collect().iter_rows()]
    return {reason: rows for reason, rows in found if reason is not None and rows}


def test_without_options_there_is_a_row_per_cell_and_bin() -> None:
    """Places stand in the entity's stead; the value is counted, added, averaged and so on."""
    made = FeatureAggregationStep().apply(_events(EVENTS), None)
    rows = made.collect().sort("cell", "bin_start")
    assert rows.columns[:3] == ["cell", "bin_start", "bin_end"]
    assert rows.select("cell", "bin_start", "count", "value_sum", "value_mean").rows() == [
        (1, MIDNIGHT, 2, 6.0, 3.0),
        (1, MIDNIGHT + SIX, 1, 8.0, 8.0),
        (2, MIDNIGHT, 1, 0.0, None),
        (2, MIDNIGHT + 2 * SIX, 1, 3.0, 3.0),
    ]
    assert (rows["bin_end"] - rows["bin_start"]).unique().to_list() == [SIX]
    assert _ledger(made) == {"no cell": 1, "folded into one row per cell, bin_start": 1}


def test_what_happened_in_a_bin_is_known_at_its_end() -> None:
    """The end is the timestamp of the result, whose dimensions are those that were keys."""
    schema = FeatureAggregationStep().apply(_events(EVENTS), None).schema
    assert schema.timestamp == "bin_end"
    assert schema.entity is None
    assert [d.column for d in schema.dimensions] == ["cell", "bin_start"]


@pytest.mark.parametrize("form", ["masks", "tiles"])
def test_a_bin_that_is_not_over_is_not_in_the_result(form: str) -> None:
    """What happens at as_of or later changes nothing; later runs add bins and change none."""
    at = MIDNIGHT + 11 * HOUR
    step = FeatureAggregationStep(form=form, as_of=at)
    made = step.apply(_events(EVENTS), None)
    found = made.collect()
    assert set(found["bin_end"]) == {MIDNIGHT + SIX}
    assert _ledger(made)["bin_end after as_of"] == 1
    assert _ledger(made)["not before as_of"] == 1
    future = [*EVENTS, ("z", 1, 11, 99.0), ("z", 1, 11.5, 99.0), ("z", 9, 40, 9.0)]
    assert set(step.apply(_events(future), None).collect().rows()) == set(found.rows())
    later = FeatureAggregationStep(form=form, as_of=at + HOUR).apply(_events(EVENTS), None)
    assert set(found.rows()) < set(later.collect().rows())


@pytest.mark.parametrize("cell", [pl.Int64(), pl.UInt64(), pl.String()])
def test_keys_may_be_any_columns(cell: pl.DataType) -> None:
    """Entity, cell and bin in any combination, cells being numbers or text."""
    frame = _events([(w, None if c is None else 7, h, v) for w, c, h, v in EVENTS])
    frame = frame.pipe(lambda rows: rows.with_columns(pl.col("cell").cast(cell)))
    for by in (["who"], ["cell"], ["who", "cell"], ["cell", "bin_start"], ["who", "bin_end"]):
        rows = FeatureAggregationStep(by=by, aggregates="count").apply(frame, None).collect()
        known = frame.collect().drop_nulls(by)
        expected = known.group_by(by).len("count")
        assert set(rows.select(*by, "count").rows()) == set(expected.rows()), by


def test_bins_part_the_entity_where_there_are_no_places() -> None:
    """With an entity and bins there is a row for each pair of them."""
    frame = _events(EVENTS)
    kept = frame.schema.kept(frozenset({"who", "at", "value", "bin_start", "bin_end"}))
    made = FeatureAggregationStep(aggregates="count").apply(
        frame.with_lazy(frame.lazy, schema=kept), None
    )
    assert set(made.columns()) == {"who", "bin_start", "bin_end", "count"}


def test_dimensions_follow_their_columns() -> None:
    """Renamed with them, gone with them, and kept by steps that do not touch them."""
    frame = _events(EVENTS)
    renamed = RenameStep(columns={"cell": "place", "bin_end": "over"}).apply(frame, None)
    assert renamed.schema.dimensions == (
        Dimension(column="place"),
        Dimension(column="bin_start", end="over", every="6h"),
    )
    for step in (DeriveStep(columns={"x": "value * 2"}), CastStep(columns={"value": "f32"})):
        assert step.apply(frame, None).schema.dimensions == frame.schema.dimensions
    fewer = SelectStep(drop=["cell", "bin_end"]).apply(frame, None)
    assert fewer.schema.dimensions == (Dimension(column="bin_start", every="6h"),)


def test_a_dimension_that_is_declared_must_be_a_column() -> None:
    """The schema's check names it and the nearest column."""
    schema = EventSchema(dimensions=({"column": "cel"},))
    with pytest.raises(Exception, match='there is no column "cel"'):
        schema.check({"cell": pl.Int64()})


def test_what_follows_an_aggregation_folds_the_rows_no_second_time() -> None:
    """The result, a lag of it and their ledger share one fold, beside the count of all rows."""
    read: list[int] = []

    def noted(rows: pl.DataFrame) -> pl.DataFrame:
        read.append(rows.height)
        return rows

    frame = _events(EVENTS).pipe(
        lambda lazy: lazy.collect().lazy().map_batches(noted, schema=lazy.collect_schema())
    )
    counted = FeatureAggregationStep(aggregates=["entropy(who)", "sum(value)", "count"])
    made = FeatureLagStep(columns="count").apply(counted.apply(frame, None), None)
    rows, *counts = pl.collect_all([made.lazy, *(a.counts for a in made.accounts)])
    assert (rows.height, len(counts)) == (4, 3)
    assert read == [len(EVENTS)] * 2
