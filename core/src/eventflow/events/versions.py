"""Versions of an event's fields, and the way from an old one to the newest."""

from __future__ import annotations

from typing import Any

import attrs

from eventflow.events.base import BaseEvent
from eventflow.events.declared import version_of
from eventflow.events.errors import UpcastError

_EVERY_EVENT = tuple(attrs.fields_dict(BaseEvent))


def reachable(cls: type[BaseEvent], version: int) -> bool:
    """Whether a class reads a version: its own, or one that its upcasters lead from."""
    newest = version_of(cls)
    return version == newest or (
        1 <= version < newest and all(step in cls.upcasters for step in range(version, newest))
    )


def upcast(cls: type[BaseEvent], fields: dict[str, Any], version: int) -> dict[str, Any]:
    """Return the fields of an older version as those of the class's own.

    What every event carries stays, unless an upcaster changes it.

    Args:
        cls: Class whose `upcasters` lead there; see `reachable`.
        fields: What the JSON of the old version says, as plain data.
        version: The old version.

    Raises:
        UpcastError: An upcaster raised, or returned no dict.
    """
    for step in range(version, version_of(cls)):
        try:
            newer: Any = cls.upcasters[step](dict(fields))
        except Exception as error:
            raise UpcastError.at(cls, step, error) from error
        if not isinstance(newer, dict):
            raise UpcastError.at(cls, step, None)
        kept = {name: fields[name] for name in _EVERY_EVENT if name in fields}
        fields = {**kept, **newer, "schema_version": step + 1}
    return fields
