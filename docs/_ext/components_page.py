"""Render every installed component: what it is for, its options, and what a blueprint makes."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from markdown import attributes, clean, table

KINDS = {
    "sources": "Sources",
    "steps": "Steps",
    "context_joins": "Context joins",
    "blueprints": "Blueprints",
    "sinks": "Sinks",
    "transports": "Transports",
    "trackers": "Trackers",
    "engines": "Engines",
}


def render() -> str:
    """Return one section per kind, one subsection per component."""
    sections = []
    for group, title in KINDS.items():
        found = sorted(entry_points(group=f"eventflow.{group}"), key=lambda entry: entry.name)
        if found:
            sections += [f"## {title}", *(_component(entry, group) for entry in found)]
    return "\n\n".join(sections)


def _component(entry: EntryPoint, group: str) -> str:
    component: Any = entry.load()
    owner = f"{entry.dist.name} {entry.dist.version}" if entry.dist else ""
    parts = [
        f"### {entry.name} ({group})",
        f"*{owner}*",
        clean(component.__doc__),
        _options(component.Config),
    ]
    if group == "blueprints":
        parts += [_fields(component), _features(component)]
    return "\n\n".join(part for part in parts if part)


def _options(config: Any) -> str:
    """Return a table of options; `config` is a pydantic class."""
    said = {k: v for base in reversed(config.__mro__) for k, v in attributes(base.__doc__).items()}
    properties = config.model_json_schema()
    rows = [
        (
            f"`{name}`",
            _type(schema),
            "required"
            if name in properties.get("required", ())
            else f"`{schema.get('default')!r}`",
            schema.get("description") or said.get(name, ""),
        )
        for name, schema in properties.get("properties", {}).items()
    ]
    return (
        table(("option", "type", "default", "what it does"), rows) if rows else "It has no options."
    )


def _type(schema: dict[str, Any]) -> str:
    if choices := schema.get("enum"):
        return ", ".join(f"`{choice}`" for choice in choices)
    if variants := schema.get("anyOf"):
        return " or ".join(_type(variant) for variant in variants)
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        return f"list of {_type(schema['items'])}"
    return str(schema.get("type") or schema.get("$ref", "any").rpartition("/")[2])


def _fields(blueprint: Any) -> str:
    rows = [
        (
            f"`{f.name}`",
            "required" if f.required else "optional",
            " or ".join(f.families),
            f.description,
        )
        for f in blueprint.fields
    ]
    return "**Fields**\n\n" + table(("field", "", "dtype", "what it is"), rows)


def _features(blueprint: Any) -> str:
    rows = [
        (f"`{f.name}`", f.unit, f.formula, str(f.parity), f.nulls, f.source, ", ".join(f.needs))
        for f in blueprint.features
    ]
    heads = ("feature", "unit", "formula", "parity", "null when", "source", "needs")
    return f"**Features** (version {blueprint.version})\n\n" + table(heads, rows)
