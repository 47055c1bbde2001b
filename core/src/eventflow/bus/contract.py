"""What the bus is made of, as Protocols: events, receivers, dead letters, and what is promised."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from eventflow.bus.delivery import DeadLetter, Delivery


@runtime_checkable
class Event(Protocol):
    """A typed, immutable record on the bus. `eventflow.events.BaseEvent` fills in the rest."""

    @property
    def event_id(self) -> UUID:
        """UUIDv7; equal ids are the same event."""
        ...

    @property
    def event_type(self) -> str:
        """Dotted type, for example ``performance.metric.recorded``."""
        ...

    @property
    def timestamp(self) -> datetime:
        """When it happened, with its zone."""
        ...

    def to_json(self) -> str:
        """Encode as one JSON object."""
        ...

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Decode what `to_json` wrote."""
        ...


@frozen
class Promises:
    """What a transport promises of the events it accepts; the contract kit tests each promise.

    Attributes:
        durable: An event that `publish` returned from outlives the process, even one that is
            killed: it is where another process finds it.
        ordered: A subscriber gets the events of one publisher in the order of publishing.
        replayable: Who subscribes gets the events published before as well, oldest first; from a
            durable transport also those of another instance with the same options.
        acknowledged: An event is delivered when the handler has returned: one whose handler raised
            is handed to that handler again.
    """

    durable: bool = False
    ordered: bool = False
    replayable: bool = False
    acknowledged: bool = False


@runtime_checkable
class Receiver(Protocol):
    """Hands out the events of one subscription, and keeps those that nobody is done with.

    One thread calls all its methods. What is neither acknowledged nor buried is handed out again,
    after `retry` or when its receiver is gone.
    """

    def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return at most `limit` events, oldest first; wait up to so many seconds for the first.

        Raises:
            Exception: The broker cannot be reached; the caller waits and asks again.
        """
        ...

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """These are done: never hand them out again to this group."""
        ...

    def retry(self, delivery: Delivery, after: float) -> None:
        """Hand this one out again, not before so many seconds."""
        ...

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Put this one to the dead letters, then forget it."""
        ...

    def extend(self, deliveries: Sequence[Delivery]) -> None:
        """These are still being worked on: do not hand them to anyone else."""
        ...

    def close(self) -> None:
        """Give back what was handed out and is not done, and release everything."""
        ...


@runtime_checkable
class DeadLetters(Protocol):
    """Where events go that were given up."""

    def put(self, letter: DeadLetter) -> None:
        """Keep a letter."""
        ...

    def letters(self) -> Iterable[DeadLetter]:
        """Return all letters, oldest first."""
        ...

    def remove(self, letter_id: str) -> bool:
        """Forget a letter; tell whether it was there."""
        ...
