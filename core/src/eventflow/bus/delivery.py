"""What travels beside an event: how it was handed out, how far it got, why it was given up."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import field, frozen

from eventflow.events.codec import content_of
from eventflow.ids import uuid7

if TYPE_CHECKING:
    from eventflow.types import Event


class Ack(StrEnum):
    """How far an event must have got before `publish` returns.

    Attributes:
        ACCEPTED: It is in the queue of this process: a process that is killed may lose it.
        DURABLE: The transport has stored it as safely as it promises (`Promises.durable`).
        APPLIED: A handler of the named group has returned.
    """

    ACCEPTED = "accepted"
    DURABLE = "durable"
    APPLIED = "applied"


@frozen(kw_only=True)
class Receipt:
    """What became of a published event.

    Attributes:
        reached: How far it got; None when it was not even accepted.
        position: Where the transport keeps it; empty where it keeps nothing, or not yet.
        reason: Why it got no further than that; empty when it got as far as was asked.
    """

    reached: Ack | None
    position: str = ""
    reason: str = ""


@frozen(kw_only=True)
class Delivery:
    """One event as a receiver hands it out.

    Attributes:
        event: The event.
        position: Where the transport keeps it; the receiver's own word for it.
        attempt: How often it was handed out to this group, this time included. Kept by the broker
            where there is one, so that a handler that kills its process counts as well.
    """

    event: Event
    position: str = ""
    attempt: int = 1


def _now() -> datetime:
    return datetime.now(UTC)


@frozen(kw_only=True)
class DeadLetter:
    """What was given up, and why. It can be looked at and sent again.

    Attributes:
        letter_id: Its id among the dead letters.
        content: The event's JSON, or the bytes that are no event.
        reason: Why it was given up.
        attempts: How often it was tried.
        group: Whose handler gave it up; empty for an event that was never sent.
        position: Where the transport had it.
        buried_at: When it was given up, UTC.
    """

    letter_id: str = field(factory=lambda: str(uuid7()))
    content: bytes = field(repr=False)
    reason: str
    attempts: int = 0
    group: str = ""
    position: str = ""
    buried_at: datetime = field(factory=_now)


def letter_of(delivery: Delivery, reason: str, group: str) -> DeadLetter:
    """Return the dead letter of a delivery; an event that cannot be written is told in words."""
    try:
        content = content_of(delivery.event)
    except Exception:  # noqa: BLE001 - whatever a stranger's event raises
        event = delivery.event
        content = f"{event.event_type} {event.event_id}: it cannot be written as JSON".encode()
    return DeadLetter(
        content=content,
        reason=reason,
        attempts=delivery.attempt,
        group=group,
        position=delivery.position,
    )
