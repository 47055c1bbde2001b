"""What a receiver keeps in memory of events that no broker hands out again."""

from __future__ import annotations

import heapq
from time import monotonic
from typing import TYPE_CHECKING

from attrs import define, evolve, field

if TYPE_CHECKING:
    from eventflow.bus.delivery import Delivery


@define
class Again:
    """Deliveries to be tried again, by when they are due."""

    _later: list[tuple[float, int, Delivery]] = field(factory=list)
    _number: int = 0

    def put(self, delivery: Delivery, after: float) -> None:
        """Keep one for so many seconds."""
        self._number += 1
        again = evolve(delivery, attempt=delivery.attempt + 1)
        heapq.heappush(self._later, (monotonic() + after, self._number, again))

    def due(self, limit: int) -> list[Delivery]:
        """Take those that are due, at most so many."""
        found: list[Delivery] = []
        while self._later and self._later[0][0] <= monotonic() and len(found) < limit:
            found.append(heapq.heappop(self._later)[2])
        return found

    def every(self) -> list[Delivery]:
        """Take all, due or not."""
        found = [delivery for _, _, delivery in self._later]
        self._later.clear()
        return found

    def wait(self, most: float) -> float:
        """Return the seconds until the next one is due, at most so many."""
        return max(min(self._later[0][0] - monotonic(), most), 0.0) if self._later else most
