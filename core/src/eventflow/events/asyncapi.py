"""An AsyncAPI 3 document of a registry: what travels on which channel, and its JSON Schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from eventflow import docstrings
from eventflow.events.catalogue import descriptions
from eventflow.events.declared import own_types, version_of
from eventflow.events.errors import UnusableEventTypeError

if TYPE_CHECKING:
    from eventflow.events.base import BaseEvent
    from eventflow.events.registry import EventTypes

VERSION = "3.1.0"
_ALWAYS = ("event_type", "event_id", "timestamp")
_SCHEMAS = "#/components/schemas/"


def asyncapi(types: EventTypes, *, title: str, version: str) -> dict[str, Any]:
    """Return an AsyncAPI document: a channel per event type, a message and schema per class.

    A star of a pattern becomes a parameter of the channel's address. Types of fields that JSON
    lacks, which cattrs reads and writes, are described as anything.

    Args:
        types: Classes of events to describe.
        title: Title of the application.
        version: Version of the application's API.

    Raises:
        UnusableEventTypeError: A class has annotations that cannot be resolved.
    """
    classes = list(types)
    refs, schemas = _components(classes)
    names = [str(ref["$ref"]).removeprefix(_SCHEMAS) for ref in refs]
    for schema in schemas.values():
        _describe(schema, {})
    channels: dict[str, Any] = {}
    for cls, name in zip(classes, names, strict=True):
        _complete(schemas[name], cls)
        for event_type in own_types(cls):
            channel = channels.setdefault(event_type.replace("*", "any"), _channel(event_type))
            channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}
    return {
        "asyncapi": VERSION,
        "info": {"title": title, "version": version},
        "defaultContentType": "application/json",
        "channels": dict(sorted(channels.items())),
        "components": {
            "messages": {n: _message(c, n) for c, n in zip(classes, names, strict=True)},
            "schemas": dict(sorted(schemas.items())),
        },
    }


def _components(classes: list[type[BaseEvent]]) -> tuple[Any, dict[str, dict[str, Any]]]:
    for cls in classes:
        try:
            _schemas([cls])
        except Exception as error:
            raise UnusableEventTypeError.unresolved(cls, error) from error
    return _schemas(classes)


def _schemas(classes: list[type[BaseEvent]]) -> tuple[Any, dict[str, dict[str, Any]]]:
    return msgspec.json.schema_components(
        classes, schema_hook=lambda _: {}, ref_template=_SCHEMAS + "{name}"
    )


def _channel(event_type: str) -> dict[str, Any]:
    stars = [f"part{number}" for number in range(1, event_type.count("*") + 1)]
    named = iter(stars)
    channel: dict[str, Any] = {
        "address": re.sub(r"\*", lambda _: f"{{{next(named)}}}", event_type),
        "messages": {},
    }
    if stars:
        words = {"description": "one word or more, with dots between"}
        channel["parameters"] = dict.fromkeys(stars, words)
    return channel


def _message(cls: type[BaseEvent], name: str) -> dict[str, Any]:
    return {
        "name": cls.__name__,
        "title": f"{cls.__name__}, version {version_of(cls)}",
        "summary": docstrings.summary(cls.__doc__),
        "contentType": "application/json",
        "tags": [{"name": cls.category}],
        "correlationId": {"location": "$message.payload#/correlation_id"},
        "payload": {"$ref": _SCHEMAS + name},
    }


def _describe(schema: dict[str, Any], inherited: dict[str, str]) -> None:
    """Hand the sentences of a class's docstring to the properties they speak of."""
    told = inherited | docstrings.attributes(schema.get("description"))
    if "description" in schema:
        schema["description"] = docstrings.summary(schema["description"])
    for name, text in told.items():
        if name in schema.get("properties", {}):
            schema["properties"][name].setdefault("description", text)


def _complete(schema: dict[str, Any], cls: type[BaseEvent]) -> None:
    """Say what the annotations do not: types, version, and what stands in every event."""
    _describe(schema, descriptions(cls))
    types = own_types(cls)
    kind = schema["properties"]["event_type"]
    kind.pop("default", None)
    if all("*" not in event_type for event_type in types):
        kind["enum"] = list(types)
    schema["properties"]["schema_version"]["const"] = version_of(cls)
    schema["required"] = [*_ALWAYS, *(n for n in schema.get("required", ()) if n not in _ALWAYS)]
