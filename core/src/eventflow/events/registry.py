"""Which types of events there are, and how each is read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from eventflow.events import codec
from eventflow.events.base import BaseEvent, classes_defined
from eventflow.events.declared import own_types, subclasses, version_of
from eventflow.events.errors import DuplicateEventTypeError, UnusableEventTypeError
from eventflow.events.patterns import matches
from eventflow.events.unknown import UnknownEvent
from eventflow.events.versions import reachable, upcast

if TYPE_CHECKING:
    from collections.abc import Iterator

E = TypeVar("E", bound=BaseEvent)
Answer = tuple[type[BaseEvent] | None, bool]  # a class, and whether upcasters lead to it
Claims = Mapping[tuple[str, int], tuple[type[BaseEvent], ...]]

_OWN = ("performance", "pipeline", "system", "validation")
"""Modules with the events of Eventflow itself."""

_KEPT = 4096  # answers that a registry remembers; types may be anything a stranger sends


class EventTypes:
    """A registry: event type and version → class.

    `EventTypes.defined()` knows every class of events that the process has defined. A registry of
    one's own, ``EventTypes(OrderPlaced, OrderPaid)``, knows those classes and no others; nothing is
    shared between two registries.

    Args:
        classes: Classes of events to know.

    Raises:
        DuplicateEventTypeError: Two of them claim the same version of a type.
        UnusableEventTypeError: One has no type, or no sound one.
    """

    def __init__(self, *classes: type[BaseEvent]) -> None:
        """Register the classes."""
        self._classes: dict[tuple[str, int], type[BaseEvent]] = {}
        self._clashes: dict[tuple[str, int], tuple[type[BaseEvent], ...]] = {}
        self._found: dict[tuple[str, int], Answer] = {}
        for cls in classes:
            self.add(cls)

    @classmethod
    def _of_claims(cls, claims: Claims) -> EventTypes:
        types = cls()
        types._classes = {key: classes[0] for key, classes in claims.items() if len(classes) == 1}
        types._clashes = {key: classes for key, classes in claims.items() if len(classes) > 1}
        return types

    @staticmethod
    def defined() -> EventTypes:
        """Return a registry of all classes of events that this process has defined so far.

        A class that is defined a second time under the same name, as in a notebook, replaces the
        first. Where two classes claim one type, reading that type is an error, and others are read.
        """
        for module in _OWN:
            import_module(f"eventflow.events.{module}")
        return _snapshot(classes_defined())

    def add(self, cls: type[E]) -> type[E]:
        """Register a class; returns it, so that it can be used as a decorator.

        Raises:
            DuplicateEventTypeError: Another class claims the same version of a type.
            UnusableEventTypeError: It has no type, or no sound one.
        """
        keys = [(event_type, version_of(cls)) for event_type in own_types(cls)]
        for key in keys:
            others = self._clashes.get(key) or (self._classes.get(key, cls),)
            if not all(_same(other, cls) for other in others):
                raise DuplicateEventTypeError.between(*key, (*others, cls))
        self._classes.update(dict.fromkeys(keys, cls))
        self._found.clear()
        return cls

    def __iter__(self) -> Iterator[type[BaseEvent]]:
        """Iterate over the classes, each once, in the order of their types and versions."""
        return iter(dict.fromkeys(self._classes[key] for key in sorted(self._classes)))

    def find(self, event_type: str, version: int) -> type[BaseEvent] | None:
        """Return the class that reads a version of a type; None when it is unknown.

        The newest class that the upcasters lead to, else the class of that very version. A type
        that a class names comes before a pattern, a long pattern before a short one.

        Raises:
            DuplicateEventTypeError: Several classes claim it.
        """
        return self._answer((event_type, version))[0]

    def decode(self, text: str | bytes) -> BaseEvent:
        """Read an event of any type: as its class, or whole as an `UnknownEvent`.

        Raises:
            MalformedEventError: It is no JSON, or nested too deeply.
            InvalidEventError: It lacks its type, id or time, or does not fit the class of its type.
            UpcastError: An upcaster on the way to the newest version failed.
            EventTooLargeError: It is larger than `eventflow.events.codec.MAX_BYTES`.
            DuplicateEventTypeError: Several classes claim its type.
        """
        head = codec.decode_head(text)
        cls, older = self._answer((head.event_type, head.schema_version))
        if cls is None:
            return UnknownEvent.from_json(text)
        if not older:
            return codec.decode(text, cls)
        return codec.convert(upcast(cls, codec.decode_fields(text), head.schema_version), cls)

    def _answer(self, key: tuple[str, int]) -> Answer:
        try:
            return self._found[key]
        except KeyError:
            if len(self._found) >= _KEPT:
                self._found.clear()
            cls = self._search(*key)
            answer = (cls, cls is not None and version_of(cls) != key[1])
            self._found[key] = answer
            return answer

    def _search(self, event_type: str, version: int) -> type[BaseEvent] | None:
        patterns = {name for name, _ in (*self._classes, *self._clashes)}
        fitting = [p for p in patterns if p == event_type or ("*" in p and matches(p, event_type))]
        exactly = [event_type] if event_type in fitting else []
        for pattern in [*exactly, *sorted(fitting, key=_specific)]:
            if (pattern, version) in self._clashes:
                claimed = self._clashes[pattern, version]
                raise DuplicateEventTypeError.between(event_type, version, claimed)
            versions = sorted((v for p, v in self._classes if p == pattern), reverse=True)
            for newest in versions:
                cls = self._classes[pattern, newest]
                if reachable(cls, version):
                    return cls
        return None


def _specific(pattern: str) -> tuple[int, int, str]:
    """Sort key: many words before few, few stars before many."""
    return (-sum(part != "*" for part in pattern.split(".")), pattern.count("*"), pattern)


def _same(one: type, other: type) -> bool:
    """Whether one class is another definition of the other, under the same name."""
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


@lru_cache(maxsize=1)
def _snapshot(_: int) -> EventTypes:
    """Collect what is defined; the argument is the number of classes there were."""
    claims: dict[tuple[str, int], dict[str, type[BaseEvent]]] = {}
    for cls in subclasses(BaseEvent):
        with suppress(UnusableEventTypeError):  # it is told when it is registered or read
            for event_type in own_types(cls):
                named = claims.setdefault((event_type, version_of(cls)), {})
                named[f"{cls.__module__}.{cls.__qualname__}"] = cls
    collected = {key: tuple(named.values()) for key, named in claims.items()}
    return EventTypes._of_claims(collected)  # noqa: SLF001 - the class's own module
