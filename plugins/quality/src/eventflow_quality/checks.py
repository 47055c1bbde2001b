"""What a check is: as data, and as the expressions and tables that measure it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import field, frozen

from eventflow.quality import Dimension, Severity  # noqa: TC001 - decoded at run time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow_quality.keys import Key
    from eventflow_quality.table_options import OnFail

ROWS = "rows"
EXAMPLES = 5
"""Failing values or rows that are shown of a check, the smallest ones that differ."""


@frozen(kw_only=True)
class Check:
    """One check, as data: it travels with the metrics, so that judging needs nothing else.

    Attributes:
        dimension: Quality dimension.
        check: ``not_null``, ``unique``, ``range``, …, or the name of a rule.
        columns: Columns it looks at.
        passed: Name of the metric that counts what passed.
        total: Name of the metric that counts what was looked at.
        wanted: What is wanted, in words.
        examples: Name of the metric that lists what failed, if anything can be shown.
        found: Name of the metric that says what was found, for checks of the whole table.
        required: Share that must pass; None when it only informs.
        severity: What failing means.
        masked: Whether examples may not be shown.
    """

    dimension: Dimension
    check: str
    columns: tuple[str, ...]
    passed: str
    total: str
    wanted: str
    examples: str | None = None
    found: str | None = None
    required: float | None = None
    severity: Severity = "high"
    masked: bool = False

    def failing(self) -> str:
        """Say in a few words why a row fails: ``price not at least 0``."""
        return f"{', '.join(self.columns)} not {self.wanted}"


@frozen(kw_only=True)
class Measured:
    """A check with what it takes to measure it.

    Attributes:
        check: The check.
        columns: Name → row-wise expression over the data, worked out first: what `metrics` reads.
            Stated once and read by several metrics, a pattern is matched once.
        metrics: Name → aggregating expression over `columns`.
        holds: Name of the Boolean column, among `columns`, that is false where a row fails.
        key: What is counted as a whole: `check.passed` differ, of `check.total`.
        shown: What to show of a failing row, over the data and `columns`.
        fails: Rows that fail, over the data, where that can be said of a row alone.
        on_fail: What becomes of those rows.
        beside: Tables whose columns stand beside the data before anything else is worked out.
        table: A table of one row with metrics of its own.
    """

    check: Check
    columns: Mapping[str, pl.Expr] = field(factory=dict, eq=False)
    metrics: Mapping[str, pl.Expr] = field(factory=dict, eq=False)
    holds: str | None = None
    key: Key | None = None
    shown: pl.Expr | None = field(default=None, eq=False)
    fails: pl.Expr | None = field(default=None, eq=False)
    on_fail: OnFail = "keep"
    beside: tuple[Beside, ...] = ()
    table: pl.LazyFrame | None = field(default=None, eq=False)


@frozen(kw_only=True, eq=False)
class Beside:
    """A table joined to the data without changing the number of rows.

    Attributes:
        table: The table; its key has no value twice.
        ours: Name → expression of the key, over the data; empty: the table has one row, which goes
            to all.
        right: Columns of the key in the table, in the same order.
    """

    table: pl.LazyFrame
    ours: Mapping[str, pl.Expr] = field(factory=dict)
    right: tuple[str, ...] = ()

    def joined(self, data: pl.LazyFrame) -> pl.LazyFrame:
        """Return the data with the table's columns."""
        if not self.ours:
            return data.join(self.table, how="cross")
        keyed = data.with_columns(**self.ours)
        return keyed.join(self.table, left_on=list(self.ours), right_on=self.right, how="left")


def name(what: str, *columns: str) -> str:
    """Name what is measured; JSON, because column names may hold any character."""
    return f"{what}{json.dumps(columns, ensure_ascii=False)}"


def counted(key: str, holds: pl.Expr, shown: pl.Expr) -> dict[str, Any]:
    """Return the parts of a `Measured` that counts where a Boolean expression holds."""
    return {
        "columns": {key: holds},
        "metrics": {f"passed {key}": pl.col(key).sum(), f"total {key}": pl.col(key).count()},
        "holds": key,
        "shown": shown,
    }


def text(columns: Sequence[str], of: Sequence[str] | None = None) -> pl.Expr:
    """Show columns of a row: ``quantity=3, price=-1``; the value alone of a single one.

    Args:
        columns: What to call them.
        of: What they are called in the table, where that differs.
    """
    if len(columns) == 1:
        return _text(of[0] if of else columns[0])
    return named(columns, of)


def named(columns: Sequence[str], of: Sequence[str] | None = None) -> pl.Expr:
    """Show columns of a row with their names; see `text`."""
    pairs = zip(columns, of or columns, strict=True)
    return pl.concat_str([pl.lit(f"{c}=") + _text(o) for c, o in pairs], separator=", ")


def _text(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).fill_null("null")
