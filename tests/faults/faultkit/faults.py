"""What goes wrong on the way of an event, by name: twelve faults, and three more."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Event as Flag
from time import sleep
from typing import TYPE_CHECKING

from attrs import frozen

from faultkit import proxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from random import Random

    from faultkit.worlds import World


@frozen
class FaultCase:
    """A fault, and what it excuses.

    Attributes:
        happens: Holds while it lasts; healed when it is left.
        gentle: Whether no connection breaks, so that also a transport that keeps nothing must
            deliver everything.
        destroys: Whether it takes away what the server has kept.
    """

    happens: Callable[[World, Random], AbstractContextManager[None]]
    gentle: bool = False
    destroys: bool = False


def _on_the_way(
    fault: Callable[[Random], proxy.Fault],
) -> Callable[[World, Random], AbstractContextManager[None]]:
    """Return what lets bytes suffer a fault."""

    @contextmanager
    def happens(world: World, chance: Random) -> Iterator[None]:
        assert world.proxy is not None
        world.proxy.fault = fault(chance)
        yield
        world.proxy.fault = proxy.NONE

    return happens


@contextmanager
def _reset(world: World, chance: Random) -> Iterator[None]:
    assert world.proxy is not None
    world.proxy.reset()
    world.proxy.fault = proxy.Fault(reset_after=chance.randint(20, 2_000))
    yield
    world.proxy.fault = proxy.NONE


@contextmanager
def _half_open(world: World, chance: Random) -> Iterator[None]:
    assert world.proxy is not None
    world.proxy.fault = proxy.Fault(half_open=True)
    world.proxy.cut()
    yield
    world.proxy.fault = proxy.NONE


@contextmanager
def _frozen(world: World, chance: Random) -> Iterator[None]:
    assert world.server is not None
    world.server.stop()
    yield
    world.server.resume()


@contextmanager
def _killed(world: World, chance: Random) -> Iterator[None]:
    assert world.server is not None
    world.server.kill()
    yield
    world.server.start()


@contextmanager
def _wiped(world: World, chance: Random) -> Iterator[None]:
    assert world.server is not None
    world.server.kill()
    yield
    world.server.wipe()


@contextmanager
def _refused(world: World, chance: Random) -> Iterator[None]:
    assert world.refuse is not None
    world.refuse(True)  # noqa: FBT003 - on
    yield
    world.refuse(False)  # noqa: FBT003 - off


@contextmanager
def _full(world: World, chance: Random) -> Iterator[None]:
    assert world.fill is not None
    world.fill(True)  # noqa: FBT003 - on
    yield
    world.fill(False)  # noqa: FBT003 - off


@contextmanager
def _slow(world: World, chance: Random) -> Iterator[None]:
    """Let one event take as long as the fault lasts, and the next ones a little."""
    healed = Flag()
    world.work = lambda: healed.wait(5.0)
    yield
    world.work = lambda: sleep(0.002)
    healed.set()


def _way(name: str, low: float, high: float) -> Callable[[Random], proxy.Fault]:
    """Return a fault of the network, of a size by chance."""
    whole = isinstance(low, int)
    return lambda chance: proxy.Fault(
        **{name: chance.randint(int(low), int(high)) if whole else chance.uniform(low, high)}  # type: ignore[arg-type] # each name takes its own number
    )


FAULTS: Mapping[str, FaultCase] = {
    "latency": FaultCase(_on_the_way(_way("latency_seconds", 0.005, 0.05)), gentle=True),
    "reset": FaultCase(_reset),
    "half-open": FaultCase(_half_open),
    "stall": FaultCase(_on_the_way(_way("stall_after", 0, 2_000))),
    "split": FaultCase(_on_the_way(_way("split_bytes", 1, 40)), gentle=True),
    "coalesce": FaultCase(_on_the_way(_way("coalesce_seconds", 0.005, 0.05)), gentle=True),
    "cut reply": FaultCase(_on_the_way(_way("close_after", 20, 2_000))),
    "frozen server": FaultCase(_frozen),
    "killed server": FaultCase(_killed),
    "wiped server": FaultCase(_wiped, destroys=True),
    "refusing server": FaultCase(_refused),
    "slow consumer": FaultCase(_slow, gentle=True),
    "full server": FaultCase(_full),
    "garbage": FaultCase(_on_the_way(_way("garbage_bytes", 1, 100))),
}
