"""The event: a typed, immutable record with a dotted type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self
from uuid import UUID  # noqa: TC003 - msgspec reads the annotations at run time

import msgspec
from attrs import field, frozen

from eventflow.ids import uuid7


def _now() -> datetime:
    return datetime.now(UTC)


@frozen(kw_only=True)
class BaseEvent:
    """Base of all events; subclass it with further fields and a default `event_type`.

    Attributes:
        event_type: Dotted type, for example ``pipeline.started``.
        event_id: UUIDv7; equal ids are the same event.
        timestamp: When it happened, UTC.
        source: Who says so: the pipeline's name, a service.
        correlation_id: Shared by everything that belongs to one run or request.
        causation_id: The event that caused this one.
        schema_version: Version of the fields.
    """

    event_type: str
    event_id: UUID = field(factory=uuid7)
    timestamp: datetime = field(factory=_now)
    source: str = ""
    correlation_id: str = ""
    causation_id: UUID | None = None
    schema_version: int = 1

    def to_json(self) -> str:
        """Encode as one JSON object."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Decode what `to_json` wrote.

        Raises:
            msgspec.ValidationError: A field is missing or of another type; the message says where.
        """
        return msgspec.json.decode(text, type=cls)
