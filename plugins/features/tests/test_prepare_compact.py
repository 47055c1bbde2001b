"""Narrow dtypes: which are chosen, what is saved, and what becomes of rows that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow.frame import EventFrame
from eventflow.schema import ColumnSchema, EventSchema
from eventflow_features import CompactStep

if TYPE_CHECKING:
    from collections.abc import Callable

    Prepare = Callable[..., Any]

ROWS = pl.DataFrame(
    {
        "row": [1, 2, 3],
        "small": [-1, 0, 100],
        "large": [0, 1, 2**40],
        "empty": [None, None, None],
        "price": [0.1, 0.2, None],
        "shop": ["berlin", "cairo", "berlin"],
        "id": ["a", "b", "c"],
    },
    schema_overrides={"empty": pl.Int64},
)


def test_each_column_takes_the_narrowest_dtype_that_holds_it(prepare: Prepare) -> None:
    """Values stay what they are; columns without a value, and keys, keep their dtype."""
    done = prepare(CompactStep(cardinality=2), ROWS, entity="row")
    assert dict(done.rows.schema) == {
        "row": pl.Int64,
        "small": pl.Int8,
        "large": pl.Int64,
        "empty": pl.Int64,
        "price": pl.Float64,
        "shop": pl.Categorical,
        "id": pl.String,
    }
    assert done.rows.cast({"shop": pl.String}).rows() == ROWS.rows()


@given(values=st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4))
@settings(deadline=None)
def test_no_integer_is_lost(values: list[int]) -> None:
    """Whatever the range, the new dtype holds it, and no narrower signed one does."""
    frame, step = EventFrame.of({"x": values}), CompactStep()
    learned = step.learn(frame)
    assert learned is not None
    done = step.apply(frame, step.fit(learned.collect())).collect()["x"]
    assert done.to_list() == values
    ladder = [pl.Int8, pl.Int16, pl.Int32, pl.Int64]
    held = [pl.Series(values).cast(t, strict=False).null_count() == 0 for t in ladder]
    assert done.dtype == ladder[held.index(True)]


@pytest.mark.parametrize("text", ["categorical", "enum"])
def test_the_saving_is_told(prepare: Prepare, text: str) -> None:
    """Before: what Arrow's string views take; after: what Polars says the columns take."""
    size = 5000
    rows = pl.DataFrame(
        {"n": [i % 100 for i in range(size)], "shop": ["a shop in berlin", "fez"] * (size // 2)}
    )
    done = prepare(CompactStep(text=text), rows)
    views = 16 * size + 16 * size // 2  # every second text is too long for its view
    assert done.state.bytes_before == 8 * size + views
    assert done.state.bytes_after == pytest.approx(done.rows.estimated_size(), rel=0.01)
    assert done.state.saving == pytest.approx(
        27 / 32 if text == "categorical" else 30 / 32, rel=0.01
    )


def test_integers_of_new_data_that_do_not_fit_leave(prepare: Prepare) -> None:
    """Quarantined, for the dtype and the column; null fits everywhere."""
    new = ROWS.with_columns(small=pl.Series([1000, None, -128]))
    done = prepare(CompactStep(columns=["small"]), ROWS, new)
    assert done.rows["small"].to_list() == [None, -128]
    assert done.ledger == {"quarantined: does not fit i8: small": 1}


def test_unseen_text_leaves_for_an_enum_and_stays_for_categories(prepare: Prepare) -> None:
    """An enum is closed; a category takes unseen values as they come."""
    new = ROWS.with_columns(shop=pl.Series(["cairo", "delhi", None]))
    closed = prepare(CompactStep(columns=["shop"], text="enum", outcome="dropped"), ROWS, new)
    assert closed.rows["shop"].to_list() == ["cairo", None]
    assert closed.rows["shop"].dtype == pl.Enum(["berlin", "cairo"])
    assert closed.ledger == {"dropped: does not fit enum: shop": 1}
    opened = prepare(CompactStep(columns=["shop"]), ROWS, new)
    assert opened.rows["shop"].to_list() == ["cairo", "delhi", None]


def test_floats_lose_digits_only_when_asked(prepare: Prepare) -> None:
    """About seven digits stay."""
    done = prepare(CompactStep(columns=["price"], floats="f32"), ROWS)
    assert done.rows["price"].dtype == pl.Float32
    assert done.rows["price"].to_list() == [
        pytest.approx(0.1, rel=1e-6),
        pytest.approx(0.2, rel=1e-6),
        None,
    ]


def test_the_schema_no_longer_expects_the_old_dtype() -> None:
    """Other constraints and roles of a column stay."""
    columns = {"small": ColumnSchema(dtype="i64", nullable=False)}
    schema = EventSchema(entity="id", columns=columns)
    frame = EventFrame.of(ROWS).under(schema)
    step = CompactStep(columns=["small"])
    learned = step.learn(frame)
    assert learned is not None
    after = step.apply(frame, step.fit(learned.collect())).schema
    assert after.columns["small"].dtype is None
    assert not after.columns["small"].nullable
    assert after.entity == "id"
