"""Killing a broker under publishers, and reading afterwards what it has kept."""

from __future__ import annotations

import random
from contextlib import ExitStack
from threading import Event as Flag
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING

from attrs import define, field

from eventflow.bus.bus import EventBus
from eventflow.bus.delivery import Ack
from eventflow.events import BaseEvent
from faultkit.history import History

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.types import Transport
    from faultkit.disk_fuse import ForgetfulMount
    from faultkit.worlds import Broken, World

_PUBLISHERS = 4
_PATIENCE = 30.0


@define
class PowerCut:
    """A server on a disk that forgets what was not synced: killing it is a loss of power."""

    server: Broken
    disk: ForgetfulMount

    def kill(self) -> None:
        """Turn off the power."""
        self.disk.lose_power()
        self.server.kill()

    def start(self) -> None:
        """Turn it on."""
        self.disk.mount()
        self.server.start()


@define
class BrokerKills:
    """Publishers that go on while their broker is killed and started, again and again.

    Attributes:
        world: The transport and its server.
        server: What is killed and started.
        seed: Of the moments.
        tamper: Breaks a transport, for negative controls.
        history: What was attempted and acknowledged.
    """

    world: World
    server: Broken | PowerCut
    seed: int = 1
    tamper: Callable[[Transport], object] = field(default=lambda _: None)
    history: History = field(factory=History)
    _ended: Flag = field(factory=Flag)

    def run(self, kills: int) -> list[str]:
        """End the broker so many times; return what it keeps in the end, in its order."""
        chance = random.Random(self.seed)  # noqa: S311 - a trial that can be repeated
        transport = self.world.connect()
        self.tamper(transport)
        with ExitStack() as stack:
            bus = stack.enter_context(EventBus(transport))
            names = [f"p{number}" for number in range(_PUBLISHERS)]
            threads = [Thread(target=self._publish, args=(bus, name)) for name in names]
            for thread in threads:
                thread.start()
            try:
                for _ in range(kills):
                    self._kill(chance)
            finally:
                self._ended.set()
                for thread in threads:
                    thread.join()
        return self._kept()

    def _kill(self, chance: random.Random) -> None:
        """Kill it in the middle of the work, and start it on what it has kept."""
        wanted = len(self.history.acknowledged) + chance.randint(1, 40)
        until = monotonic() + _PATIENCE
        while len(self.history.acknowledged) < wanted:
            assert monotonic() < until, "nothing is acknowledged any more"
            sleep(0.001)
        sleep(chance.random() * 0.005)
        self.server.kill()
        self.server.start()

    def _publish(self, bus: EventBus, publisher: str) -> None:
        while not self._ended.is_set():
            event = BaseEvent(event_type="kill.me", source=publisher)
            name = str(event.event_id)
            self.history.attempt(name, publisher)
            if bus.publish_and_wait(event, timeout=_PATIENCE).reached is Ack.DURABLE:
                self.history.acknowledge(name)

    def _kept(self) -> list[str]:
        transport = self.world.connect()
        receiver = transport.open("*", start="earliest")
        found: list[str] = []
        while some := receiver.receive(1000, 0.5):
            found += [str(delivery.event.event_id) for delivery in some]
        receiver.close()
        transport.close()
        return found
