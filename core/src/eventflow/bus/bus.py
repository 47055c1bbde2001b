"""The bus: what programs publish to and subscribe at, whatever carries the events."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import frozen

from eventflow.bus.delivery import Ack, Receipt
from eventflow.bus.letters import FolderDeadLetters
from eventflow.bus.memory import InMemoryTransport
from eventflow.bus.noop import NoOpTransport
from eventflow.bus.outbox import Outbox, OutboxCounts, Queueing
from eventflow.bus.publisher import in_words
from eventflow.bus.subscriptions import Subscriptions
from eventflow.events.patterns import compile_pattern

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Mapping
    from types import TracebackType

    from eventflow.bus.handling import Handling
    from eventflow.bus.worker import Counts
    from eventflow.types import DeadLetters, Event, Transport

    Handler = Callable[..., Any]
    H = TypeVar("H", bound=Callable[..., Any])

_log = logging.getLogger(__name__)

_ASKED_EVERY = 0.02
"""Seconds between two questions whether a group is done with an event."""


@frozen(kw_only=True)
class BusMetrics:
    """What a bus has done so far; backpressure shows in ``published.waiting`` and ``.dropped``.

    Attributes:
        published: Of events that were published; None where nothing waits in a queue.
        subscriptions: Subscription → what its handler has done.
        failures: What went wrong in the transport or a handler and was kept from the program.
        breaker: ``closed`` while the transport is asked; ``open`` while it rests after failures.
        dead_letters: Events that were given up and are still kept.
    """

    published: OutboxCounts | None
    subscriptions: Mapping[str, Counts]
    failures: int
    breaker: str
    dead_letters: int


class EventBus:
    """Publishes events to a transport, and calls handlers with those that arrive.

    Publishing never raises, and never waits longer than `Queueing.block`: events go through a
    queue, and a thread sends them, unless the transport does no I/O. Handlers are called as their
    `Handling` says, with the same retries, order and dead letters over every transport.

    Example:
        >>> with EventBus() as bus:
        ...     @bus.on("order.*")
        ...     def ship(event): ...
        ...     bus.publish(OrderPlaced(order_id="7", cents=1250))

    Args:
        transport: What carries the events; in memory by default.
        queueing: How events wait for it.
        dead_letters: Folder, or store, for events that were given up; by default what the
            transport keeps them in.

    Attributes:
        active: Whether anything is published at all. Where events are costly to build, ask first:
            ``if bus.active: bus.publish(...)``.
        publish: Hands over one event; never raises.
    """

    active: bool
    publish: Callable[[Event], object]

    def __init__(
        self,
        transport: Transport | None = None,
        *,
        queueing: Queueing | None = None,
        dead_letters: DeadLetters | Path | str | None = None,
    ) -> None:
        """Nothing is sent or opened yet."""
        self.transport = InMemoryTransport() if transport is None else transport
        self.dead_letters = self._kept(dead_letters)
        self._subscriptions = Subscriptions()
        self._failures = 0
        self._outbox: Outbox | None = None
        self.active = not isinstance(self.transport, NoOpTransport)
        if type(self.transport) in (InMemoryTransport, NoOpTransport):
            self.publish = self.transport.publish
        elif self.transport.instant:
            self.publish = self._publish_at_once
        else:
            self._outbox = Outbox(self.transport, queueing or Queueing(), self.dead_letters)
            self.publish = self._outbox.put

    def publish_and_wait(
        self,
        event: Event,
        *,
        until: Ack = Ack.DURABLE,
        group: str = "",
        timeout: float = 5.0,
    ) -> Receipt:
        """Publish one event, and wait until it has got so far.

        Args:
            event: The event.
            until: How far: ``durable`` once the transport keeps it, ``applied`` once a handler of
                the group has returned.
            group: Whose handler; only for ``applied``.
            timeout: Seconds to wait at most.

        Returns:
            How far it got, and why no further. It does not raise: see `Receipt.reached`.
        """
        began = monotonic()
        if self._outbox is None:
            self.publish(event)
            receipt = Receipt(reached=Ack.ACCEPTED)
        else:
            receipt = self._outbox.put_and_wait(event, timeout)
        if until is Ack.ACCEPTED or receipt.reached is None or receipt.reason:
            return receipt
        if until is Ack.DURABLE:
            return receipt if receipt.reached is Ack.DURABLE else _no_more(receipt, self.transport)
        return self._until_applied(receipt, group, timeout - (monotonic() - began))

    async def publish_and_wait_async(self, event: Event, **options: Any) -> Receipt:
        """Do what `publish_and_wait` does, with its options, without blocking the event loop."""
        return await asyncio.to_thread(self.publish_and_wait, event, **options)

    def subscribe(
        self,
        pattern: str,
        handler: Handler,
        *,
        group: str = "",
        start: str = "new",
        handling: Handling | None = None,
    ) -> str:
        """Call a handler with the events whose type matches, from now on.

        Args:
            pattern: ``order.placed``, ``order.*``, ``*.error.*``; a star stands for one segment or
                more.
            handler: Called with each event; may be a coroutine function.
            group: Handlers of one group share the events; each event goes to one of them. Empty:
                this handler gets all.
            start: Where a group that is not known yet begins: ``new``, ``earliest`` or a position.
            handling: How it is called.

        Returns:
            The subscription, for `unsubscribe`.

        Raises:
            ValueError: The pattern is malformed.
            Exception: The transport cannot be reached.
        """
        compile_pattern(pattern)
        direct = handling is None and not group and self.transport.instant
        if direct and start == "new" and not asyncio.iscoroutinefunction(handler):
            return self.transport.subscribe(pattern, handler)
        return self._subscriptions.add(
            lambda after: self.transport.open(
                pattern, group=group, start=start if group else after or start
            ),
            handler,
            handling,
            group or pattern,
        )

    def on(self, pattern: str, **options: Any) -> Callable[[H], H]:
        """Subscribe the function below; options are those of `subscribe`."""

        def subscribed(handler: H) -> H:
            self.subscribe(pattern, handler, **options)
            return handler

        return subscribed

    def unsubscribe(self, subscription: str) -> None:
        """End a subscription when its handler has come to an end; unknown ids are ignored."""
        self.transport.unsubscribe(subscription)
        self._subscriptions.end(subscription)

    def events(
        self, pattern: str, *, start: str = "new", wait: float | None = None
    ) -> Generator[Event]:
        """Yield events whose type matches, as they arrive.

        Args:
            pattern: Which types.
            start: ``new``, ``earliest`` or a position.
            wait: Seconds to wait for the next one before it ends; None waits for ever.
        """
        receiver = self.transport.open(pattern, start=start)
        try:
            while True:
                found = receiver.receive(1, 0.5 if wait is None else wait)
                for delivery in found:
                    yield delivery.event
                    receiver.ack([delivery])
                if not found and wait is not None:
                    return
        finally:
            receiver.close()

    async def events_async(
        self, pattern: str, *, start: str = "new", wait: float | None = None
    ) -> AsyncIterator[Event]:
        """Yield what `events` does, without blocking the event loop."""
        found = self.events(pattern, start=start, wait=wait)
        end = object()
        try:
            while (event := await asyncio.to_thread(next, found, end)) is not end:
                yield event  # type: ignore[misc] # it is not the end
        finally:
            await asyncio.to_thread(found.close)

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until everything is sent; tell whether it was."""
        return self._outbox is None or self._outbox.flush(timeout)

    def close(self, timeout: float = 5.0) -> None:
        """Send what waits, let handlers come to an end, and release the transport.

        Args:
            timeout: Seconds for either; what is not sent by then goes to the dead letters.
        """
        if self._outbox is not None:
            self._outbox.close(timeout)
        self._subscriptions.close(timeout)
        try:
            self.transport.close()
        except Exception as error:  # noqa: BLE001 - brokers raise what they like
            self._failed(error, "the transport could not be closed")

    def metrics(self) -> BusMetrics:
        """Return what it has done so far."""
        outbox = self._outbox
        return BusMetrics(
            published=None if outbox is None else outbox.counts,
            subscriptions=self._subscriptions.counts(),
            failures=self._failures + int(getattr(self.transport, "failures", 0)),
            breaker="closed" if outbox is None else outbox.breaker.state,
            dead_letters=sum(1 for _ in self.dead_letters.letters()),
        )

    def __enter__(self) -> Self:
        """Return the bus."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def _kept(self, where: DeadLetters | Path | str | None) -> DeadLetters:
        if where is None:
            return self.transport.dead_letters()
        return FolderDeadLetters(where) if isinstance(where, Path | str) else where

    def _publish_at_once(self, event: Event) -> None:
        try:
            self.transport.publish(event)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a handler or transport may raise anything
            self._failed(error, "an event could not be published")

    def _failed(self, error: BaseException, what: str) -> None:
        self._failures += 1
        _log.warning("%s: %s", what, in_words(error))

    def _until_applied(self, receipt: Receipt, group: str, left: float) -> Receipt:
        until = monotonic() + left
        while receipt.position:
            if self.transport.applied(receipt.position, group):
                return Receipt(reached=Ack.APPLIED, position=receipt.position)
            if monotonic() > until:
                late = f"no handler of {group or 'a group'} was done with it in time"
                return Receipt(reached=receipt.reached, position=receipt.position, reason=late)
            sleep(_ASKED_EVERY)
        return _no_more(receipt, self.transport)


def _no_more(receipt: Receipt, transport: Transport) -> Receipt:
    name = type(transport).__name__
    reason = f"{name} does not promise more than {receipt.reached}"
    return Receipt(reached=receipt.reached, position=receipt.position, reason=reason)
