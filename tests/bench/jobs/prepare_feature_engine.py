"""The same work with feature-engine."""

from __future__ import annotations

import pandas as pd  # type: ignore[import-untyped] # its stubs pin other versions
from feature_engine.encoding import MeanEncoder, OneHotEncoder
from feature_engine.imputation import CategoricalImputer, MeanMedianImputer
from feature_engine.outliers import Winsorizer
from feature_engine.wrappers import SklearnTransformerWrapper
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from timing import timed

Names = list[str | int]
FLOATS: Names = [f"x{i}" for i in range(12)]
NUMBERS: Names = [*FLOATS, "n0", "n1"]
FEW: Names = ["kind", "size", "colour"]
MANY: Names = ["shop", "city"]


def job(source: str, target: str) -> None:
    """Run it."""
    rows = pd.read_parquet(source)
    prepared = make_pipeline(
        MeanMedianImputer(imputation_method="median", variables=FLOATS),
        CategoricalImputer(imputation_method="frequent", variables=[*FEW, *MANY]),
        Winsorizer(capping_method="iqr", tail="both", fold=1.5, variables=NUMBERS),
        OneHotEncoder(variables=FEW),
        MeanEncoder(variables=MANY, smoothing=10),
        SklearnTransformerWrapper(StandardScaler(), variables=NUMBERS),
    )
    prepared.fit(rows, rows["y"]).transform(rows).to_parquet(target)


if __name__ == "__main__":
    timed(job)
