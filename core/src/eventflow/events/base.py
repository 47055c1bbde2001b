"""The event: a typed, immutable record with a dotted type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, Self
from uuid import UUID  # noqa: TC003 - msgspec reads the annotations at run time

import attrs
from attrs import field, frozen

from eventflow.events import codec, trace
from eventflow.ids import uuid7

Category = Literal["lifecycle", "performance", "validation", "system", "domain"]
"""What an event speaks of; events of users' own are ``domain`` unless they say otherwise."""

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns the fields of one version, as JSON has them, into those of the next."""

_defined = 0


def _now() -> datetime:
    return datetime.now(UTC)


def _zoned(_: object, attribute: attrs.Attribute[datetime], value: datetime) -> None:
    if value.tzinfo is None:
        msg = f"{attribute.name} needs a time zone, for example datetime.now(UTC)"
        raise ValueError(msg)


@frozen(kw_only=True)
class BaseEvent:
    """Base of all events; subclass it with further fields and a default `event_type`.

    Example:
        >>> @frozen(kw_only=True)
        ... class OrderPlaced(BaseEvent):
        ...     event_type: str = "order.placed"
        ...     order_id: str
        ...     cents: int

    A class for several types names them, or patterns of them, in `event_types`. When fields change,
    raise `schema_version` and give `upcasters` the way from the version before.

    Attributes:
        event_types: Types or patterns of a class that serves several; empty for one type.
        upcasters: Version → function that turns fields of that version into those of the next.
        category: What the event speaks of.
        event_type: Dotted type, for example ``pipeline.started``.
        event_id: UUIDv7; equal ids are the same event.
        timestamp: When it happened, with its zone; UTC by default.
        source: Who says so: the pipeline's name, a service.
        correlation_id: Shared by everything that belongs to one run or request.
        causation_id: The event that caused this one.
        traceparent: W3C trace context: trace and span that it belongs to; empty outside any trace.
        tracestate: What vendors add to the trace context.
        schema_version: Version of the fields.
    """

    event_types: ClassVar[tuple[str, ...]] = ()
    upcasters: ClassVar[Mapping[int, Upcaster]] = {}
    category: ClassVar[Category] = "domain"

    event_type: str
    event_id: UUID = field(factory=uuid7)
    timestamp: datetime = field(factory=_now, validator=_zoned)
    source: str = ""
    correlation_id: str = ""
    causation_id: UUID | None = None
    traceparent: str = ""
    tracestate: str = ""
    schema_version: int = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Count the class, so that `EventTypes.defined` knows when to look again."""
        global _defined  # noqa: PLW0603 - a counter of classes is the process's by nature
        super().__init_subclass__(**kwargs)
        _defined += 1

    def caused_by(self, event: BaseEvent) -> Self:
        """Return this event as a consequence of another: same correlation, same trace.

        It gets a span of its own if the other belongs to a trace; without a correlation id, the
        other's id starts one.
        """
        parent = trace.of(event)
        changes: dict[str, Any] = parent.child().fields() if parent is not None else {}
        correlation = event.correlation_id or str(event.event_id)
        return attrs.evolve(
            self, causation_id=event.event_id, correlation_id=correlation, **changes
        )

    def to_bytes(self) -> bytes:
        """Encode as one JSON object in UTF-8.

        Raises:
            UnwritableEventError: A field holds what JSON cannot carry.
            EventTooLargeError: It is larger than `eventflow.events.codec.MAX_BYTES`.
        """
        return codec.encode(self)

    def to_json(self) -> str:
        """Encode as one JSON object, as `to_bytes` does."""
        return self.to_bytes().decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Decode what `to_json` of this class wrote; `EventTypes.decode` finds the class itself.

        Raises:
            MalformedEventError: It is no JSON, or nested too deeply.
            InvalidEventError: It lacks its type, id or time, or does not fit the class; the message
                says where.
            EventTooLargeError: It is larger than `eventflow.events.codec.MAX_BYTES`.
        """
        codec.decode_head(text)
        return codec.decode(text, cls)


def classes_defined() -> int:
    """Return how many classes of events this process has made so far; it never falls."""
    return _defined
