"""The checks of a gate: what each one is, and the expressions that measure it in one pass."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
from attrs import field, frozen

from eventflow.moments import UTC_ZONE
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
        columns: Name → row-wise expression over the data, worked out first: what `metrics` reads.
            Stated once and read by several metrics, a pattern is matched once.
        metrics: Name → aggregating expression over `columns`.
        fails: Rows that fail it, where that can be said of a row alone; a missing value fails only
            `not_null`.
    """

    check: Check
    columns: Mapping[str, pl.Expr] = field(eq=False)
    metrics: Mapping[str, pl.Expr] = field(eq=False)
    fails: pl.Expr | None = field(default=None, eq=False)


def checks_of(
    config: GateConfig,
    schema: EventSchema,
    found: Mapping[str, pl.DataType],
    zone: str = UTC_ZONE,
) -> list[Measured]:
    """Return every check of a gate on data with these columns, timestamps without offset in a zone.

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
        out.extend(_valid(rules, dtype, config, zone))
        if rules.unique:
            severity = rules.severity or config.severity.uniqueness
            out.append(_unique((rules.column,), found, rules.uniqueness, severity))
    out.extend(
        _unique(key, found, config.uniqueness, config.severity.uniqueness) for key in config.unique
    )
    return out


def _name(what: str, *columns: str) -> str:
    """Name what is measured; JSON, because column names may hold any character."""
    return f"{what}{json.dumps(columns, ensure_ascii=False)}"


def _check_columns(
    config: GateConfig, schema: EventSchema, found: Mapping[str, pl.DataType]
) -> None:
    if missing := [name for name in config.columns if name not in found]:
        raise UnknownRuleColumnError.for_columns(missing, found, key="columns")
    named = dict.fromkeys(name for key in config.unique for name in key)
    if missing := [name for name in named if name not in found]:
        raise UnknownRuleColumnError.for_columns(missing, found, key="unique")
    schema.kept(columns_read(config, schema)).check(found)


def _not_null(rules: Rules, dtype: pl.DataType, config: GateConfig) -> Measured:
    column = rules.column
    present, value = _name("present", column), value_of(column, dtype)
    severity = "critical" if rules.indispensable else config.severity.completeness
    check = Check(
        dimension="completeness",
        check="not_null",
        columns=(column,),
        passed=present,
        total=ROWS,
        required=rules.completeness,
        severity=rules.severity or severity,
        wanted="present",
    )
    return Measured(
        check=check,
        columns={_name("value", column): value},
        metrics={present: pl.col(_name("value", column)).count()},
        fails=value.is_null(),
    )


def _valid(rules: Rules, dtype: pl.DataType, config: GateConfig, zone: str) -> Iterator[Measured]:
    for condition in conditions(rules, dtype, zone):
        name = _name(condition.check, rules.column)
        low, high = f"low {name}", f"high {name}"
        check = Check(
            dimension="validity",
            check=condition.check,
            columns=(rules.column,),
            passed=name,
            total=_name("present", rules.column),
            examples=(low, high),
            required=rules.validity,
            severity=rules.severity or config.severity.validity,
            wanted=condition.wanted,
        )
        # `when` stays in the streaming engine's one reduction; a filter would fork the stream.
        failing = pl.when(pl.col(name).not_()).then(pl.col(_name("value", rules.column)))
        yield Measured(
            check=check,
            columns={name: condition.holds},
            metrics={name: pl.col(name).sum(), low: failing.min(), high: failing.max()},
            fails=condition.holds.not_(),
        )


def _unique(
    key: tuple[str, ...],
    found: Mapping[str, pl.DataType],
    required: float,
    severity: Severity,
) -> Measured:
    """Compare distinct values with values; as in SQL, a key with a missing part is not compared."""
    distinct, compared = _name("distinct", *key), _name("compared", *key)
    parts = {_name("value", column): value_of(column, found[column]) for column in key}
    whole = pl.all_horizontal(pl.col(part).is_not_null() for part in parts)
    values = pl.col(*parts) if len(parts) == 1 else pl.struct(*parts)
    check = Check(
        dimension="uniqueness",
        check="unique",
        columns=key,
        passed=distinct,
        total=compared,
        required=required,
        severity=severity,
        wanted="distinct",
    )
    metrics = {distinct: values.filter(whole).n_unique(), compared: whole.sum()}
    return Measured(check=check, columns=parts, metrics=metrics)
