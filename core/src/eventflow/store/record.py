"""A stored event: what is kept of it, its checksum and its link in the chain."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from eventflow.errors import EventflowError, facts_of
from eventflow.events.base import BaseEvent
from eventflow.events.codec import content_of
from eventflow.store.errors import EventRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eventflow.types import Event

E = TypeVar("E", bound=BaseEvent)

_HEAD = struct.Struct("<qqIIII")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@frozen
class Draft:
    """An event that is ready to be appended.

    Attributes:
        event_id: Its id as text.
        event_type: Dotted type.
        timestamp: When it happened, in microseconds since 1970, UTC.
        correlation_id: What it belongs to.
        body: The event as JSON, UTF-8.
    """

    event_id: str
    event_type: str
    timestamp: int
    correlation_id: str
    body: bytes

    @classmethod
    def of(cls, event: Event, limit: int) -> Draft:
        """Encode an event.

        Args:
            event: Any event; its `to_json` is what is stored.
            limit: Bytes that its JSON may have.

        Raises:
            UnwritableEventError: It cannot be written as JSON.
            EventTooLargeError: It is larger than any event may be.
            EventRefusedError: It is larger than this store takes, or no sound event.
        """
        try:
            body = content_of(event)
            correlation = str(getattr(event, "correlation_id", ""))
            known = (str(event.event_id), event.event_type, correlation)
            "".join(known).encode()
            moment = microseconds(event.timestamp)
        except EventflowError:
            raise
        except Exception as error:  # a class of a user's own may raise anything
            reason = facts_of(error)[0]
            raise EventRefusedError.for_encoding(str(event.event_type), reason) from error
        if len(body) > limit:
            raise EventRefusedError.for_size(event.event_type, len(body), limit)
        return cls(known[0], known[1], moment, known[2], body)


@frozen
class StoredEvent:
    """An event as the store keeps it.

    Attributes:
        position: Its place in the store, from 1, without gaps.
        event_id: Its id as text.
        event_type: Dotted type.
        timestamp: When it happened, in microseconds since 1970, UTC.
        correlation_id: What it belongs to: a run, a request.
        body: The event as JSON, UTF-8, byte for byte as it was appended.
        crc: CRC-32 of everything else here.
        hash: SHA-256 of the hash before it and the fields above, the CRC left out.
    """

    position: int
    event_id: str
    event_type: str
    timestamp: int
    correlation_id: str
    body: bytes
    crc: int
    hash: bytes

    @property
    def moment(self) -> datetime:
        """When it happened, with UTC as its zone."""
        return _EPOCH + self.timestamp * _MICROSECOND

    def decode(self, kind: type[E]) -> E:
        """Return it as an event of this class.

        Raises:
            InvalidEventError: The class has fields that it lacks, or of another type;
                `EventTypes.decode` finds the class, and reads older versions, by itself.
        """
        return kind.from_json(self.body)

    def packed(self) -> bytes:
        """Return the bytes that the checksum and the chain cover."""
        return _packed(
            self.position,
            self.timestamp,
            self.event_id,
            self.event_type,
            self.correlation_id,
            self.body,
        )


def microseconds(moment: datetime) -> int:
    """Return microseconds since 1970; a moment without a zone is UTC."""
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND


def chained(drafts: Iterable[Draft], position: int, link: bytes) -> Iterator[StoredEvent]:
    """Yield the records that follow the one with this position and hash."""
    for draft in drafts:
        position += 1
        packed = _packed(
            position,
            draft.timestamp,
            draft.event_id,
            draft.event_type,
            draft.correlation_id,
            draft.body,
        )
        link = hash_of(link, packed)
        yield StoredEvent(
            position,
            draft.event_id,
            draft.event_type,
            draft.timestamp,
            draft.correlation_id,
            draft.body,
            checksum(packed, link),
            link,
        )


def checksum(packed: bytes, link: bytes) -> int:
    """Return the CRC-32 (polynomial of IEEE 802.3) of a record and its link.

    It tells every change within 32 bits that follow each other.
    """
    return zlib.crc32(link, zlib.crc32(packed))


def hash_of(before: bytes, packed: bytes) -> bytes:
    """Return a record's link: SHA-256 over the link before it and the record."""
    return sha256(before + packed).digest()


def _packed(  # noqa: PLR0913, PLR0917 - the fields in their order on disk
    position: int, timestamp: int, event_id: str, event_type: str, correlation: str, body: bytes
) -> bytes:
    texts = (event_id.encode(), event_type.encode(), correlation.encode(), body)
    return _HEAD.pack(position, timestamp, *map(len, texts)) + b"".join(texts)
