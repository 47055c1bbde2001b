"""Checks of one column's values, and of keys: not null, range, pattern, allowed, unique."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow_quality.checks import ROWS, Check, Measured, counted, name, named
from eventflow_quality.conditions import conditions, value_of
from eventflow_quality.keys import Key
from eventflow_quality.outliers import outliers
from eventflow_quality.rules import sensitive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventflow.frame import EventFrame
    from eventflow.quality import Severity
    from eventflow.schema import EventSchema
    from eventflow_quality.config import GateConfig
    from eventflow_quality.rules import Rules


def of_column(rules: Rules, config: GateConfig, frame: EventFrame) -> Iterator[Measured]:
    """Yield the checks of one column.

    Raises:
        RuleTypeError: A rule does not fit the column's dtype.
    """
    found = frame.columns()
    dtype = found[rules.column]
    yield _not_null(rules, dtype, config, frame.schema)
    yield from _valid(rules, dtype, config, frame.zone)
    if rules.outliers is not None:
        yield outliers(rules, rules.outliers, config, frame)
    if rules.unique:
        severity = rules.severity or config.severity.uniqueness
        key = (rules.column,)
        yield of_key(key, found, rules.uniqueness, severity, masked=rules.sensitive)


def _not_null(
    rules: Rules, dtype: pl.DataType, config: GateConfig, schema: EventSchema
) -> Measured:
    """Count what is there, and show whom and when the rows without a value concern."""
    column = rules.column
    who = [c for c in (schema.entity, schema.timestamp) if c is not None and c != column]
    there = name("there", column)
    present, value = name("present", column), value_of(column, dtype)
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
        examples=name("without", column) if who else None,
        masked=sensitive(config, schema, tuple(who)),
    )
    return Measured(
        check=check,
        columns={name("value", column): value, there: value.is_not_null()},
        holds=there,
        shown=named(who) if who else None,
        metrics={present: pl.col(name("value", column)).count()},
        fails=value.is_null() if rules.completeness is not None else None,
        on_fail=rules.on_fail or config.on_fail,
    )


def _valid(rules: Rules, dtype: pl.DataType, config: GateConfig, zone: str) -> Iterator[Measured]:
    for condition in conditions(rules, dtype, zone):
        key = name(condition.check, rules.column)
        check = Check(
            dimension="validity",
            check=condition.check,
            columns=(rules.column,),
            passed=f"passed {key}",
            total=f"total {key}",
            examples=f"examples {key}",
            required=rules.validity,
            severity=rules.severity or config.severity.validity,
            wanted=condition.wanted,
            masked=rules.sensitive,
        )
        yield Measured(
            check=check,
            **counted(key, condition.holds, value_of(rules.column, dtype)),
            fails=condition.holds.not_(),
            on_fail=rules.on_fail or config.on_fail,
        )


def of_key(
    key: tuple[str, ...],
    found: Mapping[str, pl.DataType],
    required: float,
    severity: Severity,
    *,
    masked: bool,
) -> Measured:
    """Compare distinct values with values; as in SQL, a key with a missing part is not compared."""
    parts = {name("value", column): value_of(column, found[column]) for column in key}
    check = Check(
        dimension="uniqueness",
        check="unique",
        columns=key,
        passed=name("distinct", *key),
        total=name("compared", *key),
        examples=name("repeated", *key),
        required=required,
        severity=severity,
        wanted="distinct",
        masked=masked,
    )
    dtype = found[key[0]]
    shown = pl.String() if isinstance(dtype, pl.Categorical | pl.Enum) else dtype
    return Measured(
        check=check, columns=parts, key=Key(columns=key, parts=tuple(parts), dtype=shown)
    )
