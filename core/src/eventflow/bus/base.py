"""The base class of transports: each pair of methods made out of the other."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from eventflow.bus.publisher import in_words
from eventflow.component import BaseComponent, lacks
from eventflow.types import Promises

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.bus.letters import MemoryDeadLetters
    from eventflow.bus.subscriptions import Subscriptions
    from eventflow.types import DeadLetters, Event, Receiver

_log = logging.getLogger(__name__)


class BaseTransport(BaseComponent):
    """A transport that promises nothing; override `publish` and `subscribe`.

    Attributes:
        failures: How often something went wrong that `publish` may not raise; the run that used
            the transport warns of it (EF701).
        first_failure: The first of them, in words.
        begins: Where what `subscribe` makes of `open` begins: ``new``, or ``earliest``.
        closed: Whether `close` was called; `publish` drops events from then on.
    """

    promises: ClassVar[Promises] = Promises()
    instant: ClassVar[bool] = False
    failures: int = 0
    first_failure: str = ""
    begins: ClassVar[str] = "new"
    closed: bool = False

    def failed(self, what: str, error: BaseException) -> None:
        """Log and count what `publish` may not raise."""
        self.failures += 1
        self.first_failure = self.first_failure or f"{what}: {in_words(error)}"
        _log.error("%s", what, exc_info=error)

    def publish(self, event: Event) -> None:
        """Hand over one event, with `send`; after `close` it is dropped."""
        if self.closed:
            return
        if type(self).send is BaseTransport.send:
            raise NotImplementedError(lacks(self, "publish"))
        try:
            self.send([event])
        except Exception as error:  # noqa: BLE001 - brokers raise what they like
            self.failed(f"{event.event_type} was not sent", error)

    def send(self, events: Sequence[Event]) -> Sequence[str]:
        """Hand over events, with `publish`, which tells nobody of its failures."""
        for event in events:
            self.publish(event)
        return [""] * len(events)

    def subscribe(self, pattern: str, handler: Any) -> str:
        """Call a handler with what `open` hands out, in a thread; first what `begins` says."""
        if type(self).open is BaseTransport.open:
            raise NotImplementedError(lacks(self, "subscribe"))
        return self._subscriptions.add(
            lambda after: self.open(pattern, start=after or self.begins), handler
        )

    def unsubscribe(self, subscription: str) -> None:
        """End a subscription."""
        if type(self).open is BaseTransport.open:
            raise NotImplementedError(lacks(self, "unsubscribe"))
        self._subscriptions.end(subscription)

    def open(self, pattern: str, *, group: str = "", start: str = "new") -> Receiver:
        """Queue in this process what `subscribe` delivers; it begins now, whatever `start` says."""
        from eventflow.bus.local import LocalReceiver  # noqa: PLC0415 - delayed: only on a bus

        del start
        return LocalReceiver(self, pattern, self.dead_letters(), group=group)

    def applied(self, position: str, group: str) -> bool:
        """Nothing is known of other subscribers."""
        del position, group
        return False

    def dead_letters(self) -> DeadLetters:
        """Return letters that are kept in memory, the last ones."""
        return self._letters

    def close(self) -> None:
        """End the subscriptions that `subscribe` made of `open`."""
        self.closed = True
        if "_subscriptions" in vars(self):
            self._subscriptions.close()

    @cached_property
    def _subscriptions(self) -> Subscriptions:
        from eventflow.bus.subscriptions import Subscriptions  # noqa: PLC0415 - delayed: asyncio

        return Subscriptions()

    @cached_property
    def _letters(self) -> MemoryDeadLetters:
        from eventflow.bus.letters import MemoryDeadLetters  # noqa: PLC0415 - delayed: the events

        return MemoryDeadLetters()
