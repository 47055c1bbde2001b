"""Groups in a configuration: listed or learned, with a place for everything else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from eventflow.frame import EventFrame
from eventflow.pipeline import Pipeline
from eventflow.schema import EventSchema
from eventflow_features import FeatureAggregationStep
from eventflow_features.grouping import LearnedGroups

AS_OF = datetime(2024, 1, 10, tzinfo=UTC)
SCHEMA = EventSchema(entity="who", timestamp="at")
KINDS = ["tea", "tea", "rum", "jam", None, "rum", "late"]


def _frame(kinds: list[str | None] = KINDS) -> EventFrame:
    days = [
        datetime(2024, 1, 1 + i if kind != "late" else 11, tzinfo=UTC)
        for i, kind in enumerate(kinds)
    ]
    rows = pl.LazyFrame(
        {"who": ["a"] * len(kinds), "at": days, "kind": kinds, "paid": [True, False] * 3 + [True]},
        schema_overrides={"kind": pl.String},
    )
    return EventFrame(rows, SCHEMA)


def _run(step: FeatureAggregationStep, frame: EventFrame, **options: Any) -> dict[str, Any]:
    pipeline = Pipeline([step], **options)
    return pipeline.run(frame).lazy.collect().row(0, named=True)


def test_listed_values_get_columns_named_by_column_and_value() -> None:
    """``all`` stands for the rows of every group; a value without rows has 0."""
    step = FeatureAggregationStep(
        as_of=AS_OF,
        windows=["3d", "all"],
        groups=["all", {"columns": "kind", "values": ["tea", "gin"]}],
        aggregates=["count"],
    )
    assert _run(step, _frame()) == {
        "who": "a", "count_3d": 0, "count_all": 6, "count_kind_tea_3d": 0, "count_kind_tea_all": 2,
        "count_kind_gin_3d": 0, "count_kind_gin_all": 0,
    }  # fmt: skip


def test_values_of_several_columns_are_combined() -> None:
    """A list for each column means every combination; a list of lists means those."""
    by_column = {"columns": ["kind", "paid"], "values": {"kind": ["tea"], "paid": [True, False]}}
    combined = {"columns": ["kind", "paid"], "values": [["tea", True], ["tea", False]]}
    for groups in (by_column, combined):
        step = FeatureAggregationStep(as_of=AS_OF, groups=[groups], aggregates=["count"])
        assert _run(step, _frame()) == {
            "who": "a", "count_kind_tea_paid_true": 1, "count_kind_tea_paid_false": 1
        }  # fmt: skip


def test_the_most_frequent_values_before_as_of_are_learned() -> None:
    """Ties go by text, nulls and all others to ``other``, and what comes later teaches nothing."""
    step = FeatureAggregationStep(
        as_of=AS_OF, groups=[{"columns": "kind", "limit": 2}], aggregates=["count"]
    )
    pipeline = Pipeline([step])
    found = pipeline.run(_frame()).lazy.collect().row(0, named=True)
    assert pipeline.states == {"steps.0": LearnedGroups(((("rum",), ("tea",)),))}
    assert found == {"who": "a", "count_kind_rum": 2, "count_kind_tea": 2, "count_kind_other": 2}


def test_new_data_keeps_the_columns_that_were_learned() -> None:
    """A value never seen before belongs to ``other``."""
    step = FeatureAggregationStep(as_of=AS_OF, groups="kind", aggregates=["count"])
    states = {"steps.0": LearnedGroups(((("tea",),),))}
    found = _run(step, _frame(["gin", "tea", "gin", None, "x", "y", "z"]), states=states)
    assert found == {"who": "a", "count_kind_tea": 1, "count_kind_other": 6}


def test_the_rest_is_called_as_asked_and_never_as_a_value() -> None:
    """Its own name, kept apart from a value of that name; null leaves it out."""
    grouping: dict[str, Any] = {"columns": "kind", "values": ["tea"]}
    names = {"tea": "kind_tea_", "rest": "kind_rest"}
    for asked, name in names.items():
        step = FeatureAggregationStep(
            as_of=AS_OF, groups=[{**grouping, "other": asked}], aggregates=["count"]
        )
        assert _run(step, _frame()) == {"who": "a", "count_kind_tea": 2, f"count_{name}": 4}
    learned = FeatureAggregationStep(
        as_of=AS_OF, groups=[{"columns": "kind", "limit": 1, "other": None}], aggregates=["count"]
    )
    assert _run(learned, _frame()) == {"who": "a", "count_kind_rum": 2}


def test_every_form_gives_the_same_columns_in_the_same_order() -> None:
    """Tiles and masks differ in nothing that can be seen."""
    answers = [
        _run(
            FeatureAggregationStep(
                as_of=AS_OF, windows=["9d", "all"], groups=["kind", "paid"], form=form,
                aggregates=["count", "last(kind)", "n_unique(paid)"],
            ),
            _frame(),
        )
        for form in ("auto", "tiles", "masks")
    ]  # fmt: skip
    assert answers[0] == answers[1] == answers[2]
    assert [list(a) for a in answers] == [list(answers[0])] * 3


@pytest.mark.parametrize(
    ("grouping", "message"),
    [
        ({"columns": []}, "at least 1 item"),
        ({"columns": "kind", "values": []}, "there are none"),
        ({"columns": "kind", "values": ["a"], "limit": 3}, "limit is for values that are learned"),
        ({"columns": ["kind", "paid"], "values": ["tea"]}, "one value for each of kind, paid"),
        ({"columns": ["kind", "paid"], "values": {"kind": ["tea"]}}, "each of kind, paid"),
    ],
)
def test_a_grouping_that_contradicts_itself_is_refused(
    grouping: dict[str, Any], message: str
) -> None:
    """The message says what to write."""
    with pytest.raises(ValidationError, match=message):
        FeatureAggregationStep(groups=[grouping])


@pytest.mark.parametrize(
    ("grouping", "code", "message"),
    [
        ({"columns": "paid", "values": ["maybe"]}, "EF324", '"maybe" is no value of "paid"'),
        ({"columns": "at", "values": ["x"]}, "EF324", 'cannot group by "at"'),
        ({"columns": "at"}, "EF324", "bins"),
        ({"columns": "kid"}, "EF301", "kind"),
    ],
)
@pytest.mark.parametrize("form", ["tiles", "masks"])
def test_a_column_that_cannot_be_grouped_by_is_refused(
    grouping: dict[str, Any], code: str, message: str, form: str
) -> None:
    """Before any row is read, with the column and what to do."""
    step = FeatureAggregationStep(as_of=AS_OF, groups=[grouping], aggregates=["count"], form=form)
    with pytest.raises(Exception, match=code) as caught:
        Pipeline([step]).run(_frame())
    assert message in str(caught.value)
