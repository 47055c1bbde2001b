"""Render every installed component: what it is for, its options, and what a blueprint makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventflow import PluginHost
from eventflow.plugins.options import options_of
from eventflow.types import KINDS, Kind
from markdown import clean, table

if TYPE_CHECKING:
    from eventflow.plugins import ComponentRef
    from eventflow.plugins.options import OptionInfo


def title(kind: Kind) -> str:
    """Return the heading of a kind: ``Context joins``."""
    return f"{kind.replace('_', ' ').capitalize()}s"


def render() -> str:
    """Return one section per kind, one subsection per component."""
    host = PluginHost()
    sections = []
    for kind in KINDS:
        if refs := sorted(host.refs(kind), key=lambda ref: ref.name):
            sections.append(f"## {title(kind)}")
            sections += [_component(ref, host.load(ref)) for ref in refs]
    return "\n\n".join(sections)


def _component(ref: ComponentRef, component: Any) -> str:
    tags = f", tagged {', '.join(ref.tags)}" if ref.tags else ""
    parts = [
        f"({ref.kind}-{ref.name})=\n### `{ref.name}`",
        f"*{ref.kind.replace('_', ' ')} from {ref.owner}{tags}*",
        clean(component.__doc__),
        options(component.Config),
    ]
    if ref.kind == "blueprint":
        parts += [_fields(component), _features(component)]
    return "\n\n".join(part for part in parts if part)


def options(config: Any) -> str:
    """Return a table of options; `config` is a pydantic class."""
    rows = [_option(option) for option in options_of(config)]
    heads = ("option", "type", "default", "what it does")
    return table(heads, rows) if rows else "It has no options."


def _option(option: OptionInfo) -> tuple[str, str, str, str]:
    default = "required" if option.required else f"`{option.default or 'computed'}`"
    described = option.description.replace("``", "`")
    return f"`{option.name}`", option.type, default, described


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
