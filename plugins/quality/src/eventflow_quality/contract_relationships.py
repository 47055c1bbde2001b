"""Foreign keys of a data contract: relationships of the standard, and references of a gate.

Where the rows of the other table lie is said by the pipeline's `contexts`, never by the contract.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eventflow_quality.table_options import ReferenceRule

RULE = "eventflowRule"
"""Custom property of a relationship: what the gate also says of the reference."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*")
_SAID = frozenset({"columns", "context", "key"})


def says(rule: ReferenceRule, table: str) -> bool:
    """Whether the standard has words for a reference: names without spaces and the like."""
    return all(_NAME.fullmatch(name) for name in (table, rule.context, *_both_keys(rule)))


def relationships(rules: Iterable[ReferenceRule], table: str) -> Iterator[dict[str, Any]]:
    """Yield a relationship of the table for each reference that the standard has words for."""
    for rule in rules:
        if says(rule, table):
            yield dict(_relationship(rule, table))


def _relationship(rule: ReferenceRule, table: str) -> Iterator[tuple[str, Any]]:
    here = [f"{table}.{column}" for column in rule.columns]
    there = [f"{rule.context}.{column}" for column in rule.key or rule.columns]
    single = len(here) == 1
    yield "type", "foreignKey"
    yield "from", here[0] if single else here
    yield "to", there[0] if single else there
    if more := rule.model_dump(mode="json", exclude=set(_SAID), exclude_none=True):
        yield "customProperties", [{"property": RULE, "value": more}]


def _both_keys(rule: ReferenceRule) -> tuple[str, ...]:
    return (*rule.columns, *(rule.key or ()))


@frozen(kw_only=True)
class Tables:
    """The tables of a contract, to look up what a relationship names.

    Attributes:
        here: The table whose relationships are read.
        every: All tables of the contract.
    """

    here: Mapping[str, Any]
    every: Sequence[Mapping[str, Any]]

    def reference(
        self, relationship: Mapping[str, Any], column: str | None = None
    ) -> dict[str, Any] | None:
        """Return a relationship as a reference of the gate; None if that cannot say it.

        Args:
            relationship: As it stands in the contract.
            column: The column it stands at; None where it stands at the table.
        """
        if relationship.get("type", "foreignKey") != "foreignKey":
            return None
        named = [column] if column is not None else _listed(relationship.get("from"))
        here = [self._here(name) for name in named] if column is None else named
        there = [self._there(name) for name in _listed(relationship.get("to"))]
        tables, keys = {t[0] for t in there if t}, [t[1] for t in there if t]
        columns = [name for name in here if name]
        if len(tables) != 1 or not len(columns) == len(keys) == len(named) == len(there):
            return None
        rule: dict[str, Any] = {"columns": columns, "context": tables.pop()}
        if keys != columns:
            rule["key"] = keys
        own = (p.get("value") for p in relationship.get("customProperties") or ())
        return rule | next((more for more in own if isinstance(more, dict)), {})

    def _here(self, reference: str) -> str | None:
        found = self._there(reference)
        return found[1] if found and found[0] == self.here.get("name") else None

    def _there(self, reference: str) -> tuple[str, str] | None:
        """Return table and column that ``table.column`` or ``schema/ID/properties/ID`` names."""
        if "/" in reference:
            parts = reference.strip("/").split("/")
            if len(parts) != len(("schema", "table", "properties", "column")):
                return None
            table = _with(self.every, "id", parts[1])
            column = _with(table.get("properties") or (), "id", parts[3])
            return (str(table["name"]), _physical(column)) if table and column else None
        name, _, column_name = reference.rpartition(".")
        name = name.rpartition(".")[2]
        column = _with(_with(self.every, "name", name).get("properties") or (), "name", column_name)
        return (name, _physical(column) if column else column_name) if name else None


def _with(parts: Iterable[Mapping[str, Any]], key: str, value: str) -> Mapping[str, Any]:
    return next((part for part in parts if part.get(key) == value), {})


def _physical(column: Mapping[str, Any]) -> str:
    return str(column.get("physicalName") or column.get("name"))


def _listed(value: Any) -> list[str]:
    return (
        [str(v) for v in value]
        if isinstance(value, list)
        else []
        if value is None
        else [str(value)]
    )
