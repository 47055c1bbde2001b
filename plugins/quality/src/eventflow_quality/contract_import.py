"""From a data contract (Open Data Contract Standard, version 3) to a pipeline's sections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen

from eventflow.config.errors import ConfigError, EmptyConfigError
from eventflow.config.files import read_file
from eventflow.config.tree import to_python
from eventflow.schema import parse_dtype
from eventflow_quality.contract_quality import bad_share, between, column_rule
from eventflow_quality.contract_relationships import Tables
from eventflow_quality.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

ENGINE = "eventflow"
ROLE, UNIT = "eventflowRole", "unit"
_SENSITIVE = frozenset({"confidential", "restricted", "sensitive", "secret", "pii"})
_LOOSE = frozenset({"int", "float"})
_DURATIONS = {
    "d": "d", "day": "d", "days": "d", "h": "h", "hr": "h", "hour": "h", "hours": "h",
    "m": "m", "min": "m", "minute": "m", "minutes": "m", "s": "s", "second": "s", "seconds": "s",
}  # fmt: skip


@frozen(kw_only=True)
class Sections:
    """What a pipeline takes from a contract.

    Attributes:
        schema: The section `schema`.
        quality: The section `quality`.
        left_out: What the contract also says and Eventflow does not check, a sentence each.
    """

    schema: dict[str, Any]
    quality: dict[str, Any]
    left_out: tuple[str, ...] = ()

    @property
    def contexts(self) -> tuple[str, ...]:
        """Names of the tables that the references speak of."""
        rules = self.quality.get("references", ())
        return tuple(dict.fromkeys(str(rule["context"]) for rule in rules))


def read_contract(path: Path, table: str | None = None) -> Sections:
    """Read one table of a contract.

    Args:
        path: A YAML or JSON file.
        table: Name of the table, where the contract has several.

    Raises:
        ConfigError: The file cannot be read.
        ContractError: It is no such contract, or has no such table (EF416).
    """
    node, problems = read_file(str(path))
    if node is None and all(p.code == EmptyConfigError.code for p in problems):
        raise ContractError.not_one(path, "it is empty")
    if problems or node is None:
        raise ConfigError(*problems)
    document = to_python(node)
    version = str(document.get("apiVersion", "")) if isinstance(document, dict) else ""
    if not version.startswith("v3.") or document.get("kind") != "DataContract":
        raise ContractError.not_one(path, "kind: DataContract with apiVersion: v3.… is missing")
    tables = {str(t.get("physicalName") or t.get("name")): t for t in document.get("schema") or ()}
    if table is None and len(tables) == 1:
        (table,) = tables
    if table not in tables:
        raise ContractError.for_table(path, table, tuple(tables))
    return sections_of(tables[table], document.get("slaProperties") or (), tuple(tables.values()))


def sections_of(
    table: Mapping[str, Any], promises: Any = (), tables: Sequence[Mapping[str, Any]] = ()
) -> Sections:
    """Return what a contract says of one table.

    Args:
        table: An element of the contract's `schema`.
        promises: The contract's `slaProperties`.
        tables: All elements of the contract's `schema`, which relationships may name.
    """
    reader = _Reader(Tables(here=table, every=tables or (table,)))
    keys = [p for p in table.get("properties") or () if p.get("primaryKey")]
    for column in table.get("properties") or ():
        reader.column(column, alone=len(keys) == 1)
    if len(keys) > 1:
        ordered = sorted(keys, key=lambda p: p.get("primaryKeyPosition", -1))
        reader.quality.setdefault("unique", []).append([_name(p) for p in ordered])
    reader.relationships(table)
    for rule in table.get("quality") or ():
        reader.table_rule(rule)
    for promise in promises:
        reader.promise(promise)
    return reader.sections()


@define
class _Reader:
    tables: Tables
    schema: dict[str, Any] = field(factory=dict)
    quality: dict[str, Any] = field(factory=dict)
    own: dict[str, Any] = field(factory=dict)
    left_out: list[str] = field(factory=list)

    def sections(self) -> Sections:
        schema = merged(self.schema, self.own.get("schema") or {})
        quality = merged(self.quality, self.own.get("quality") or {})
        return Sections(schema=schema, quality=quality, left_out=tuple(self.left_out))

    def column(self, column: Mapping[str, Any], *, alone: bool) -> None:
        name = _name(column)
        spec = dict(_stated(column))
        if column.get("primaryKey"):
            spec |= {"nullable": False} | ({"unique": True} if alone else {})
        for extra in column.get("customProperties") or ():
            if extra.get("property") == ROLE:
                self.schema[str(extra.get("value"))] = name
            elif extra.get("property") == UNIT:
                spec["unit"] = str(extra.get("value"))
        self._options(name, column.get("logicalTypeOptions") or {}, spec)
        self.relationships(column, name)
        for rule in column.get("quality") or ():
            found = column_rule(rule)
            if found is None:
                self._leave(rule, f'of column "{name}"')
                continue
            spec |= found.schema
            if found.gate:
                self.quality.setdefault("columns", {}).setdefault(name, {}).update(found.gate)
        for part in ("properties", "items"):
            if column.get(part):
                self.left_out.append(f'what is nested in column "{name}"')
        self.schema.setdefault("columns", {})[name] = spec

    def _options(self, name: str, options: Mapping[str, Any], spec: dict[str, Any]) -> None:
        quoted = '"' + name.replace('"', '""') + '"'
        for option, value in options.items():
            match option, value:
                case (("minimum" | "maximum" | "pattern"), _):
                    spec[option] = value
                case "minLength", int():
                    self._condition(
                        f"length of {name} from {value}", f"length({quoted}) >= {value}"
                    )
                case "maxLength", int():
                    self._condition(f"length of {name} to {value}", f"length({quoted}) <= {value}")
                case "exclusiveMinimum", int() | float():
                    self._condition(f"{name} above {value}", f"{quoted} > {value}")
                case "exclusiveMaximum", int() | float():
                    self._condition(f"{name} below {value}", f"{quoted} < {value}")
                case _:
                    self.left_out.append(f'the option {option} of column "{name}"')

    def _condition(self, title: str, text: str) -> None:
        rule = {"that": text, "dimension": "validity"}
        self.quality.setdefault("rules", {})[title] = rule

    def table_rule(self, rule: Mapping[str, Any]) -> None:
        if rule.get("engine") == ENGINE and isinstance(rule.get("implementation"), dict):
            self.own = merged(self.own, rule["implementation"])
            return
        metric = rule.get("metric") or rule.get("rule")
        key = (rule.get("arguments") or {}).get("properties")
        bounds = between(rule)
        if metric == "rowCount" and bounds:
            self.quality.setdefault("volume", {}).update(bounds)
        elif metric == "duplicateValues" and key and bad_share(rule) == 0:
            self.quality.setdefault("unique", []).append(list(key))
        else:
            self._leave(rule, "of the table")

    def relationships(self, part: Mapping[str, Any], column: str | None = None) -> None:
        where = "of the table" if column is None else f'of column "{column}"'
        for relationship in part.get("relationships") or ():
            rule = self.tables.reference(relationship, column)
            if rule is None:
                self.left_out.append(f"the relationship to {relationship.get('to')} {where}")
            else:
                self.quality.setdefault("references", []).append(rule)

    def promise(self, promise: Mapping[str, Any]) -> None:
        unit = _DURATIONS.get(str(promise.get("unit", "")).lower())
        if promise.get("property") not in {"latency", "freshness"} or unit is None:
            return
        self.quality["freshness"] = {"within": f"{promise.get('value')}{unit}"}
        column = str(promise.get("element") or "").rpartition(".")[2]
        if column:
            self.schema.setdefault("timestamp", column)

    def _leave(self, rule: Mapping[str, Any], where: str) -> None:
        what = rule.get("name") or rule.get("metric") or rule.get("rule") or rule.get("description")
        self.left_out.append(f"the rule {what or rule.get('type', 'without a name')} {where}")


def _name(column: Mapping[str, Any]) -> str:
    return str(column.get("physicalName") or column.get("name"))


def _stated(column: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what a property says in words of its own."""
    dtype = str(column.get("physicalType", "")).lower()
    if _is_dtype(dtype):
        yield "dtype", dtype
    if "required" in column:
        yield "nullable", not column["required"]
    for ours, theirs in (("unique", "unique"), ("critical", "criticalDataElement")):
        if column.get(theirs):
            yield ours, True
    if str(column.get("classification", "")).lower() in _SENSITIVE:
        yield "sensitive", True
    if column.get("description"):
        yield "description", column["description"]
    if column.get("enum"):
        yield "allowed", [value["value"] for value in column["enum"]]


def _is_dtype(text: str) -> bool:
    """Whether a physical type says exactly one dtype; ``int`` of another system may be narrower."""
    try:
        parse_dtype(text)
    except ValueError:
        return False
    return text not in _LOOSE


def merged(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """Return two mappings as one, what `high` says above what `low` says, level by level."""
    both = {**low, **high}
    for key in low.keys() & high.keys():
        if isinstance(low[key], dict) and isinstance(high[key], dict):
            both[key] = merged(low[key], high[key])
        elif key == "references":
            both[key] = [*low[key], *high[key]]
    return both
