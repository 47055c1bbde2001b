"""Render the public names of `eventflow` and of its contract kit."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import eventflow
from markdown import clean

if TYPE_CHECKING:
    from collections.abc import Iterator


def render(module: Any = eventflow) -> str:
    """Return one section per public name of a module, with its signature and docstring."""
    return "\n\n".join(_section(name, getattr(module, name)) for name in module.__all__)


def _section(name: str, found: Any) -> str:
    if not inspect.isclass(found) and not inspect.isroutine(found):
        return f"## {name}\n\nA value: {type(found).__name__}"
    parts = [f"## {name}", _signature(name, found), clean(inspect.getdoc(found))]
    if inspect.isclass(found):
        parts += [_method(key, value) for key, value in members(found)]
    return "\n\n".join(part for part in parts if part)


def members(found: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods that a class itself defines."""
    for name, value in vars(found).items():
        inner = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if not name.startswith("_") and inspect.isfunction(inner):
            yield name, inner


def _method(name: str, method: Any) -> str:
    return f"### {name}\n\n{_signature(name, method)}\n\n{clean(inspect.getdoc(method))}"


def _signature(name: str, found: Any) -> str:
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return ""
    prefix = "async " if inspect.iscoroutinefunction(found) else ""
    return f"```text\n{prefix}{name}{signature}\n```"
