"""Render the types of events that our packages define, from the classes themselves."""

from __future__ import annotations

import inspect
from typing import Any, get_args

import attrs

from eventflow.events import BaseEvent, EventTypes
from eventflow.events.base import Category
from eventflow.events.declared import own_types, version_of
from markdown import attributes, clean, table


def render() -> str:
    """Return what every event carries, and per category a table of types and a section each."""
    return "\n\n".join(
        ["## Every event", _fields(BaseEvent), *map(_category, get_args(Category))]
    ).rstrip()


def events() -> list[Any]:
    """Return the classes of our packages' events that have types of their own."""
    return [c for c in EventTypes.defined() if c.__module__.startswith("eventflow")]


def anchor(event: Any) -> str:
    """Return where an event is on its page."""
    return own_types(event)[0].replace(".", "-").replace("*", "any")


def described(event: Any) -> dict[str, str]:
    """Return what docstrings say of each field, those of its bases included."""
    return {k: v for c in reversed(event.__mro__) for k, v in attributes(c.__doc__).items()}


def _category(category: str) -> str:
    found = sorted((e for e in events() if e.category == category), key=_place)
    if not found:
        return ""
    kinds = [(f"[{_types(e)}](#{anchor(e)})", _first(e)) for e in found]
    sections = map(_section, found)
    return "\n\n".join([f"## {category.capitalize()}", table(("type", "when"), kinds), *sections])


def _place(event: Any) -> tuple[str, int]:
    return event.__module__, inspect.getsourcelines(event)[1]


def _types(event: Any) -> str:
    return ", ".join(f"`{event_type}`" for event_type in own_types(event))


def _intro(event: Any) -> str:
    return clean(event.__doc__).partition("**Attributes**")[0].strip()


def _first(event: Any) -> str:
    return _intro(event).partition("\n\n")[0]


def _section(event: Any) -> str:
    head = f"({anchor(event)})=\n### {_types(event)}"
    named = f"Its class is `{event.__module__}.{event.__name__}`, version {version_of(event)}."
    return f"{head}\n\n{_intro(event)}\n\n{named}\n\n{_fields(event)}"


def _fields(event: Any) -> str:
    shared = () if event is BaseEvent else attrs.fields_dict(BaseEvent)
    said = described(event)
    own = [f for f in attrs.fields(event) if f.name not in shared]
    rows = [(f"`{f.name}`", f"`{_type(f.type)}`", said.get(f.name, "")) for f in own]
    return table(("field", "type", "what it is"), rows)


def _type(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
