"""Transports for tests, one with a broker that can be away, refuse and forget; and what waits."""

from __future__ import annotations

import threading
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from attrs import evolve, frozen

from eventflow.base import BaseTransport
from eventflow.bus.delivery import Delivery, letter_of
from eventflow.events import BaseEvent
from eventflow.events.patterns import matches
from eventflow.types import Promises

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventflow.types import DeadLetters, Event


@frozen(kw_only=True)
class Told(BaseEvent):
    """An event of the tests."""

    event_type: str = "test.told"
    n: int = 0
    who: str = ""
    payload: Any = None


class Broker(BaseTransport):
    """Keeps events and what each group has of them, as a server would; says so when it is away."""

    promises: ClassVar[Promises] = Promises(durable=True, ordered=True, acknowledged=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.log: list[Event] = []
        self.batches: list[int] = []
        self.away = 0
        self.groups: dict[str, dict[int, Delivery]] = {}
        self.next: dict[str, int] = {}
        self.done: dict[str, set[int]] = {}
        self.opened = 0
        self.changed = threading.Condition()

    def reach(self) -> None:
        """Raise while it is away."""
        if self.away:
            self.away -= 1
            msg = "the broker is away"
            raise ConnectionError(msg)

    def send(self, events: Sequence[Event]) -> Sequence[str]:
        with self.changed:
            self.reach()
            self.batches.append(len(events))
            begin = len(self.log)
            self.log.extend(events)
            self.changed.notify_all()
            return [str(begin + i + 1) for i in range(len(events))]

    def open(self, pattern: str, *, group: str = "", start: str = "new") -> BrokerReceiver:
        with self.changed:
            self.reach()
            self.opened += 1
            name = group or f"alone {self.opened}"
            self.groups.setdefault(name, {})
            self.done.setdefault(name, set())
            places = {"earliest": 0, "new": len(self.log)}
            self.next.setdefault(name, places[start] if start in places else int(start))
            return BrokerReceiver(self, pattern, name)

    def applied(self, position: str, group: str) -> bool:
        with self.changed:
            return int(position) in self.done.get(group, set())


class BrokerReceiver:
    """Hands out what its group has not had; what is not done comes back with one attempt more."""

    def __init__(self, broker: Broker, pattern: str, group: str) -> None:
        self.broker, self.pattern, self.group = broker, pattern, group
        self.mine: dict[str, Delivery] = {}
        self.later: list[tuple[float, Delivery]] = []

    @property
    def letters(self) -> DeadLetters:
        return self.broker.dead_letters()

    def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        until = monotonic() + wait
        with self.broker.changed:
            self.broker.reach()
            while True:
                found = self._ready(limit)
                left = until - monotonic()
                if found or left <= 0:
                    break
                self.broker.changed.wait(min(left, 0.01))
        self.mine |= {d.position: d for d in found}
        return found

    def _ready(self, limit: int) -> list[Delivery]:
        now = monotonic()
        due = [d for at, d in self.later if at <= now]
        self.later = [(at, d) for at, d in self.later if at > now]
        left = self.broker.groups[self.group]
        found = [*due, *left.values()]
        left.clear()
        while len(found) < limit and self.broker.next[self.group] < len(self.broker.log):
            event = self.broker.log[self.broker.next[self.group]]
            self.broker.next[self.group] += 1
            if matches(self.pattern, event.event_type):
                found.append(Delivery(event=event, position=str(self.broker.next[self.group])))
        return found

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        with self.broker.changed:
            self.broker.reach()
            for delivery in deliveries:
                self.mine.pop(delivery.position, None)
                self.broker.done[self.group].add(int(delivery.position))

    def retry(self, delivery: Delivery, after: float) -> None:
        self.broker.reach()
        self.mine.pop(delivery.position, None)
        self.later.append((monotonic() + after, evolve(delivery, attempt=delivery.attempt + 1)))

    def bury(self, delivery: Delivery, reason: str) -> None:
        self.broker.reach()
        self.mine.pop(delivery.position, None)
        self.letters.put(letter_of(delivery, reason, self.group))

    def extend(self, deliveries: Sequence[Delivery]) -> None:
        del deliveries

    def close(self) -> None:
        """Give back what is not done."""
        with self.broker.changed:
            back = [*self.mine.values(), *(d for _, d in self.later)]
            again = {int(d.position): evolve(d, attempt=d.attempt + 1) for d in back}
            self.broker.groups[self.group] |= again
            self.mine.clear()
            self.later.clear()


class Seen:
    """What a handler was called with, and a way to wait for it."""

    def __init__(self, wanted: int) -> None:
        self.events: list[Any] = []
        self.full = threading.Event()
        self._wanted = wanted
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        with self._lock:
            self.events.append(event)
            if len(self.events) >= self._wanted:
                self.full.set()

    def wait(self) -> list[Any]:
        """Return the events once they are all there."""
        assert self.full.wait(10), f"{len(self.events)} of {self._wanted} arrived"
        return self.events


def until(there: Callable[[], bool]) -> None:
    """Wait for something that has no event of its own."""
    waited = threading.Event()
    for _ in range(1000):
        if there():
            return
        waited.wait(0.01)
    pytest.fail("it did not come about")
