"""What a registry of event types holds, in words: for listings and documents."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import attrs
from attrs import frozen

from eventflow import docstrings
from eventflow.events.base import BaseEvent
from eventflow.events.declared import own_types, version_of

if TYPE_CHECKING:
    from eventflow.events.base import Category
    from eventflow.events.registry import EventTypes

EVERY_EVENT = tuple(attrs.fields_dict(BaseEvent))
"""Names of the fields that every event has."""


@frozen(kw_only=True)
class FieldEntry:
    """A field of an event.

    Attributes:
        name: Its name.
        type: Its annotation, as written.
        required: Whether it must be given; else it has a default.
        description: What it is, from the docstring of the class.
    """

    name: str
    type: str
    required: bool
    description: str


@frozen(kw_only=True)
class TypeEntry:
    """A class of events.

    Attributes:
        event_types: Its types, or patterns of them.
        version: Version of its fields.
        category: What its events speak of.
        event_class: Where it is: ``shop.events.OrderPlaced``.
        summary: First paragraph of its docstring.
        reads: Versions that it reads, its own the last.
        fields: Its own fields; every event has those of `BaseEvent` beside them.
    """

    event_types: tuple[str, ...]
    version: int
    category: Category
    event_class: str
    summary: str
    reads: tuple[int, ...]
    fields: tuple[FieldEntry, ...]


def catalogue(types: EventTypes) -> tuple[TypeEntry, ...]:
    """Return an entry for every class of a registry, in the order of its types."""
    return tuple(_entry(cls) for cls in types)


def descriptions(cls: type[BaseEvent]) -> dict[str, str]:
    """Return what the docstrings of a class and its bases say of its fields."""
    told = (docstrings.attributes(base.__doc__) for base in reversed(cls.__mro__))
    return {name: text for sentences in told for name, text in sentences.items()}


def _entry(cls: type[BaseEvent]) -> TypeEntry:
    version, told = version_of(cls), descriptions(cls)
    oldest = version
    while oldest - 1 in cls.upcasters:
        oldest -= 1
    return TypeEntry(
        event_types=own_types(cls),
        version=version,
        category=cls.category,
        event_class=f"{cls.__module__}.{cls.__qualname__}",
        summary=inspect.cleandoc(cls.__doc__ or "").partition("\n\n")[0].replace("\n", " "),
        reads=tuple(range(oldest, version + 1)),
        fields=tuple(_field(f, told) for f in attrs.fields(cls) if f.name not in EVERY_EVENT),
    )


def _field(field: attrs.Attribute[Any], told: dict[str, str]) -> FieldEntry:
    annotation: Any = field.type
    return FieldEntry(
        name=field.name,
        type=annotation if isinstance(annotation, str) else inspect.formatannotation(annotation),
        required=field.default is attrs.NOTHING,
        description=told.get(field.name, ""),
    )
