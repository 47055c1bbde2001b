"""Filling, scaling and encoding agree with scikit-learn where the definition is the same."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from numpy.testing import assert_allclose
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from eventflow_features import EncodeStep, MissingStep, ScaleStep
from eventflow_features.prepare import categories

if TYPE_CHECKING:
    from collections.abc import Callable

    Prepare = Callable[..., Any]

NUMBERS = ["price", "skewed", "constant"]
SHOPS = ["berlin", "cairo", "delhi", "essen", "fez"]


def _rows(seed: int, size: int = 400) -> pl.DataFrame:
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    shops = dice.choices([*SHOPS, None], weights=[70, 50, 30, 20, 5, 10], k=size)
    return pl.DataFrame(
        {
            "row": list(range(size)),
            "customer": [f"c{i % 90}" for i in range(size)],
            "price": [None if dice.random() < 0.1 else dice.gauss(20, 5) for _ in range(size)],
            "skewed": [dice.expovariate(0.01) for _ in range(size)],
            "constant": [0.1] * size,
            "shop": shops,
            "paid": [dice.gauss(len(shop or ""), 3) for shop in shops],
            "bought": [dice.random() < len(shop or "") / 9 for shop in shops],
        },
        schema_overrides={"row": pl.Int64},
    )


def _array(rows: pl.DataFrame, columns: list[str]) -> Any:
    return rows.select(pl.col(columns).cast(pl.Float64)).to_numpy()


@pytest.mark.parametrize(
    ("strategy", "theirs"), [("mean", "mean"), ("median", "median"), ("mode", "most_frequent")]
)
def test_filling_agrees_with_simple_imputer(prepare: Prepare, strategy: str, theirs: str) -> None:
    """Mean, median and mode of floats are SimpleImputer's, on the fitting data and on new data."""
    fitting = _rows(1).with_columns(pl.col("price").round(0))
    new = _rows(2)
    ours = prepare(MissingStep(strategy=strategy, columns=["price"]), fitting, new)
    oracle = SimpleImputer(strategy=theirs).fit(_array(fitting, ["price"]))
    assert_allclose(_array(ours.rows, ["price"]), oracle.transform(_array(new, ["price"])))
    assert ours.rows["price"].null_count() == 0 < new["price"].null_count()


def test_mode_of_text_agrees_with_simple_imputer(prepare: Prepare) -> None:
    """Of text that is equally frequent the smallest fills, as in SimpleImputer."""
    rows = pl.DataFrame({"row": range(5), "shop": ["b", "a", None, "a", "b"]})
    ours = prepare(MissingStep(strategy="mode", columns=["shop"]), rows)
    oracle = SimpleImputer(strategy="most_frequent", missing_values=None)
    theirs = oracle.fit_transform(rows.select("shop").to_numpy())
    assert ours.rows["shop"].to_list() == theirs[:, 0].tolist() == ["b", "a", "a", "a", "b"]


@pytest.mark.parametrize(
    ("options", "oracle"),
    [
        ({"method": "standard"}, StandardScaler()),
        ({"method": "robust"}, RobustScaler()),
        (
            {"method": "robust", "quantiles": [0.1, 0.95]},
            RobustScaler(quantile_range=(10, 95)),
        ),
        ({"method": "minmax"}, MinMaxScaler()),
        ({"method": "minmax", "beyond": "clip"}, MinMaxScaler(clip=True)),
    ],
    ids=str,
)
def test_scaling_agrees_with_scikit_learn(
    prepare: Prepare, options: dict[str, Any], oracle: Any
) -> None:
    """Fitted on some rows, new rows scale alike: missing values, constants, values beyond."""
    fitting, new = _rows(3), _rows(4)
    ours = prepare(ScaleStep(columns=NUMBERS, **options), fitting, new)
    theirs = oracle.fit(_array(fitting, NUMBERS)).transform(_array(new, NUMBERS))
    assert_allclose(_array(ours.rows, NUMBERS), theirs, rtol=1e-9, atol=1e-12)


