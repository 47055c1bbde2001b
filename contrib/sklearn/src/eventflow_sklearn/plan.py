"""A pipeline over a table in memory: bound, executed, its rows brought back in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl
from attrs import frozen

from eventflow.config.loading import read
from eventflow.config.tree import to_python
from eventflow.runs.at_hand import execute_on
from eventflow_sklearn.errors import RowsChangedError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MARKER: Final = "__eventflow_row"
"""Column that tells rows apart on their way; a duration, which no step takes for a feature."""
_KEPT: Final = ("steps", "quality", "blueprint", "schema", "as_of", "seed", "plugins", "engine")


@frozen
class Outcome:
    """What a pipeline made of a table.

    Attributes:
        rows: The rows, in the order in which they came.
        states: Node name → what was learned.
    """

    rows: pl.DataFrame
    states: dict[str, Any]


def definition_of(pipeline: str | Path | Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a pipeline that transform; source, sink and the like are left out.

    Raises:
        ConfigError: The file cannot be read.
    """
    whole = to_python(read(pipeline).root)
    return {key: value for key, value in whole.items() if key in _KEPT}


def executed(
    definition: Mapping[str, Any],
    table: pl.DataFrame,
    *,
    states: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> Outcome:
    """Run a pipeline on a table.

    Args:
        definition: The pipeline.
        table: The rows.
        states: What was learned before; None learns.
        key: Column that tells rows apart, where the pipeline folds them.

    Raises:
        EventflowError: The pipeline is wrong, or the data is.
        RowsChangedError: EF360, the result has not one row for each row.
    """
    marked = table.with_columns(pl.int_range(pl.len()).cast(pl.Duration("us")).alias(MARKER))
    execution = execute_on(definition, marked, states=states)
    frame = execution.frame
    counts = [account.counts for account in frame.accounts]
    [rows, *told] = execution.engine.gather([frame.settled().lazy, *counts])
    if key is not None:
        ordered = _by_key(rows, table, key)
    else:
        reasons = {r: n for t in told for r, n in t.select("reason", "rows").iter_rows() if r and n}
        ordered = _by_marker(rows, table.height, reasons)
    return Outcome(ordered, dict(execution.states))


def _by_marker(rows: pl.DataFrame, came: int, reasons: Mapping[str, int]) -> pl.DataFrame:
    if MARKER not in rows.columns:
        raise RowsChangedError.unmarked(rows.columns)
    if rows.height != came or rows[MARKER].n_unique() != came:
        raise RowsChangedError.by_reasons(came, rows.height, reasons)
    return rows.sort(MARKER).drop(MARKER)


def _by_key(rows: pl.DataFrame, table: pl.DataFrame, key: str) -> pl.DataFrame:
    """Give each row of the table what the result has for its key; null where it has nothing."""
    if key not in rows.columns or rows[key].is_duplicated().any():
        raise RowsChangedError.ambiguous(key)
    found = rows.drop(MARKER, strict=False)
    return table.select(key).join(found, on=key, how="left", maintain_order="left")
