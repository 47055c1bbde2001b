"""Metrics of a gate: one row, gathered in one pass, that says by itself what it measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from eventflow.quality import CheckResult
from eventflow_quality.checks import ROWS, Check

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow_quality.checks import Measured

PLAN = "checks"
_DECODER = msgspec.json.Decoder(tuple[Check, ...])


def select(lazy: pl.LazyFrame, checks: Sequence[Measured]) -> pl.LazyFrame:
    """Return one lazy row: the number of rows, every metric, and the checks as JSON text."""
    columns: dict[str, pl.Expr] = {}
    metrics: dict[str, pl.Expr] = {ROWS: pl.len()}
    for check in checks:
        columns.update(check.columns)
        metrics.update(check.metrics)
    plan = msgspec.json.encode([check.check for check in checks]).decode()
    checked = lazy.select(**columns) if columns else lazy
    return checked.select(**metrics).with_columns(pl.lit(plan).alias(PLAN))


def results(metrics: pl.DataFrame) -> tuple[int, tuple[CheckResult, ...]]:
    """Return the number of rows and the result of every check."""
    row = metrics.row(0, named=True)
    return row[ROWS], tuple(_result(check, row) for check in _DECODER.decode(row[PLAN]))


def _result(check: Check, row: Mapping[str, Any]) -> CheckResult:
    found = dict.fromkeys(str(row[name]) for name in check.examples if row[name] is not None)
    passed, total = int(row[check.passed]), int(row[check.total])
    return CheckResult(
        dimension=check.dimension,
        check=check.check,
        columns=check.columns,
        passed=passed,
        total=total,
        required=check.required,
        severity=check.severity,
        examples=tuple(found),
        detail=_detail(check, total - passed, total),
    )


def _detail(check: Check, failed: int, total: int) -> str:
    """Say in words what was found."""
    name = ", ".join(check.columns)
    if total == 0:
        return f"{name}: no evidence, there is nothing to look at"
    if failed == 0:
        return f"{name}: all of {total:,} {check.wanted}"
    return f"{name}: {failed:,} of {total:,} not {check.wanted}"
