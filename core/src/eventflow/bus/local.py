"""A receiver for transports that call handlers themselves: a queue between the two."""

from __future__ import annotations

from collections import deque
from threading import Condition
from time import monotonic
from typing import TYPE_CHECKING

from eventflow.bus.alone import AloneReceiver
from eventflow.bus.delivery import Delivery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.types import DeadLetters, Event, Transport


class LocalReceiver(AloneReceiver):
    """Keeps what a transport calls it with until it is acknowledged.

    It lives in this process: attempts are counted here, and what nobody is done with is gone with
    the process.

    Args:
        transport: Calls it.
        pattern: Which types.
        letters: Where it buries.
        group: Name in its dead letters.
        most: Events that wait at most; further ones are buried at once.
    """

    def __init__(
        self,
        transport: Transport,
        pattern: str,
        letters: DeadLetters,
        *,
        group: str = "",
        most: int = 100_000,
    ) -> None:
        """Subscribe."""
        super().__init__(letters, group)
        self._transport, self._most = transport, most
        self._ready: deque[Delivery] = deque()
        self._changed = Condition()
        self._subscription = transport.subscribe(pattern, self._arrived)

    def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return at most `limit` events, oldest first; wait up to so many seconds for the first."""
        until = monotonic() + wait
        with self._changed:
            while not self._due() and (left := until - monotonic()) > 0:
                self._changed.wait(self._again.wait(left))
            return [self._ready.popleft() for _ in range(min(limit, len(self._ready)))]

    def retry(self, delivery: Delivery, after: float) -> None:
        """Hand this one out again, not before so many seconds."""
        with self._changed:
            super().retry(delivery, after)

    def close(self) -> None:
        """Unsubscribe, and bury what nobody has been asked to handle."""
        self._transport.unsubscribe(self._subscription)
        with self._changed:
            left = [*self._ready, *self._again.every()]
            self._ready.clear()
        for delivery in left:
            self.bury(delivery, "its subscription ended before it was handled")

    def _arrived(self, event: Event) -> None:
        arrived = Delivery(event=event)
        with self._changed:
            if len(self._ready) < self._most:
                self._ready.append(arrived)
                self._changed.notify()
                return
        self.bury(arrived, f"{self._most:,} events were waiting for the handler")

    def _due(self) -> bool:
        """Move what is due again to what is ready; tell whether anything is."""
        self._ready.extend(self._again.due(self._most))
        return bool(self._ready)
