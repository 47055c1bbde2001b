"""From a pipeline's schema and gate to a data contract (Open Data Contract Standard 3.1).

What the standard has words for is said in them. The rest of the gate's options stands in one rule
of type `custom`, which other tools pass over and `contract_import` reads back.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import frozen

from eventflow.schema import dtype_name
from eventflow_quality.contract_import import ENGINE, ROLE, UNIT
from eventflow_quality.contract_quality import percent
from eventflow_quality.contract_relationships import relationships, says
from eventflow_quality.rules import stated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from eventflow.schema import ColumnSchema, EventSchema
    from eventflow_quality.config import GateConfig

API_VERSION = "v3.1.0"
_SAID = frozenset({
    "nullable", "unique", "minimum", "maximum", "pattern", "allowed", "completeness", "uniqueness",
    "sensitive",
})  # fmt: skip
_DEPLOYED = ("contexts",)


@frozen(kw_only=True)
class Promised:
    """What a contract is made of.

    Attributes:
        name: Name of the pipeline, and of the table.
        schema: Schema of the data at the gate.
        columns: Columns there, with their dtypes.
        gate: Options of the gate, read.
        options: The same, as written.
    """

    name: str
    schema: EventSchema
    columns: Mapping[str, pl.DataType]
    gate: GateConfig
    options: Mapping[str, Any]


def contract_of(promised: Promised) -> dict[str, Any]:
    """Return the contract, as plain data to be written as YAML.

    Foreign keys are relationships; their contexts are left out: where other tables lie is no part
    of what is promised of this one.
    """
    table = {
        "name": promised.name,
        "logicalType": "object",
        "properties": [_property(c, promised) for c in promised.columns],
    }
    if keys := list(relationships(promised.gate.references, promised.name)):
        table["relationships"] = keys
    if rules := list(_table_rules(promised)):
        table["quality"] = rules
    document = {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": promised.name,
        "name": promised.name,
        "version": "1.0.0",
        "status": "draft",
        "schema": [table],
    }
    return document | dict(_promises(promised))


def _property(name: str, promised: Promised) -> dict[str, Any]:
    dtype = promised.columns[name]
    spec, own = promised.schema.columns.get(name), promised.gate.columns.get(name)
    says = dict(stated(spec)) | dict(stated(own))
    out: dict[str, Any] = {"name": name, "logicalType": _logical(dtype)}
    out["physicalType"] = dtype_name(dtype)
    if spec is not None and spec.description:
        out["description"] = spec.description
    if says.get("nullable") is not None:
        out["required"] = not says["nullable"]
    if says.get("unique"):
        out["unique"] = True
    if spec is not None and spec.critical:
        out["criticalDataElement"] = True
    if says.get("sensitive"):
        out["classification"] = "confidential"
    options = {
        k: _plain(says[k]) for k in ("minimum", "maximum", "pattern") if says.get(k) is not None
    }
    if options:
        out["logicalTypeOptions"] = options
    if rules := list(_column_rules(says)):
        out["quality"] = rules
    if extra := list(_extra(promised.schema.role_of(name), spec)):
        out["customProperties"] = extra
    return out


def _column_rules(says: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if says.get("completeness") is not None:
        yield {"metric": "nullValues", **percent(says["completeness"])}
    if says.get("unique") and says.get("uniqueness") is not None:
        yield {"metric": "duplicateValues", **percent(says["uniqueness"])}
    if says.get("allowed"):
        values = [_plain(value) for value in says["allowed"]]
        share = percent(says.get("validity", 1.0))
        yield {"metric": "invalidValues", "arguments": {"validValues": values}, **share}


def _extra(role: str | None, spec: ColumnSchema | None) -> Iterator[dict[str, Any]]:
    if role is not None:
        yield {"property": ROLE, "value": role}
    if spec is not None and spec.unit:
        yield {"property": UNIT, "value": spec.unit}


def _table_rules(promised: Promised) -> Iterator[dict[str, Any]]:
    gate = promised.gate
    for key in gate.unique:
        yield {"metric": "duplicateValues", "arguments": {"properties": list(key)}, "mustBe": 0}
    volume = gate.volume
    if volume is not None and volume.minimum is not None:
        yield {"metric": "rowCount", "mustBeGreaterOrEqualTo": volume.minimum}
    if volume is not None and volume.maximum is not None:
        yield {"metric": "rowCount", "mustBeLessOrEqualTo": volume.maximum}
    own = {"schema": _own_schema(promised), "quality": dict(_own(promised))}
    if any(own.values()):
        filled = {section: said for section, said in own.items() if said}
        about = "What only Eventflow checks, as it stands in a pipeline"
        yield {"type": "custom", "description": about, "engine": ENGINE, "implementation": filled}


def _own_schema(promised: Promised) -> dict[str, Any]:
    zone = promised.schema.timezone
    return {} if zone is None else {"timezone": str(zone)}


def _own(promised: Promised) -> Iterator[tuple[str, Any]]:
    """Yield the options that no word of the standard says."""
    said = {"unique", *_DEPLOYED} | ({"freshness"} if _promise(promised) else set())
    for option, value in promised.options.items():
        if option in said:
            continue
        kept: Any = value
        if option == "columns":
            rest = {c: _without(rules or {}, _SAID) for c, rules in value.items()}
            kept = {column: rules for column, rules in rest.items() if rules}
        elif option == "references":
            rules = zip(promised.gate.references, value, strict=True)
            kept = [said for rule, said in rules if not says(rule, promised.name)]
        elif option == "volume":
            kept = _without(value, frozenset({"minimum", "maximum"}))
        if kept not in ({}, [], None):
            yield option, _plain(kept)


def _without(rules: Mapping[str, Any], said: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in rules.items() if key not in said}


def _promises(promised: Promised) -> Iterator[tuple[str, Any]]:
    if promise := _promise(promised):
        yield "slaProperties", [promise]


def _promise(promised: Promised) -> dict[str, Any] | None:
    """Return freshness as the standard's latency, if nothing is said of it but how old."""
    rule, time = promised.gate.freshness, promised.schema.timestamp
    if rule is None or time is None or rule.model_fields_set != {"within"}:
        return None
    minutes, rest = divmod(rule.within.total_seconds(), 60)
    if rest:
        return None
    hours, rest = divmod(int(minutes), 60)
    value, unit = (int(minutes), "m") if rest else (hours, "h")
    element = f"{promised.name}.{time}"
    return {"property": "latency", "value": value, "unit": unit, "element": element}


def _logical(dtype: pl.DataType) -> str:
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "number"
    if dtype.is_nested():
        return "object" if "Struct" in type(dtype).__name__ else "array"
    names = {"Boolean": "boolean", "Date": "date", "Datetime": "timestamp", "Time": "time"}
    return names.get(type(dtype).__name__, "string")


def _plain(value: Any) -> Any:
    """Return a value as YAML knows it; dates and times as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value
