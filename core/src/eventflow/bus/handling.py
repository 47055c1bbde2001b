"""How a handler is to be called: how many at once, how long, how often, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import Factory, field, frozen, validators

from eventflow.bus.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.types import Event


def by_id(event: Event) -> str:
    """Return the event's id: equal ids are the same event."""
    return str(event.event_id)


@frozen(kw_only=True)
class Handling:
    """How a handler is called.

    Attributes:
        concurrency: Calls at the same time. With 1 events are handled one after the other.
        timeout: Seconds that a call may take; then it counts as failed. A handler that is a
            coroutine function is cancelled; of another, what it still does is not waited for.
            None waits for ever.
        attempts: How often an event is handed out before it goes to the dead letters.
        backoff: Waits between the attempts.
        key: Events of one key are handled one after the other, in the order in which they come,
            also when one of them is tried again; None keeps no order beside `concurrency` 1.
        identity: Events of equal identity are handled once.
        remember: How many identities are remembered, per group; 0 handles every delivery.
    """

    concurrency: int = field(default=1, validator=validators.ge(1))
    timeout: float | None = field(default=None, validator=validators.optional(validators.gt(0.0)))
    attempts: int = field(default=5, validator=validators.ge(1))
    backoff: Backoff = Factory(Backoff)
    key: Callable[[Event], object] | None = None
    identity: Callable[[Event], str] = by_id
    remember: int = field(default=100_000, validator=validators.ge(0))
