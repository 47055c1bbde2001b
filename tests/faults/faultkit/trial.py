"""One trial of a transport: publish and handle while a fault happens, then judge."""

from __future__ import annotations

import random
from contextlib import ExitStack
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING

from attrs import Factory, define, evolve, field

from eventflow.bus.bus import EventBus
from eventflow.bus.delivery import Ack
from eventflow.bus.handling import Handling
from eventflow.events import BaseEvent
from faultkit.campaign import rounds
from faultkit.faults import FAULTS
from faultkit.history import History
from faultkit.worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eventflow.types import Event, Promises, Transport
    from faultkit.history import Judgement
    from faultkit.worlds import World

PUBLISHERS, EACH = 4, rounds(25, 50)
_ANSWER = 20.0  # seconds that a publisher waits for its receipt
_START = 30.0  # seconds in which publishers must have begun, and a listener be back
_QUIET = 0.3  # seconds without news after which nothing more is expected
_UNLIKE = "after"  # publisher of what is published when the fault is over


@define
class Trial:
    """Publishers, a handler in a group, and what both have seen.

    Attributes:
        world: The transport and its surroundings.
        handling: How the handler is called.
        tamper: Breaks a transport, for negative controls.
        arrival: Seconds in which what is owed must be handled.
        history: What was attempted and acknowledged.
        got: What was handled, in order.
        excused: May be lost, by the nature of the fault.
    """

    world: World
    handling: Handling = Factory(Handling)
    tamper: Callable[[Transport], object] = field(default=lambda _: None)
    arrival: float = 30.0
    history: History = Factory(History)
    got: list[str] = Factory(list)
    excused: set[object] = Factory(set)

    def run(self, fault: str, seed: int) -> Judgement:
        """Publish, let the fault happen at a moment by chance, heal, and wait for what is owed."""
        chance = random.Random(seed)  # noqa: S311 - a trial that can be repeated
        case = FAULTS.get(fault)
        with ExitStack() as stack:
            bus = stack.enter_context(EventBus(self._client()))
            handles = stack.enter_context(EventBus(self._client()))
            self._subscribe(handles)
            threads = [
                Thread(target=self._publish, args=(bus, f"p{n}", EACH)) for n in range(PUBLISHERS)
            ]
            for thread in threads:
                thread.start()
            self._await_attempts(chance.randint(10, PUBLISHERS * EACH // 2))
            if case is not None:
                with case.happens(self.world, chance):
                    sleep(chance.uniform(0.1, 0.7))
                    if case.destroys:
                        self.excused |= set(self.history.attempts)
            for thread in threads:
                thread.join()
            if case is not None and not (case.gentle or self.world.promises.durable):
                self.excused |= set(self.history.attempts)
                self._await_listener(bus)
            self._publish(bus, _UNLIKE, 10)
            self._await_arrival()
        return self.judge()

    def judge(self) -> Judgement:
        """Say what is wrong; losses that are excused are told apart."""
        judgement = self.history.judge(self.got)
        missed = tuple(name for name in judgement.lost if name in self.excused)
        lost = tuple(name for name in judgement.lost if name not in self.excused)
        return evolve(judgement, lost=lost, missed=missed)

    def _client(self) -> Transport:
        transport = self.world.connect()
        self.tamper(transport)
        return transport

    def _subscribe(self, bus: EventBus) -> None:
        def handle(event: Event) -> None:
            self.world.work()
            self.got.append(str(event.event_id))

        start = "earliest" if self.world.promises.replayable else "new"
        bus.subscribe("trial.*", handle, group="g", start=start, handling=self.handling)

    def _publish(self, bus: EventBus, publisher: str, number: int) -> None:
        """Publish one after the other; what a receipt says is safe is acknowledged."""
        for _ in range(number):
            event = BaseEvent(event_type="trial.event", source=publisher)
            name = str(event.event_id)
            self.history.attempt(name, publisher)
            receipt = bus.publish_and_wait(event, timeout=_ANSWER)
            enough = Ack.DURABLE if self.world.promises.durable else Ack.ACCEPTED
            if receipt.reached is enough:
                self.history.acknowledge(name)

    def _await_attempts(self, number: int) -> None:
        until = monotonic() + _START
        while len(self.history.attempts) < number and monotonic() < until:
            sleep(0.001)

    def _await_listener(self, bus: EventBus) -> None:
        """Publish until something arrives: the subscriber is there again."""
        before, until = len(self.got), monotonic() + _START
        while len(self.got) == before and monotonic() < until:
            self._publish(bus, "probe", 1)
            self.excused |= set(self.history.attempts)
            sleep(0.05)

    def _await_arrival(self) -> None:
        """Wait until what is owed is there, and until nothing more arrives."""
        until = monotonic() + self.arrival
        while not self.owed() <= set(self.got) and monotonic() < until:
            sleep(0.01)
        seen, since = len(self.got), monotonic()
        while monotonic() - since < _QUIET:
            sleep(0.01)
            if len(self.got) != seen:
                seen, since = len(self.got), monotonic()

    def owed(self) -> set[object]:
        """Return what was acknowledged, and is not excused."""
        return set(self.history.acknowledged) - self.excused


def broken_promises(judgement: Judgement, promises: Promises) -> list[str]:
    """Say which promises a judgement breaks."""
    broken = {
        "an acknowledged event was not handled": judgement.lost,
        "an event was handled twice": judgement.duplicated,
        "events of a publisher changed places": judgement.reordered if promises.ordered else (),
        "an event was handled that nobody published": judgement.invented,
    }
    return [what for what, names in broken.items() if names]


def try_out(transport: str, fault: str, seed: int, folder: Path) -> Judgement:
    """Run a trial of a transport in a world of its own.

    Clients wait for a slow network, and not long for a broken one, so that trials are short.
    """
    patience = 5.0 if FAULTS[fault].gentle else 0.5
    with WORLDS[transport].world(folder, seed, patience) as world:
        return Trial(world).run(fault, seed)
