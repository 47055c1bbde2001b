"""The transformer keeps scikit-learn's own rules for estimators."""

from __future__ import annotations

from typing import Any

from sklearn.utils.estimator_checks import parametrize_with_checks

from eventflow_sklearn import PipelineTransformer

PLAIN = PipelineTransformer(
    {"steps": [{"use": "prepare.missing"}, {"use": "prepare.scale", "method": "standard"}]}
)
ARRAY_API = "needs SciPy's array API to be switched on before SciPy is imported"


@parametrize_with_checks([PLAIN], expected_failed_checks={"check_array_api_input": ARRAY_API})  # type: ignore[untyped-decorator] # scikit-learn has no types
def test_scikit_learns_checks(estimator: Any, check: Any) -> None:
    """Every check that scikit-learn has for transformers; see the reason of what is left out."""
    check(estimator)
