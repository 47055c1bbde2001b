"""Render the hooks from their specifications."""

from __future__ import annotations

import inspect
from typing import Any

import attrs

from eventflow import hookspecs
from markdown import attributes, clean, table


def render() -> str:
    """Return one section per hook and one per payload."""
    hooks = [f for _, f in inspect.getmembers(hookspecs, inspect.isfunction) if _is_hook(f)]
    payloads = [c for _, c in inspect.getmembers(hookspecs, inspect.isclass) if _is_payload(c)]
    return "\n\n".join([*map(_hook, hooks), *map(_payload, payloads)])


def _is_hook(function: Any) -> bool:
    return function.__module__ == hookspecs.__name__ and hasattr(function, "eventflow_spec")


def _is_payload(found: type) -> bool:
    return found.__module__ == hookspecs.__name__ and attrs.has(found)


def _hook(function: Any) -> str:
    arguments = ", ".join(inspect.signature(function).parameters)
    return f"## {function.__name__}({arguments})\n\n{clean(function.__doc__)}"


def _payload(found: Any) -> str:
    said = attributes(found.__doc__)
    rows = [(f"`{f.name}`", f"`{f.type}`", said.get(f.name, "")) for f in attrs.fields(found)]
    intro = clean(found.__doc__).partition("**Attributes**")[0].strip()
    return f"## {found.__name__}\n\n{intro}\n\n{table(('field', 'type', 'what it is'), rows)}"
