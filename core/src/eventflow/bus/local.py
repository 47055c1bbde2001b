"""A receiver for transports that call handlers themselves: a queue between the two."""

from __future__ import annotations

import heapq
from collections import deque
from threading import Condition
from time import monotonic
from typing import TYPE_CHECKING

from attrs import evolve

from eventflow.bus.delivery import Delivery, letter_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.types import DeadLetters, Event, Transport


class LocalReceiver:
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
        self._transport, self._letters, self._group = transport, letters, group
        self._most = most
        self._ready: deque[Delivery] = deque()
        self._later: list[tuple[float, int, Delivery]] = []
        self._number = 0
        self._changed = Condition()
        self._subscription = transport.subscribe(pattern, self._arrived)

    def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return at most `limit` events, oldest first; wait up to so many seconds for the first."""
        until = monotonic() + wait
        with self._changed:
            while not self._due() and (left := until - monotonic()) > 0:
                self._changed.wait(min(left, self._next()))
            return [self._ready.popleft() for _ in range(min(limit, len(self._ready)))]

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Nothing is kept of what was handed out."""

    def retry(self, delivery: Delivery, after: float) -> None:
        """Hand this one out again, not before so many seconds."""
        with self._changed:
            self._number += 1
            again = evolve(delivery, attempt=delivery.attempt + 1)
            heapq.heappush(self._later, (monotonic() + after, self._number, again))

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Put this one to the dead letters."""
        self._letters.put(letter_of(delivery, reason, self._group))

    def extend(self, deliveries: Sequence[Delivery]) -> None:
        """Nobody else gets what this one has."""

    def close(self) -> None:
        """Unsubscribe, and bury what nobody has been asked to handle."""
        self._transport.unsubscribe(self._subscription)
        with self._changed:
            left = [*self._ready, *(delivery for _, _, delivery in self._later)]
            self._ready.clear()
            self._later.clear()
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
        while self._later and self._later[0][0] <= monotonic():
            self._ready.append(heapq.heappop(self._later)[2])
        return bool(self._ready)

    def _next(self) -> float:
        """Return the seconds until something is due again."""
        return max(self._later[0][0] - monotonic(), 0.0) if self._later else 60.0
