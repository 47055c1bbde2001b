"""What a class of events says of itself: its types and its version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from eventflow.events.errors import UnusableEventTypeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.events.base import BaseEvent

_TYPE = re.compile(r"(?:[\w-]+|\*)(?:\.(?:[\w-]+|\*))*", re.ASCII)


def version_of(cls: type[BaseEvent]) -> int:
    """Return the version of a class's fields: the default of its `schema_version`."""
    default: Any = _fields(cls)["schema_version"].default
    if type(default) is int and default >= 1:
        return default
    raise UnusableEventTypeError.for_class(
        cls,
        f"its schema_version is {default!r}",
        "give schema_version a default that counts from 1: schema_version: int = 1",
    )


def own_types(cls: type[BaseEvent]) -> tuple[str, ...]:
    """Return the types, or patterns of them, that a class states.

    Raises:
        UnusableEventTypeError: It states none, or one that is not dotted words.
    """
    types = stated_types(cls)
    if not types:
        raise UnusableEventTypeError.for_class(
            cls, "it states no type of its own", 'give it one: event_type: str = "order.placed"'
        )
    for event_type in types:
        if not _TYPE.fullmatch(str(event_type)):
            raise UnusableEventTypeError.for_class(
                cls,
                f'"{event_type}" is no event type',
                "write words of letters, digits, _ and - with dots between: order.placed",
            )
    return types


def stated_types(cls: type[BaseEvent]) -> tuple[str, ...]:
    """Return the types that a class states itself; none of a class that only inherits them."""
    fields = _fields(cls)
    kind, version = fields["event_type"], fields["schema_version"]
    if "event_types" in vars(cls):
        return tuple(cls.event_types)
    if kind.inherited and version.inherited:
        return ()
    if kind.inherited and cls.event_types:
        return tuple(cls.event_types)
    return () if kind.default is attrs.NOTHING else (kind.default,)


def subclasses(cls: type[BaseEvent]) -> Iterator[type[BaseEvent]]:
    """Yield every class of events below one that states a type, those defined first first.

    With slots, attrs makes a second class in place of the one that was written; the first has no
    fields and is passed over.
    """
    for found in cls.__subclasses__():
        if "__attrs_attrs__" in vars(found) and stated_types(found):
            yield found
        yield from subclasses(found)


def _fields(cls: Any) -> dict[str, Any]:
    if not isinstance(cls, type) or not attrs.has(cls) or "__attrs_attrs__" not in vars(cls):
        raise UnusableEventTypeError.for_class(
            cls, "it is no attrs class", "put @frozen(kw_only=True) of attrs above it"
        )
    return attrs.fields_dict(cls)
