"""Render the hooks from their specifications."""

from __future__ import annotations

import inspect
from typing import Any

import attrs

from eventflow import hookspecs
from eventflow.hookspecs import Hooks
from markdown import attributes, clean, table


def render() -> str:
    """Return one section per hook and one per payload."""
    return "\n\n".join([*map(_hook, hooks()), *map(_payload, payloads())])


def hooks() -> list[Any]:
    """Return the hooks there are, in the order of their specification."""
    return [f for _, f in vars(Hooks).items() if inspect.isfunction(f)]


def payloads() -> list[Any]:
    """Return the classes that hooks hand over or return."""
    return [c for _, c in vars(hookspecs).items() if _is_payload(c)]


def _is_payload(found: Any) -> bool:
    return inspect.isclass(found) and attrs.has(found) and found.__module__ == hookspecs.__name__


def _hook(function: Any) -> str:
    signature = str(inspect.signature(function)).replace("'", "")
    shown = f"```python\ndef {function.__name__}{signature}: ...\n```"
    return f"## {function.__name__}\n\n{shown}\n\n{clean(function.__doc__)}"


def _payload(found: Any) -> str:
    said = attributes(found.__doc__)
    rows = [(f"`{f.name}`", f"`{f.type}`", said.get(f.name, "")) for f in attrs.fields(found)]
    intro = clean(found.__doc__).partition("**Attributes**")[0].strip()
    return f"## {found.__name__}\n\n{intro}\n\n{table(('field', 'type', 'what it is'), rows)}"
