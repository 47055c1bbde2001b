"""Rows of context that are made when a plan is executed: computed, or fetched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
from polars.io.plugins import register_io_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


def made(read: Callable[[], Any], dtypes: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """Return rows that are made when, and only when, a plan is executed.

    Args:
        read: Makes all rows: a data frame, a mapping of columns, or a list of mappings. It is
            called by each execution, and must make the same rows each time.
        dtypes: Column → dtype of what it makes. Columns beside these are left out, those that a
            mapping lacks are null. NaN becomes null.
    """
    return register_io_source(partial(_batches, read, dtypes), schema=dict(dtypes), is_pure=True)


def _batches(  # noqa: PLR0913, PLR0917 - two of ours, and what Polars hands to the scan
    read: Callable[[], Any],
    dtypes: Mapping[str, pl.DataType],
    names: Sequence[str] | None,
    predicate: pl.Expr | None,
    most: int | None,
    batch_size: int | None,
) -> Iterator[pl.DataFrame]:
    """Yield the rows at once, as Polars asks for them."""
    del batch_size
    rows = _typed(read(), dtypes)
    kept = rows if most is None else rows.head(most)
    kept = kept if predicate is None else kept.filter(predicate)
    yield kept if names is None else kept.select(names)


def _typed(data: Any, dtypes: Mapping[str, pl.DataType]) -> pl.DataFrame:
    if isinstance(data, pl.LazyFrame):
        data = data.collect()
    if isinstance(data, pl.DataFrame):
        rows = data.select(pl.col(name).cast(dtype) for name, dtype in dtypes.items())
    else:
        rows = pl.DataFrame(data, schema=dict(dtypes))
    floats = [name for name, dtype in dtypes.items() if dtype.is_float()]
    return rows.with_columns(pl.col(floats).fill_nan(None)) if floats else rows
