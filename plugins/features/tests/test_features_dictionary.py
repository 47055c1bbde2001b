"""The feature dictionary: each column of an aggregation and of a training set, told in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from eventflow.frame import EventFrame
from eventflow.schema import EventSchema
from eventflow_features import AggregateSpec, FeatureAggregationStep, TrainingSetStep
from eventflow_features.dictionary import Dictionary
from eventflow_features.specs import OF_ROWS, OPERATIONS

AT = datetime(2024, 1, 20, tzinfo=UTC)
SCHEMA = EventSchema.model_validate(
    {"entity": "k", "timestamp": "t", "columns": {"amount": {"unit": "EUR"}}}
)
ROWS = pl.LazyFrame(
    {
        "k": [1, 1, 2],
        "t": [AT.replace(day=d) for d in (1, 2, 3)],
        "amount": [1.5, 2.5, None],
        "n": [1, 2, 3],
        "kind": ["food", "rent", "food"],
    }
)
FRAME = EventFrame(ROWS, SCHEMA)
OPTIONS: dict[str, dict[str, Any]] = {
    "quantile": {"q": 0.9}, "approx_quantile": {"q": 0.9}, "ratio": {"other": "n"},
    "cov": {"other": "n"}, "corr": {"other": "n"},
}  # fmt: skip


@pytest.mark.parametrize("op", OPERATIONS)
def test_every_aggregate_has_an_entry_that_its_answer_keeps(op: str) -> None:
    """Its parity class is the aggregate's; its null rule is what comes out of no values."""
    spec = AggregateSpec(name="x", op=op, value="amount", options=OPTIONS.get(op, {}))
    [told] = Dictionary(SCHEMA, FRAME.columns(), "t").of([spec])
    assert told.parity == spec.unbound("t").parity(pl.Float64())
    assert told.unit
    assert told.source
    assert "{" not in told.nulls + told.source
    assert told.formula.startswith(f"{op}(amount")
    step = FeatureAggregationStep(
        as_of=AT, aggregates={"x": {"op": op, "column": "amount", **OPTIONS.get(op, {})}}
    )
    answer = step.apply(FRAME, None).collect().sort("k")["x"].to_list()[1]  # of one null
    rule = "0" if answer == 0 else "empty" if answer == [] else "null"
    assert told.nulls.startswith(rule), (op, answer)


@pytest.mark.parametrize("op", OF_ROWS)
def test_what_looks_at_rows_says_rows(op: str) -> None:
    """There are no values to speak of."""
    [told] = Dictionary(SCHEMA, FRAME.columns(), "t").of([AggregateSpec(name="x", op=op)])
    assert told.formula == f"{op}(rows) before as_of"
    assert "values" not in told.nulls


def test_windows_groups_conditions_and_units_are_told() -> None:
    """A unit is the schema's, else the column's name; a window is half-open in words too."""
    step = FeatureAggregationStep(
        as_of=AT,
        windows=["7d", "60d..30d"],
        groups=[{"columns": "kind", "values": ["food"], "other": "rest"}],
        aggregates={
            "a": {"op": "sum", "column": "amount", "where": "n > 1"},
            "b": {"op": "var", "column": "n", "window": "all"},
            "c": {"op": "ratio", "column": "amount", "other": "n", "window": "all"},
        },
    )
    told = {f.name: (f.unit, f.formula) for f in step.describe(FRAME, None)}
    assert told == {
        "a_kind_food_7d": ("EUR", "sum(amount) where n > 1 of kind food in [as_of - 7d, as_of)"),
        "a_kind_food_60d_30d": (
            "EUR", "sum(amount) where n > 1 of kind food in [as_of - 60d, as_of - 30d)",
        ),
        "a_kind_rest_7d": (
            "EUR", "sum(amount) where n > 1 of kind other than food in [as_of - 7d, as_of)",
        ),
        "a_kind_rest_60d_30d": (
            "EUR", "sum(amount) where n > 1 of kind other than food in [as_of - 60d, as_of - 30d)",
        ),
        "b_kind_food": ("n²", "var(n) of kind food before as_of"),
        "b_kind_rest": ("n²", "var(n) of kind other than food before as_of"),
        "c_kind_food": ("EUR/n", "ratio(amount, other=n) of kind food before as_of"),
        "c_kind_rest": ("EUR/n", "ratio(amount, other=n) of kind other than food before as_of"),
    }  # fmt: skip
    assert set(told) == set(step.apply(FRAME, None).columns().names()) - {"k"}


def test_a_training_set_tells_features_from_labels() -> None:
    """Features lie before the cut-off, labels begin at it; a run's record has both."""
    options = {
        "by": "k",
        "cutoffs": [datetime(2024, 1, 2, tzinfo=UTC)],
        "windows": ["1d"],
        "aggregates": ["count"],
        "labels": {"window": "3d", "aggregates": {"bought": "count"}},
    }
    frame = EventFrame(ROWS, SCHEMA)
    told = TrainingSetStep(**options).describe(frame, None)
    assert [(f.name, f.formula) for f in told] == [
        ("count_1d", "count(rows) in [cutoff - 1d, cutoff)"),
        ("bought", "count(rows) in [cutoff, cutoff + 3d)"),
    ]
