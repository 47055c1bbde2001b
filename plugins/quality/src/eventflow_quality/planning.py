"""Every check of a gate, in a stable order, found to fit the data before any is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow_quality.column_checks import of_column, of_key
from eventflow_quality.drift import drift
from eventflow_quality.errors import UnknownRuleColumnError
from eventflow_quality.row_checks import RowChecks
from eventflow_quality.rules import columns_of_tables, columns_read, rules_of, sensitive
from eventflow_quality.table_checks import TableChecks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from eventflow.frame import EventFrame
    from eventflow_quality.checks import Measured
    from eventflow_quality.config import GateConfig


def checks_of(config: GateConfig, frame: EventFrame, at: datetime | None) -> list[Measured]:
    """Return every check of a gate on these columns.

    Args:
        config: Options of the gate.
        frame: What is checked.
        at: The moment of the run, if the gate is bound to one.

    Raises:
        SchemaError: A column with a role or a constraint is missing or of the wrong dtype.
        UnknownRuleColumnError: An option names a column that does not exist.
        RuleTypeError: A rule does not fit its column's dtype.
        EventflowError: What the rules beyond one column say of themselves.
    """
    check_columns(config, frame)
    return list(_all(config, frame, at))


def _all(config: GateConfig, frame: EventFrame, at: datetime | None) -> Iterator[Measured]:
    for rules in rules_of(config, frame.schema):
        yield from of_column(rules, config, frame)
    found = frame.columns()
    for key in config.unique:
        masked = sensitive(config, frame.schema, key)
        yield of_key(key, found, config.uniqueness, config.severity.uniqueness, masked=masked)
    yield from RowChecks(config=config, frame=frame, at=at).all()
    yield from TableChecks(config=config, frame=frame, at=at).all()
    yield from drift(config, frame)


def check_columns(config: GateConfig, frame: EventFrame) -> None:
    """Check that every column a rule speaks of is there.

    Raises:
        SchemaError: A column with a role or a constraint is missing or of the wrong dtype.
        UnknownRuleColumnError: An option names a column that does not exist.
    """
    found, schema = frame.columns(), frame.schema
    if missing := [name for name in config.columns if name not in found]:
        raise UnknownRuleColumnError.for_columns(missing, found, key="columns")
    for key, named in columns_of_tables(config, schema):
        if missing := [name for name in dict.fromkeys(named) if name not in found]:
            raise UnknownRuleColumnError.for_columns(missing, found, key=key)
    schema.kept(columns_read(config, schema)).check(found)
