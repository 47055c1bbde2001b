"""An Eventflow pipeline as a scikit-learn transformer."""

from __future__ import annotations

from eventflow_sklearn.errors import RowsChangedError, UnusableTableError
from eventflow_sklearn.transformer import PipelineTransformer

__all__ = ["PipelineTransformer", "RowsChangedError", "UnusableTableError"]
