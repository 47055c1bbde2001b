"""A pipeline as a transformer: rows, names, kinds of tables, state, and what is refused."""

from __future__ import annotations

import pickle
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # its stubs pin other versions
import polars as pl
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler, TargetEncoder

from eventflow.errors import EventflowError
from eventflow_sklearn import PipelineTransformer

if TYPE_CHECKING:
    from pathlib import Path

STEPS: list[dict[str, Any]] = [
    {"use": "prepare.missing", "columns": {"price": "median"}},
    {"use": "prepare.encode", "columns": {"shop": "one_hot"}},
    {"use": "prepare.scale", "columns": ["price"]},
]


def _rows(seed: int, size: int = 200) -> pl.DataFrame:
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    return pl.DataFrame(
        {
            "price": [None if dice.random() < 0.2 else dice.gauss(9, 2) for _ in range(size)],
            "shop": [dice.choice("abc") for _ in range(size)],
        }
    )


def _labels(rows: pl.DataFrame) -> Any:
    return (rows["shop"] == "a").to_numpy()


def test_rows_keep_their_number_and_order() -> None:
    """What scikit-learn's own transformers make of the same columns, row by row."""
    fitting, new = _rows(1), _rows(2)
    ours = PipelineTransformer({"steps": STEPS}).fit(fitting).transform(new)
    oracle = make_pipeline(SimpleImputer(strategy="median"), RobustScaler())
    theirs = oracle.fit(fitting.select("price").to_numpy()).transform(
        new.select("price").to_numpy()
    )
    assert_allclose(ours.select("price").to_numpy(), theirs)
    assert ours["shop_b"].to_list() == [int(shop == "b") for shop in new["shop"]]


def test_names_are_those_of_the_result() -> None:
    """Without X: `get_feature_names_out` tells them once fitted."""
    made = PipelineTransformer({"steps": STEPS}).fit(_rows(1))
    assert made.get_feature_names_out().tolist() == ["price", "shop_a", "shop_b", "shop_c"]
    assert made.get_feature_names_out(["price", "shop"]).tolist() == made.feature_names_out_
    with pytest.raises(ValueError, match="input_features is not equal to feature_names_in_"):
        made.get_feature_names_out(["shop", "price"])


def test_a_table_comes_back_as_what_it_was() -> None:
    """Polars as Polars, pandas as pandas with its index, an array as an array."""
    rows = _rows(3)
    polars = PipelineTransformer({"steps": STEPS}).fit_transform(rows)
    frame = rows.to_pandas().set_index(pd.Index(range(1000, 1200)))
    pandas = PipelineTransformer({"steps": STEPS}).fit_transform(frame)
    assert isinstance(polars, pl.DataFrame)
    assert isinstance(pandas, pd.DataFrame)
    assert pandas.index.equals(frame.index)
    assert_allclose(pandas.to_numpy(dtype=float), polars.to_numpy())
    scale = {"steps": [{"use": "prepare.scale"}]}
    array = PipelineTransformer(scale).fit_transform(np.array([[1, 2], [3, 4], [5, 9]]))
    assert isinstance(array, np.ndarray)
    assert array.dtype == np.float64


@pytest.mark.parametrize(("output", "kind"), [("polars", pl.DataFrame), ("pandas", pd.DataFrame)])
def test_set_output_asks_for_a_kind_of_table(output: str, kind: Any) -> None:
    """Whatever came in; the columns have their names."""
    made = PipelineTransformer({"steps": STEPS}).set_output(transform=output)
    for given in (_rows(4), _rows(4).to_pandas()):
        found = made.fit(given).transform(given)
        assert isinstance(found, kind)
        assert list(found.columns) == ["price", "shop_a", "shop_b", "shop_c"]


def test_text_in_arrays_of_objects() -> None:
    """Columns are named x0, x1, …; NaN and None are missing."""
    array = np.array([["a", 1.5], ["b", np.nan], [None, 2]], dtype=object)
    steps = [{"use": "prepare.encode", "method": "label"}, {"use": "prepare.missing"}]
    made = PipelineTransformer({"steps": steps}).fit_transform(array)
    assert made.tolist() == [[0, 1.5], [1, 1.75], [0, 2.0]]


def test_the_fit_is_pickled_with_what_it_learned() -> None:
    """In another process the same rows give the same result; a clone has learned nothing."""
    new = _rows(6)
    made = PipelineTransformer({"steps": STEPS}).fit(_rows(5))
    again = pickle.loads(pickle.dumps(made))  # noqa: S301 - our own
    assert again.transform(new).equals(made.transform(new))
    with pytest.raises(NotFittedError):
        clone(made).transform(new)