def test_label_agrees_with_ordinal_encoder(prepare: Prepare) -> None:
    """Codes follow the sorted categories; unseen is -1; null stays null."""
    fitting = _rows(5).filter(pl.col("shop").ne_missing("fez"))
    new = _rows(6)
    ours = prepare(EncodeStep(columns={"shop": "label"}), fitting, new)
    oracle = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    oracle.fit(fitting.select("shop").drop_nulls().to_numpy())
    known = new["shop"].is_not_null()
    theirs = oracle.transform(new.filter(known).select("shop").to_numpy())
    assert_allclose(_array(ours.rows.filter(known), ["shop"]), theirs)
    assert set(ours.rows.filter(~known)["shop"]) == {None}
    assert -1 in theirs


@pytest.mark.parametrize(
    ("options", "theirs"),
    [
        ({}, {"handle_unknown": "ignore"}),
        ({"limit": 3}, {"handle_unknown": "infrequent_if_exist", "max_categories": 3}),
        ({"minimum_rows": 40}, {"handle_unknown": "infrequent_if_exist", "min_frequency": 40}),
    ],
    ids=str,
)
def test_one_hot_agrees_with_one_hot_encoder(
    prepare: Prepare, options: dict[str, Any], theirs: dict[str, Any]
) -> None:
    """The same columns in the same order; unseen is rare where there is such a column, else 0."""
    fitting = _rows(7).drop_nulls("shop")
    new = _rows(8).drop_nulls("shop").with_columns(shop=pl.col("shop").replace("essen", "new"))
    ours = prepare(EncodeStep(columns={"shop": "one_hot"}, **options), fitting, new)
    oracle = OneHotEncoder(sparse_output=False, **theirs).fit(fitting.select("shop").to_numpy())
    made = [name for name in ours.rows.columns if name.startswith("shop_")]
    expected = oracle.get_feature_names_out(["shop"])
    assert made == [name.replace("infrequent_sklearn", "rare") for name in expected]
    assert_allclose(_array(ours.rows, made), oracle.transform(new.select("shop").to_numpy()))


@pytest.mark.parametrize("smoothing", ["auto", 0.0, 7.5])
@pytest.mark.parametrize("target", ["paid", "bought"])
def test_target_agrees_with_target_encoder(
    prepare: Prepare, target: str, smoothing: str | float
) -> None:
    """Data without the target is encoded as TargetEncoder.transform does; unseen is the mean."""
    fitting = _rows(9)
    new = _rows(10).with_columns(shop=pl.col("shop").replace("essen", "new")).drop(target)
    step = EncodeStep(
        columns={"shop": "target"}, target=target, key=["row"], smoothing=smoothing, folds=4
    )
    ours = prepare(step, fitting, new)
    kind = "binary" if target == "bought" else "continuous"
    oracle = TargetEncoder(smooth=smoothing, target_type=kind)
    oracle.fit(fitting.select("shop").to_numpy(), fitting[target].to_numpy())
    theirs = oracle.transform(new.select("shop").to_numpy())
    assert_allclose(_array(ours.rows, ["shop"]), theirs, rtol=1e-9)


@pytest.mark.parametrize("smoothing", ["auto", 2.0])
def test_cross_fitting_is_a_target_encoder_without_the_rows_own_fold(
    prepare: Prepare, smoothing: str | float
) -> None:
    """Each fitting row is encoded by a TargetEncoder fitted on the rows of the other folds."""
    rows = _rows(11)
    step = EncodeStep(
        columns={"shop": "target"},
        target="paid",
        key=["customer"],
        smoothing=smoothing,
        folds=3,
        seed=5,
    )
    ours = prepare(step, rows)
    folds = rows.select(categories.fold(["customer"], 3, 5)).to_series()
    for fold in range(3):
        inside, outside = rows.filter(folds == fold), rows.filter(folds != fold)
        assert not inside.join(outside, on="customer", how="inner").height
        oracle = TargetEncoder(smooth=smoothing, target_type="continuous")
        oracle.fit(outside.select("shop").to_numpy(), outside["paid"].to_numpy())
        theirs = oracle.transform(inside.select("shop").to_numpy())
        assert_allclose(_array(ours.rows.filter(folds == fold), ["shop"]), theirs, rtol=1e-9)
