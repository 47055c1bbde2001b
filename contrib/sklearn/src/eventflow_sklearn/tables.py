"""From what scikit-learn's users have to a Polars frame, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from polars.exceptions import PolarsError
from sklearn import get_config

from eventflow_sklearn.errors import UnusableTableError

if TYPE_CHECKING:
    from collections.abc import Sequence


def is_table(data: Any) -> bool:
    """Whether data has named columns of their own dtypes: Polars, pandas, Arrow."""
    return isinstance(data, pl.DataFrame) or hasattr(data, "__arrow_c_stream__")


def of_table(data: Any) -> pl.DataFrame:
    """Return a table as a Polars frame; an index of pandas takes no part."""
    if isinstance(data, pl.DataFrame):
        return data
    if hasattr(data, "iloc"):
        return pl.from_pandas(data)
    return pl.DataFrame(data)


def of_array(array: Any, names: Sequence[str]) -> pl.DataFrame:
    """Return a two-dimensional array as a frame; arrays of objects are read column by column.

    Raises:
        UnusableTableError: A column of objects is neither numbers nor text.
    """
    return pl.DataFrame([_series(name, array[:, i]) for i, name in enumerate(names)])


def of_target(values: Any) -> pl.Series:
    """Return a target as a series."""
    if isinstance(values, pl.Series):
        return values
    return _series("y", np.asarray(values))


def converted(rows: pl.DataFrame, given: Any, asked: str) -> Any:
    """Return rows as what was asked for, or else as what was given.

    Args:
        rows: The rows.
        given: What the caller handed over.
        asked: ``default``, ``pandas`` or ``polars``, see `output_of`.
    """
    if asked == "polars" or (asked == "default" and isinstance(given, pl.DataFrame)):
        return rows
    if asked == "pandas" or (asked == "default" and hasattr(given, "iloc")):
        frame = rows.to_pandas()
        frame.index = given.index if hasattr(given, "iloc") else frame.index
        return frame
    return np.ascontiguousarray(_numeric(rows).to_numpy())


def output_of(estimator: Any) -> str:
    """Return what kind of output was asked for by `set_output`, or for all of scikit-learn."""
    configured = getattr(estimator, "_sklearn_output_config", {})
    return str(configured.get("transform", get_config()["transform_output"]))


def _numeric(rows: pl.DataFrame) -> pl.DataFrame:
    """Make one dtype of several, where all are numbers: an array has one."""
    dtypes = rows.schema.dtypes()
    if all(dtype.is_numeric() or dtype == pl.Boolean for dtype in dtypes) and len(set(dtypes)) > 1:
        return rows.cast(pl.Float64)
    return rows


def _series(name: str, values: Any) -> pl.Series:
    if values.dtype != object:
        return pl.Series(name, values)
    plain = [None if isinstance(v, float) and v != v else v for v in values.tolist()]  # noqa: PLR0124 - only NaN differs from itself
    try:
        made = pl.Series(name, plain, strict=True)
    except (PolarsError, TypeError) as error:
        if not all(v is None or isinstance(v, (int, float)) for v in plain):
            raise UnusableTableError.of_cause(name, error) from error
        made = pl.Series(name, plain, dtype=pl.Float64, strict=False)
    if made.dtype in (pl.Object, pl.Struct, pl.List):
        raise UnusableTableError.of_cause(name, TypeError(f"it holds {made.dtype}"))
    return made
