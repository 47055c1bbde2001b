"""Steps on columns and rows: what they return, whom they account for, what they refuse."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from pydantic import ValidationError

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow.schema import ColumnSchema, EventSchema
from eventflow_features import (
    CastStep,
    DeduplicateStep,
    DeriveStep,
    FeatureAggregationStep,
    FilterStep,
    RenameStep,
    RequireStep,
    SelectStep,
)
from eventflow_features.specs import OPERATIONS

if TYPE_CHECKING:
    from eventflow.base import BaseStep

T = datetime(2024, 1, 1, tzinfo=UTC)
EVENTS = pl.DataFrame(
    {
        "who": ["a", "a", "b", "b", None],
        "at": [T, T + timedelta(days=4), T + timedelta(days=8), T + timedelta(days=9), T],
        "amount": [1.0, 5.0, None, 2.0, 3.0],
        "items": [1, 2, 3, 4, 5],
        "text": ["1", "x", " 2.5 ", None, ""],
    }
)


def _frame(data: pl.DataFrame = EVENTS) -> EventFrame:
    return EventFrame.of(data, entity="who", timestamp="at", value="amount")


def _ledger(frame: EventFrame) -> dict[str, int]:
    found: dict[str, int] = {}
    for account in frame.accounts:
        for reason, rows in account.counts.collect().iter_rows():
            if reason is not None and rows:
                found[f"{account.outcomes[reason]}: {reason}"] = rows
    return found


def test_rename_takes_roles_along_and_can_swap() -> None:
    """Roles follow the column; two names can change places."""
    done = RenameStep(columns={"who": "customer", "amount": "items", "items": "amount"}).apply(
        _frame(), None
    )
    assert (done.schema.entity, done.schema.value) == ("customer", "items")
    assert done.collect()["items"].to_list() == EVENTS["amount"].to_list()


def test_select_drops_roles_of_columns_that_are_gone() -> None:
    """Order is the one given; a role never names a missing column."""
    done = SelectStep(columns=["items", "at"]).apply(_frame(), None)
    assert list(done.columns()) == ["items", "at"]
    assert done.schema.entity is None
    assert list(SelectStep(drop=["text"]).apply(_frame(), None).columns()) == EVENTS.columns[:-1]


def test_cast_quarantines_what_does_not_fit_and_keeps_null() -> None:
    """A failed cast is never a silent null."""
    done = CastStep(columns={"text": "f64"}).apply(_frame(), None)
    assert done.collect()["text"].to_list() == [1.0, 2.5, None]
    assert _ledger(done) == {"quarantined: not a number: text": 2}
    kept_aside = done.accounts[0].rejected
    assert kept_aside is not None
    assert kept_aside.collect()["text"].to_list() == ["x", ""]


@pytest.mark.parametrize(
    ("values", "dtype", "formats", "expected", "lost"),
    [
        ([1.0, 1.5, None], "i64", None, [1, None], 1),
        (["Yes", "0", "perhaps"], "bool", None, [True, False], 1),
        (["2024-02-29", "2023-02-29"], "date", None, [datetime(2024, 2, 29, tzinfo=UTC).date()], 1),
        (["1.2.2024"], "date", "%d.%m.%Y", [datetime(2024, 2, 1, tzinfo=UTC).date()], 0),
        (["2024-03-31 02:30:00"], "datetime[us, Europe/Berlin]", None, [], 1),
        ([300, 5], "u8", None, [5], 1),
    ],
)
def test_cast_counts_every_value_that_does_not_fit(
    values: list[Any], dtype: str, formats: str | None, expected: list[Any], lost: int
) -> None:
    """Fractions, unknown words, impossible dates, skipped wall times, overflow."""
    step = CastStep(columns={"x": dtype}, formats={"x": formats} if formats else {})
    done = step.apply(EventFrame.of(pl.DataFrame({"x": values})), None)
    assert done.collect()["x"].to_list() == expected
    assert sum(_ledger(done).values()) == lost


def test_derive_computes_in_the_order_written_and_knows_no_nan() -> None:
    """A later expression sees an earlier one; 0 / 0 is null."""
    step = DeriveStep(
        columns={"paid": "amount * items", "double": "paid * 2", "gap": "(items - items) / 0"}
    )
    done = step.apply(_frame(), None).collect()
    assert done["double"].to_list() == [2.0, 20.0, None, 16.0, 30.0]
    assert done["gap"].null_count() == 5
    assert step.reads(EventSchema(), ()) == frozenset({"amount", "items"})


def test_derive_keeps_the_role_of_a_replaced_column_but_not_its_constraints() -> None:
    """A constraint on the old values says nothing about the new ones."""
    schema = EventSchema(value="amount", columns={"amount": ColumnSchema(minimum=0)})
    frame = EventFrame(EVENTS.lazy(), schema)
    done = DeriveStep(columns={"amount": pl.col("amount") * -1}).apply(frame, None)
    assert done.schema.value == "amount"
    assert done.schema.columns == {}


def test_filter_tells_false_from_unknown() -> None:
    """Null leaves as well, for a reason of its own."""
    done = FilterStep(where="amount > 1", reason="too small").apply(_frame(), None)
    assert done.collect()["amount"].to_list() == [5.0, 2.0, 3.0]
    assert _ledger(done) == {"dropped: too small": 1, "dropped: amount > 1 is unknown": 1}


def test_require_gives_one_reason_per_column() -> None:
    """A row leaves for the first column it lacks."""
    step = RequireStep(columns=["who", "amount"], reasons={"amount": "unpriced"})
    assert _ledger(step.apply(_frame(), None)) == {"dropped: no who": 1, "dropped: unpriced": 1}


_cell = st.one_of(st.none(), st.sampled_from(["x", "y"]))
_rows = st.lists(st.tuples(_cell, st.one_of(st.none(), st.integers(0, 2)), _cell), max_size=25)


@settings(deadline=None, max_examples=40)
@given(rows=_rows, seed=st.integers(0, 999), keep=st.sampled_from(["any", "first", "last"]))
def test_deduplicate_accounts_for_every_row_and_ignores_row_order(
    rows: list[tuple[Any, ...]], seed: int, keep: str
) -> None:
    """Kept + kept aside = the rows that came, as multisets; shuffling changes nothing."""
    schema = {"k": pl.String, "t": pl.Int64, "v": pl.String}
    step = DeduplicateStep(by=["k"], keep=keep, time="t")
    shuffled = random.Random(seed).sample(rows, len(rows))  # noqa: S311 - not for secrets
    kept = []
    for given_rows in (rows, shuffled):
        data = pl.DataFrame(given_rows, schema=schema, orient="row")
        done = step.apply(EventFrame.of(data), None)
        rejected = done.accounts[0].rejected
        assert rejected is not None
        aside = rejected.collect().select("k", "t", "v")
        found = done.collect()
        assert found.schema == data.schema
        assert sorted(map(repr, [*found.rows(), *aside.rows()])) == sorted(map(repr, rows))
        assert sum(_ledger(done).values()) == len(aside)
        kept.append(sorted(map(repr, found.rows())))
    assert kept[0] == kept[1] == sorted(map(repr, _naive_kept(rows, keep)))


def _naive_kept(rows: list[tuple[Any, ...]], keep: str) -> list[tuple[Any, ...]]:
    last = keep == "last"

    def rank(value: Any) -> tuple[bool, Any]:
        return ((value is None) != last, "" if value is None else str(value))

    chosen = max if last else min
    return [
        chosen((r for r in rows if r[0] == k), key=lambda r: (rank(r[1]), rank(r[2])))
        for k in {r[0] for r in rows}
    ]


def test_deduplicate_whole_rows_keeps_one_of_each() -> None:
    """Without a key, a row repeats only when every column does, nulls included."""
    done = DeduplicateStep(outcome="dropped").apply(_frame(pl.concat([EVENTS, EVENTS[3:]])), None)
    assert_frame_equal(done.collect(), EVENTS, check_row_order=False)
    assert _ledger(done) == {"dropped: duplicate": 2}


def test_feature_aggregation_accounts_for_every_row() -> None:
    """Rows that came = entities + rows without key + rows not before as_of + rows folded."""
    step = FeatureAggregationStep(windows=["5d", "all"], aggregates=["count", "sum(amount)"])
    done = step.at(T + timedelta(days=9)).apply(_frame(), None)
    found = done.collect().sort("who")
    assert found.rows() == [("a", 1, 2, 5.0, 6.0), ("b", 1, 1, 0.0, 0.0)]
    assert found.columns == ["who", "count_5d", "count_all", "amount_sum_5d", "amount_sum_all"]
    ledger = _ledger(done)
    assert ledger == {
        "dropped: no who": 1,
        "dropped: not before as_of": 1,
        "folded: folded into one row per who": 1,
    }
    assert len(EVENTS) == len(found) + sum(ledger.values())
    assert done.schema.entity == "who"


def test_feature_aggregation_without_options_takes_entity_and_value_from_the_schema() -> None:
    """The shortest form: counts, and the usual aggregates of the value."""
    done = FeatureAggregationStep().apply(_frame(), None)
    assert list(done.columns()) == [
        "who", "count", "amount_sum", "amount_mean", "amount_min", "amount_max", "amount_std",
    ]  # fmt: skip


def test_the_page_of_feature_aggregation_lists_every_aggregate() -> None:
    """What `plugins show` and the reference print says what each of them does."""
    page = str(FeatureAggregationStep.__doc__)
    assert [op for op in OPERATIONS if f"``{op}``" not in page] == []


def test_an_own_as_of_is_not_overwritten_by_the_run() -> None:
    """What the options say stands; a naive moment is read in UTC."""
    step = FeatureAggregationStep(as_of="2024-01-02").at(T + timedelta(days=9))
    assert step.aggregation(_frame().schema).as_of == T + timedelta(days=1)


@pytest.mark.parametrize(
    ("step", "code", "words"),
    [
        (FilterStep(where="amuont > 1"), "EF301", 'did you mean "amount"'),
        (FilterStep(where='text > "x"'), "EF301", "if a text is meant, write 'x'"),
        (FilterStep(where="sum(amount) > 1"), "EF320", "more than one row"),
        (FilterStep(where="amount"), "EF320", "not true or false"),
        (DeriveStep(columns={"x": "who * 2"}), "EF320", "does not fit"),
        (RenameStep(columns={"who": "items"}), "EF322", '"items"'),
        (SelectStep(columns=["item"]), "EF301", 'did you mean "items"'),
        (RequireStep(columns=["customer"]), "EF301", "columns: who"),
        (CastStep(columns={"txt": "i64"}), "EF301", 'did you mean "text"'),
        (DeduplicateStep(by=["whom"]), "EF301", 'did you mean "who"'),
        (
            FeatureAggregationStep(aggregates=["mean(who)"]),
            "EF321",
            "{use: cast, columns: {who: f64}}",
        ),
        (FeatureAggregationStep(aggregates=["sum(amuont)"]), "EF301", 'did you mean "amount"'),
        (FeatureAggregationStep(windows=["7d"]), "EF323", "as_of"),
        (FeatureAggregationStep(aggregates={"who": "count"}), "EF322", '"who"'),
    ],
    ids=repr,
)
def test_what_does_not_fit_the_columns_is_told_before_data_is_read(
    step: BaseStep, code: str, words: str
) -> None:
    """A coded error with the nearest name, from a source that fails when it is read."""
    unread = EVENTS.lazy().map_batches(_explode, schema=EVENTS.schema)
    frame = EventFrame(unread, _frame().schema)
    with pytest.raises(EventflowError) as caught:
        step.apply(frame, None)
    assert caught.value.problems[0].code == code
    assert words in str(caught.value)


def _explode(_: pl.DataFrame) -> pl.DataFrame:
    pytest.fail("data was read while the plan was built")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"aggregates": ["sum"]}, "sum of what"),
        ({"aggregates": ["summ(amount)"]}, 'did you mean "sum"'),
        ({"aggregates": ["count", "count"]}, "listed twice"),
        ({"aggregates": {"x": {"op": "sum", "value": "a >"}}}, "cannot read the expression"),
        ({"aggregates": {"x": {"op": "sum", "column": "a", "ddof": 0}}}, "ddof belongs to"),
        ({"windows": ["7 days"]}, "cannot read the window"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, Any], words: str) -> None:
    """Options are checked before a frame exists."""
    with pytest.raises(ValidationError, match=words.replace("(", r"\(")):
        FeatureAggregationStep(**options)
