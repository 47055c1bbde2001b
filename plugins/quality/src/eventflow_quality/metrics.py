"""Metrics of a gate: one row, gathered in one pass, that says by itself what it measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from eventflow.quality import CheckResult
from eventflow_quality.checks import EXAMPLES, ROWS, Check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eventflow_quality.checks import Measured
    from eventflow_quality.keys import Key

PLAN = "checks"
MASK = "********"
_LOOKED_AT = 1000
_DECODER = msgspec.json.Decoder(tuple[Check, ...])


def select(
    lazy: pl.LazyFrame, checks: Sequence[Measured], more: Sequence[pl.LazyFrame] = ()
) -> pl.LazyFrame:
    """Return one lazy row: the number of rows, every metric, and the checks as JSON text.

    Args:
        lazy: The data.
        checks: What to measure.
        more: Further tables of one row, whose columns are added.
    """
    plan = msgspec.json.encode([check.check for check in checks]).decode()
    judged = beside(lazy, checks)
    columns = {name: e for check in checks for name, e in check.columns.items()}
    judged = judged.with_columns(**columns) if columns else judged
    metrics = {name: e for check in checks for name, e in check.metrics.items()}
    row = judged.select(pl.len().alias(ROWS), **metrics).with_columns(pl.lit(plan).alias(PLAN))
    tables = [check.table for check in checks if check.table is not None]
    compared = {check.check.passed: check for check in checks if check.key}
    keys = [_counted(judged, c.check, c.key) for c in compared.values() if c.key]
    return pl.concat([row, *_examples(judged, checks), *keys, *tables, *more], how="horizontal")


def beside(lazy: pl.LazyFrame, checks: Sequence[Measured]) -> pl.LazyFrame:
    """Return the data with the tables that checks compare it with beside each row."""
    for check in checks:
        for table in check.beside:
            lazy = table.joined(lazy)
    return lazy


def _examples(judged: pl.LazyFrame, checks: Sequence[Measured]) -> Iterator[pl.LazyFrame]:
    """Yield one row of examples for each check that can show some."""
    for check in checks:
        if check.holds is not None and check.shown is not None:
            failing = judged.filter(~pl.col(check.holds)).select(check.shown.alias("x"))
            yield _smallest(failing, str(check.check.examples))


def _smallest(failing: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Return one row with a list: few of the column `x`, the same in any order of rows.

    They are picked among a thousand, repeated ones included, so that memory stays constant.
    """
    least = failing.bottom_k(_LOOKED_AT, by="x").unique().bottom_k(EXAMPLES, by="x")
    return least.select(pl.col("x").implode().alias(name))


def _counted(judged: pl.LazyFrame, check: Check, key: Key) -> pl.LazyFrame:
    """Return one row: how many keys there are, how many differ, and some that are repeated."""
    names = {"distinct": check.passed, "compared": check.total, "repeated": str(check.examples)}
    return judged.select(key.counted(**names)).unnest("key")


def results(metrics: pl.DataFrame) -> tuple[Mapping[str, Any], tuple[CheckResult, ...]]:
    """Return the metrics as a mapping, and the result of every check."""
    row = metrics.row(0, named=True)
    return row, tuple(_result(check, row) for check in _DECODER.decode(row[PLAN]))


def _result(check: Check, row: Mapping[str, Any]) -> CheckResult:
    passed, total = int(row[check.passed] or 0), int(row[check.total] or 0)
    return CheckResult(
        dimension=check.dimension,
        check=check.check,
        columns=check.columns,
        passed=passed,
        total=total,
        required=check.required,
        severity=check.severity,
        examples=_shown(check, row),
        detail=_detail(check, total - passed, total, row),
    )


def _shown(check: Check, row: Mapping[str, Any]) -> tuple[str, ...]:
    if check.examples is None or row[check.examples] is None:
        return ()
    found = sorted(value for value in row[check.examples] if value is not None)
    return (MASK,) if found and check.masked else tuple(str(value) for value in found)


def _detail(check: Check, failed: int, total: int, row: Mapping[str, Any]) -> str:
    """Say in words what was found."""
    name = ", ".join(check.columns)
    if total == 0:
        return f"{name}: no evidence, there is nothing to look at"
    if check.found is not None:
        return f"{name}: {row[check.found]}, wanted {check.wanted}"
    if failed == 0:
        return f"{name}: all of {total:,} {check.wanted}"
    return f"{name}: {failed:,} of {total:,} not {check.wanted}"
