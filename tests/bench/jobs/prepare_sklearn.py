"""The same work with scikit-learn; it has no step that caps, so that one is written by hand."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd  # type: ignore[import-untyped] # its stubs pin other versions
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from timing import timed

NUMBERS = [*(f"x{i}" for i in range(12)), "n0", "n1"]
FEW, MANY = ["kind", "size", "colour"], ["shop", "city"]


class Capper(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Caps at 1.5 interquartile ranges beyond the quartiles."""

    def fit(self, rows: Any, _: Any = None) -> Self:
        """Learn the fences."""
        first, third = np.percentile(rows, [25, 75], axis=0)
        reach = 1.5 * (third - first)
        self.low_, self.high_ = first - reach, third + reach
        self.feature_names_in_, self.n_features_in_ = np.asarray(rows.columns), rows.shape[1]
        return self

    def transform(self, rows: Any) -> Any:
        """Cap."""
        return np.clip(rows, self.low_, self.high_)


def job(source: str, target: str) -> None:
    """Run it."""
    rows = pd.read_parquet(source)
    text = SimpleImputer(strategy="most_frequent").set_output(transform="pandas")
    numbers = make_pipeline(SimpleImputer(strategy="median"), Capper(), StandardScaler())
    prepared = ColumnTransformer(
        [
            ("numbers", numbers, NUMBERS),
            ("few", make_pipeline(text, OneHotEncoder(sparse_output=False)), FEW),
            ("many", make_pipeline(text, TargetEncoder(smooth=10.0)), MANY),
        ],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    out = prepared.fit(rows, rows["y"]).transform(rows)
    out.assign(y=rows["y"]).to_parquet(target)


if __name__ == "__main__":
    timed(job)
