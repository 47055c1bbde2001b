"""What hard columns come to: constant, empty, one category, all outliers, many categories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow_features import CompactStep, EncodeStep, MissingStep, OutlierStep, ScaleStep

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.types import Step

    Prepare = Callable[..., Any]

SIZE = 100_000
T = datetime(2026, 1, 1, tzinfo=UTC)
EMPTY: Any = {"x": [None, None], "shop": [None, None], "y": [1.0, 2.0], "row": [1, 2]}
DTYPES: Any = {"x": pl.Float64, "shop": pl.String}


def _supervised(method: str, **more: Any) -> EncodeStep:
    return EncodeStep(columns={"shop": method}, target="y", key=["row"], time="at", **more)


@pytest.mark.parametrize("method", ["robust", "standard", "minmax"])
def test_a_constant_column_scales_to_0(prepare: Prepare, method: str) -> None:
    """It divides by 1; another value in new data keeps its distance."""
    for value in (0.0, 5.0, 0.1, 1e300):
        rows = pl.DataFrame({"x": [value] * 7})
        done = prepare(ScaleStep(method=method), rows)
        assert done.rows["x"].to_list() == pytest.approx([0.0] * 7, abs=1e-15 * value)
        assert done.state.spreads == {"x": 1.0}
    new = pl.DataFrame({"x": [7.0]})
    assert prepare(ScaleStep(method=method), pl.DataFrame({"x": [5.0]}), new).rows.item() == 2.0


@pytest.mark.parametrize("method", ["iqr", "zscore", "modified_zscore", "percentile"])
def test_a_constant_column_has_no_outliers_when_fitted(prepare: Prepare, method: str) -> None:
    """On new data every other value is one, and is capped to the constant."""
    fitting, new = pl.DataFrame({"x": [5.0] * 9}), pl.DataFrame({"x": [5.0, 5.5]})
    assert prepare(OutlierStep(method=method), fitting).ledger == {}
    done = prepare(OutlierStep(method=method), fitting, new)
    assert done.rows["x"].to_list() == [5.0, 5.0]
    assert done.ledger == {"flagged: outlier capped: x": 1}


@pytest.mark.parametrize(
    "step",
    [
        MissingStep(columns=["x", "shop"]),
        MissingStep(columns={"x": "mean", "shop": "mode"}),
        OutlierStep(columns=["x"]),
        OutlierStep(columns=["x"], method="modified_zscore", action="drop"),
        OutlierStep(columns=["x"], method="percentile", action="null"),
        ScaleStep(columns=["x"]),
        ScaleStep(columns=["x"], method="standard"),
        ScaleStep(columns=["x"], method="minmax", beyond="clip"),
        CompactStep(columns=["x", "shop"], floats="keep"),
        EncodeStep(columns={"shop": "label"}),
        EncodeStep(columns={"shop": "frequency"}),
    ],
    ids=repr,
)
def test_columns_without_a_value_stay_without_one(prepare: Prepare, step: Step) -> None:
    """Nothing can be learned, nothing is lost, nothing is counted."""
    rows = pl.DataFrame(EMPTY, schema_overrides=DTYPES)
    done = prepare(step, rows)
    assert done.rows.select("x", "shop").null_count().row(0) == (2, 2)
    assert done.ledger == {}
    value = pl.DataFrame({**EMPTY, "x": [3.0, None]}, schema_overrides=DTYPES)
    assert prepare(step, rows, value).rows["x"].to_list() == [3.0, None]


def test_one_hot_of_a_column_without_a_value_is_no_column(prepare: Prepare) -> None:
    """There is no category, and so no column; the rows stay."""
    rows = pl.DataFrame(EMPTY, schema_overrides=DTYPES)
    done = prepare(EncodeStep(columns={"shop": "one_hot"}), rows)
    assert done.rows.columns == ["x", "y", "row"]
    assert done.rows.height == 2


def test_null_is_a_category_of_its_own_for_the_target(prepare: Prepare) -> None:
    """A column without a value encodes as the overall mean, from the other folds."""
    rows = pl.DataFrame(EMPTY, schema_overrides=DTYPES).with_columns(at=pl.lit(T))
    assert prepare(_supervised("target", folds=1), rows).rows["shop"].to_list() == [1.5, 1.5]
    assert prepare(_supervised("target_ordered"), rows).rows["shop"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("method", "encoded"), [("auto", 0), ("label", 0), ("frequency", 1.0), ("target", 2.5)]
)
def test_one_category_only(prepare: Prepare, method: str, encoded: float) -> None:
    """It is one constant column; nothing divides by zero."""
    rows = pl.DataFrame({"shop": ["a"] * 4, "y": [1, 2, 3, 4], "row": range(4)})
    done = prepare(_supervised(method, folds=1), rows)
    assert done.rows["shop"].to_list() == [encoded] * 4


def test_a_target_with_one_class_encodes_to_that_class(prepare: Prepare) -> None:
    """There is nothing to tell categories apart by; unseen categories get the same."""
    at = [T + timedelta(hours=i) for i in range(6)]
    rows = pl.DataFrame({"shop": list("aabbcc"), "y": [True] * 6, "row": range(6), "at": at})
    for more in ({}, {"smoothing": 3.0}, {"folds": 1}):
        assert set(prepare(_supervised("target", **more), rows).rows["shop"]) == {1.0}
    ordered = prepare(_supervised("target_ordered"), rows).rows["shop"].to_list()
    assert ordered == [None, 1, 1, 1, 1, 1]


def test_a_target_without_a_value_encodes_to_null(prepare: Prepare) -> None:
    """There is no mean; a number would be made up."""
    rows = pl.DataFrame(
        {"shop": ["a", "b"], "y": [None, None], "row": [1, 2], "at": [T, T]},
        schema_overrides={"y": pl.Float64},
    )
    for method in ("target", "target_ordered"):
        assert prepare(_supervised(method), rows).rows["shop"].to_list() == [None, None]


def test_rows_that_are_all_outliers(prepare: Prepare) -> None:
    """New data in which every row is out: capped and counted, or all dropped and counted."""
    fitting, new = pl.DataFrame({"x": [1.0, 2, 3, 4]}), pl.DataFrame({"x": [900.0, -900.0]})
    capped = prepare(OutlierStep(), fitting, new)
    assert capped.rows["x"].to_list() == [5.5, -0.5]
    assert capped.ledger == {"flagged: outlier capped: x": 2}
    dropped = prepare(OutlierStep(action="drop"), fitting, new)
    assert dropped.rows.height == 0
    assert dropped.ledger == {"dropped: outlier: x": 2}


@pytest.mark.parametrize("method", ["label", "frequency", "one_hot", "target", "auto"])
def test_100_000_categories(prepare: Prepare, method: str) -> None:
    """Each has its code; one-hot keeps its limit, and all others are rare."""
    rows = pl.select(
        row=pl.int_range(2 * SIZE),
        shop=pl.format("shop {}", pl.int_range(2 * SIZE) % SIZE),
        y=pl.int_range(2 * SIZE) % 7,
    )
    done = prepare(_supervised(method, limit=5), rows)
    if method == "one_hot":
        assert done.rows.select("shop_rare").sum().item() == 2 * SIZE - 8
        assert len(done.rows.columns) == 2 + 5
        return
    encoded = done.rows["shop"]
    assert encoded.null_count() == 0
    if method == "label":
        assert encoded.n_unique() == SIZE
        assert encoded.max() == SIZE - 1
    if method == "frequency":
        assert set(encoded) == {1 / SIZE}