def test_the_target_serves_and_is_no_feature() -> None:
    """`fit_transform` is cross-fitted, `transform` takes all rows, as scikit-learn's encoder."""
    rows = _rows(7).with_columns(customer=pl.int_range(pl.len()))
    steps = [
        {
            "use": "prepare.encode",
            "columns": {"shop": "target"},
            "target": "target",
            "key": ["customer"],
        }
    ]
    y = np.random.default_rng(1).normal(size=200)
    made = PipelineTransformer({"steps": steps})
    crossed = made.fit_transform(rows, y)
    assert "target" not in crossed.columns
    oracle = TargetEncoder(target_type="continuous").fit(rows.select("shop").to_numpy(), y)
    theirs = oracle.transform(rows.select("shop").to_numpy())
    assert_allclose(made.transform(rows).select("shop").to_numpy(), theirs)
    assert not crossed["shop"].equals(made.transform(rows)["shop"])


def test_it_works_inside_scikit_learn() -> None:
    """In a pipeline with a model, a grid search over its options, a column transformer."""
    rows = _rows(8)
    y = _labels(rows)
    prepare = PipelineTransformer({"steps": STEPS})
    model = make_pipeline(prepare, LogisticRegression())
    assert cross_val_score(model, rows, y, cv=3).mean() > 0.9
    grid = {"pipelinetransformer__pipeline": [{"steps": STEPS}, {"steps": STEPS[:2]}]}
    assert GridSearchCV(model, grid, cv=2).fit(rows, y).best_score_ > 0.9
    columns = ColumnTransformer([("ours", prepare, ["price", "shop"])])
    assert columns.fit_transform(rows.to_pandas()).shape == (200, 4)


def test_a_pipeline_file_serves_as_it_is(tmp_path: Path) -> None:
    """Source and sink take no part; later changes of the file do not touch what is fitted."""
    file = tmp_path / "prepare.yaml"
    file.write_text(
        "name: prepare\nsource: {use: csv, path: none.csv}\n"
        "steps:\n  - {use: prepare.missing}\n  - {use: prepare.scale, method: minmax}\n",
        encoding="utf-8",
    )
    made = PipelineTransformer(str(file)).fit([[0.0], [10.0]])
    file.unlink()
    assert made.transform([[5.0], [np.nan]]).tolist() == [[0.5], [0.5]]


ORDERS = pl.DataFrame({"customer": ["b", "a", "b", "c"], "amount": [1.0, 2.0, 3.0, 4.0]})
FOLD = {"use": "features.aggregate", "by": "customer", "aggregates": {"spend": "sum(amount)"}}


def test_a_key_brings_folded_rows_back() -> None:
    """Each row gets its customer's features; one whose rows were dropped gets nulls."""
    steps = [{"use": "filter", "where": "amount < 4"}, FOLD]
    made = PipelineTransformer({"steps": steps}, key="customer").fit_transform(ORDERS)
    assert made.rows() == [("b", 4.0), ("a", 2.0), ("b", 4.0), ("c", None)]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"steps": [{"use": "filter", "where": "amount > 1", "reason": "cheap"}]}, "1 rows: cheap"),
        ({"steps": [FOLD]}, "the pipeline folds rows, or selects columns by name"),
        ({"steps": [{"use": "prepare.mising"}]}, "EF2"),
        ({"steps": [{"use": "prepare.missing", "columns": ["prize"]}]}, 'EF301.*"prize"'),
    ],
    ids=str,
)
def test_pipelines_that_cannot_serve_are_refused(options: Any, told: str) -> None:
    """With the reason: rows that are lost, rows that are folded, errors of the pipeline."""
    with pytest.raises(EventflowError, match=told):
        PipelineTransformer(options).fit(ORDERS)


def test_a_key_that_is_not_unique_is_refused() -> None:
    """One row of X cannot have two rows of the result."""
    with pytest.raises(EventflowError, match="EF360  the result does not have one row for each"):
        PipelineTransformer({"steps": []}, key="customer").fit(ORDERS)


def test_objects_that_are_neither_text_nor_numbers_are_refused() -> None:
    """A dictionary in a cell has no column to go to."""
    with pytest.raises(EventflowError, match='EF361  column "x0" of X cannot be read'):
        PipelineTransformer({"steps": []}).fit(np.array([[{"a": 1}], [2]], dtype=object))


def test_unseen_categories_have_their_stated_outcome() -> None:
    """New rows never fail for a category that was not there: all its columns are 0."""
    made = PipelineTransformer({"steps": STEPS}).fit(_rows(9))
    new = pl.DataFrame({"price": [1.0], "shop": ["new"]})
    assert made.transform(new).select("^shop_.*$").row(0) == (0, 0, 0)
