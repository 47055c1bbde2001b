"""The transformer: a pipeline's steps, fitted and applied as scikit-learn expects it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from eventflow_sklearn import tables
from eventflow_sklearn.plan import MARKER, Outcome, definition_of, executed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl


class PipelineTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """An Eventflow pipeline as a scikit-learn transformer.

    Shape: one row for each row of X, in X's order; the columns are those that the pipeline ends
    with. Arrays come back as arrays (of one dtype: Float64 where numbers are mixed), Polars and
    pandas frames as what they were; `set_output` asks for another. Missing values are welcome.

    `fit` learns what the pipeline's steps learn; `transform` uses that, and learns nothing.
    `fit_transform` returns what the fitting pass made, with `y` at hand: target encoding is
    cross-fitted there, as in scikit-learn's TargetEncoder, and so differs from
    ``fit(X, y).transform(X)``.

    Args:
        pipeline: A pipeline file, or the same as a mapping. Source, sink, transport, trackers and
            runs take no part; steps, quality gate and blueprint do.
        key: Column whose value tells rows apart, where the pipeline folds rows or drops some: each
            row of X then gets the row of the result with its key, or nulls.
        target: Name under which steps find `y`; it is no column of the result.

    Attributes:
        states_: Node name → what was learned.
        definition_: The pipeline as it was when fitted.
        feature_names_out_: Columns of the result.
        n_features_in_: Number of columns of X when fitted.
        feature_names_in_: Their names, if all are strings.

    Raises:
        EventflowError: As `eventflow.run`; a closed quality gate too (EF401).
        RowsChangedError: EF360, the pipeline does not give one row for each row.
        UnusableTableError: EF361, a column of objects is neither text nor numbers.

    Example:
        >>> import numpy as np
        >>> steps = [{"use": "prepare.missing"}, {"use": "prepare.scale", "method": "minmax"}]
        >>> made = PipelineTransformer({"steps": steps}).fit_transform([[1.0], [np.nan], [3.0]])
        >>> made.tolist()
        [[0.0], [0.5], [1.0]]
    """

    def __init__(
        self,
        pipeline: str | Path | Mapping[str, Any],
        *,
        key: str | None = None,
        target: str = "target",
    ) -> None:
        """Take the options; nothing is read."""
        self.pipeline = pipeline
        self.key = key
        self.target = target

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Learn what the steps learn.

        Args:
            X: The rows.
            y: The target, for steps that use one.
        """
        self._fitted(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:  # noqa: N803 - scikit-learn's name
        """Learn, and return what the fitting pass made of the rows."""
        return tables.converted(self._fitted(X, y).rows, X, tables.output_of(self))

    def transform(self, X: Any) -> Any:  # noqa: N803 - scikit-learn's name
        """Apply what was learned to rows, the same or others."""
        check_is_fitted(self)
        table = self._table(X, reset=False)
        made = executed(self.definition_, table, states=self.states_, key=self.key)
        return tables.converted(self._result(made).rows, X, tables.output_of(self))

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Return the names of the columns that `transform` returns.

        Args:
            input_features: None, or the names that X had when fitted; they change nothing.

        Raises:
            ValueError: `input_features` are others than those of X.
        """
        check_is_fitted(self)
        known = getattr(self, "feature_names_in_", None)
        given = None if input_features is None else list(input_features)
        if given is not None and known is not None and given != list(known):
            msg = "input_features is not equal to feature_names_in_"
            raise ValueError(msg)
        if given is not None and len(given) != self.n_features_in_:
            msg = (
                "input_features should have length equal to number of features "
                f"({self.n_features_in_}), got {len(given)}"
            )
            raise ValueError(msg)
        return np.asarray(self.feature_names_out_, dtype=object)

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn what is taken: missing values, text, and categories."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags

    def _fitted(self, X: Any, y: Any) -> Outcome:  # noqa: N803 - scikit-learn's name
        table = self._table(X, reset=True)
        definition = definition_of(self.pipeline)
        if y is not None and self.target not in table.columns:
            table = table.with_columns(tables.of_target(y).alias(self.target))
        made = self._result(executed(definition, table, key=self.key))
        self.definition_ = definition
        self.states_ = made.states
        self.feature_names_out_ = made.rows.columns
        return made

    def _result(self, made: Outcome) -> Outcome:
        return Outcome(made.rows.drop(self.target, strict=False), made.states)

    def _table(self, X: Any, *, reset: bool) -> pl.DataFrame:  # noqa: N803 - scikit-learn's name
        """Check X as scikit-learn does, and return it as a frame."""
        if tables.is_table(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return tables.of_table(X).drop(MARKER, strict=False)
        options = {"dtype": None, "ensure_all_finite": "allow-nan"}
        array = validate_data(self, X, reset=reset, **options)
        return tables.of_array(array, [f"x{i}" for i in range(array.shape[1])])
