"""Render the public names of `eventflow`."""

from __future__ import annotations

import inspect
from typing import Any

import eventflow
from markdown import clean


def render() -> str:
    """Return one section per public name, with its signature and docstring."""
    return "\n\n".join(_section(name) for name in eventflow.__all__)


def _section(name: str) -> str:
    found: Any = getattr(eventflow, name)
    parts = [f"## {name}", _signature(name, found), clean(inspect.getdoc(found))]
    if inspect.isclass(found):
        parts += [
            _method(key, value) for key, value in vars(found).items() if _is_public(key, value)
        ]
    return "\n\n".join(part for part in parts if part)


def _is_public(name: str, value: Any) -> bool:
    inner = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    return not name.startswith("_") and inspect.isfunction(inner)


def _method(name: str, value: Any) -> str:
    inner = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    return f"### {name}\n\n{_signature(name, inner)}\n\n{clean(inspect.getdoc(inner))}"


def _signature(name: str, found: Any) -> str:
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return ""
    prefix = "async " if inspect.iscoroutinefunction(found) else ""
    return f"```text\n{prefix}{name}{signature}\n```"
