"""The checks of a gate: what each one is, and the expressions that measure it in one pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
from attrs import field, frozen

from eventflow.quality import Dimension, Severity  # noqa: TC001 - decoded at run time
from eventflow_quality.conditions import conditions, value_of
from eventflow_quality.errors import UnknownRuleColumnError
from eventflow_quality.rules import columns_read, rules_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventflow.schema import EventSchema
    from eventflow_quality.config import GateConfig
    from eventflow_quality.rules import Rules

ROWS = "rows"


@frozen(kw_only=True)
class Check:
    """One check, as data: it travels with the metrics, so that judging needs nothing else.

    Attributes:
        dimension: Quality dimension.
        check: ``not_null``, ``unique``, ``range``, ``pattern`` or ``allowed``.
        columns: Columns it looks at.
        passed: Name of the metric that counts what passed.
        total: Name of the metric that counts what was looked at.
        examples: Names of the metrics that hold failing values.
        required: Share that must pass; None when it only informs.
        severity: What failing means.
        wanted: What is wanted, in words.
    """

    dimension: Dimension
    check: str
    columns: tuple[str, ...]
    passed: str
    total: str
    wanted: str
    examples: tuple[str, ...] = ()
    required: float | None = None
    severity: Severity = "high"


@frozen(kw_only=True)
class Measured:
    """A check with what it takes to measure it.

    Attributes:
        check: The check.
        metrics: Metric name → aggregating expression; equal names are equal expressions.
        fails: Rows that fail it, where that can be said of a row alone; a missing value fails only
            `not_null`.
    """

    check: Check
    metrics: Mapping[str, pl.Expr] = field(eq=False)
    fails: pl.Expr | None = field(default=None, eq=False)


def checks_of(
    config: GateConfig, schema: EventSchema, found: Mapping[str, pl.DataType]
) -> list[Measured]:
    """Return every check of a gate on data with these columns.

    Raises:
        SchemaError: A column with a role or a constraint is missing or of the wrong dtype.
        UnknownRuleColumnError: An option names a column that does not exist.
        RuleTypeError: A rule does not fit its column's dtype.
    """
    _check_columns(config, schema, found)
    out: list[Measured] = []
    for rules in rules_of(config, schema):
        dtype = found[rules.column]
        out.append(_not_null(rules, dtype, config))
        out.extend(_valid(rules, dtype, config))
        if rules.unique:
            severity = rules.severity or config.severity.uniqueness
            out.append(_unique((rules.column,), found, rules.uniqueness, severity))
    out.extend(
        _unique(key, found, config.uniqueness, config.severity.uniqueness) for key in config.unique
    )
    return out


def _metric(what: str, *columns: str) -> str:
    """Name a metric; JSON, because column names may hold any character."""
    return f"{what}{json.dumps(columns, ensure_ascii=False)}"


def _check_columns(
    config: GateConfig, schema: EventSchema, found: Mapping[str, pl.DataType]
) -> None:
    if missing := [name for name in config.columns if name not in found]:
        raise UnknownRuleColumnError.for_columns(missing, found, key="columns")
    named = dict.fromkeys(name for key in config.unique for name in key)
    if missing := [name for name in named if name not in found]:
        raise UnknownRuleColumnError.for_columns(missing, found, key="unique")
    schema.kept(columns_read(config, schema)).check(found, owner="quality.gate")


def _not_null(rules: Rules, dtype: pl.DataType, config: GateConfig) -> Measured:
    present, value = _metric("present", rules.column), value_of(rules.column, dtype)
    severity = "critical" if rules.indispensable else config.severity.completeness
    check = Check(
        dimension="completeness",
        check="not_null",
        columns=(rules.column,),
        passed=present,
        total=ROWS,
        required=rules.completeness,
        severity=rules.severity or severity,
        wanted="present",
    )
    return Measured(check=check, metrics={present: value.count()}, fails=value.is_null())


def _valid(rules: Rules, dtype: pl.DataType, config: GateConfig) -> Iterator[Measured]:
    value = value_of(rules.column, dtype)
    present = _metric("present", rules.column)
    for condition in conditions(rules, dtype):
        passed = _metric(condition.check, rules.column)
        low, high = f"low {passed}", f"high {passed}"
        # `when` keeps this in the streaming engine's one reduction; a filter would fork the stream.
        failing = pl.when(condition.holds.not_()).then(value)
        check = Check(
            dimension="validity",
            check=condition.check,
            columns=(rules.column,),
            passed=passed,
            total=present,
            examples=(low, high),
            required=rules.validity,
            severity=rules.severity or config.severity.validity,
            wanted=condition.wanted,
        )
        metrics = {
            present: value.count(),
            passed: condition.holds.sum(),
            low: failing.min(),
            high: failing.max(),
        }
        yield Measured(check=check, metrics=metrics, fails=condition.holds.not_())


def _unique(
    key: tuple[str, ...],
    found: Mapping[str, pl.DataType],
    required: float,
    severity: Severity,
) -> Measured:
    """Compare distinct values with values; as in SQL, a key with a missing part is not compared."""
    distinct, present = _metric("distinct", *key), _metric("present", *key)
    values = [value_of(column, found[column]).alias(column) for column in key]
    whole = pl.all_horizontal(value.is_not_null() for value in values)
    if len(key) == 1:
        metrics = {distinct: values[0].drop_nulls().n_unique(), present: values[0].count()}
    else:
        compared = pl.struct(values).filter(whole).n_unique()
        metrics = {distinct: compared, present: whole.sum()}
    check = Check(
        dimension="uniqueness",
        check="unique",
        columns=key,
        passed=distinct,
        total=present,
        required=required,
        severity=severity,
        wanted="distinct",
    )
    return Measured(check=check, metrics=metrics)
