"""Render the types of events that a run publishes, from the classes themselves."""

from __future__ import annotations

import inspect
from typing import Any

import attrs

from eventflow.events import BaseEvent
from eventflow.events import pipeline as pipeline_events
from eventflow.events.pipeline import PipelineEvent
from markdown import attributes, clean, table


def render() -> str:
    """Return a table of all types, what every event carries, and a section per type."""
    kinds = [(f"[`{event_type(e)}`](#{anchor(e)})", _intro(e)) for e in events()]
    return "\n\n".join(
        [
            table(("type", "when"), kinds),
            "## Every event",
            _fields(PipelineEvent),
            *map(_section, events()),
        ]
    )


def events() -> list[Any]:
    """Return the classes of events that have a type of their own, in the order of a run."""
    found = [c for _, c in inspect.getmembers(pipeline_events, inspect.isclass)]
    typed = [c for c in found if issubclass(c, BaseEvent) and event_type(c)]
    return sorted(typed, key=lambda c: inspect.getsourcelines(c)[1])


def event_type(event: Any) -> str:
    """Return the type that a class of events states; empty for a base class."""
    stated = attrs.fields_dict(event)["event_type"].default
    return stated if isinstance(stated, str) else ""


def anchor(event: Any) -> str:
    """Return where an event is on its page."""
    return event_type(event).replace(".", "-")


def described(event: Any) -> dict[str, str]:
    """Return what docstrings say of each field, those of its bases included."""
    return {k: v for c in reversed(event.__mro__) for k, v in attributes(c.__doc__).items()}


def _intro(event: Any) -> str:
    return clean(event.__doc__).partition("**Attributes**")[0].strip()


def _section(event: Any) -> str:
    head = f"({anchor(event)})=\n## `{event_type(event)}`"
    return f"{head}\n\n{_intro(event)} Its class is `{event.__name__}`.\n\n{_fields(event)}"


def _fields(event: Any) -> str:
    shared = () if event is PipelineEvent else attrs.fields_dict(PipelineEvent)
    said = described(event)
    own = [f for f in attrs.fields(event) if f.name not in shared]
    rows = [(f"`{f.name}`", f"`{_type(f.type)}`", said.get(f.name, "")) for f in own]
    return table(("field", "type", "what it is"), rows)


def _type(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
