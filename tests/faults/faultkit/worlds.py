"""Transports under test, each with what its events pass on their way: one entry per transport.

A world lets the campaign connect as often as it likes, through a proxy where there is a network,
to a server of its own where there is one. What it lacks, a fault cannot break.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from attrs import define, field, frozen

from eventflow.bus.memory import InMemoryTransport
from eventflow.store.transport import StoreTransport
from eventflow_nats.transport import NatsTransport
from eventflow_redis.pubsub import RedisPubSubTransport
from eventflow_redis.streams import RedisTransport
from faultkit.holder import Holder
from faultkit.nats_server import NatsServer
from faultkit.proxy import FaultProxy
from faultkit.redis_server import RedisServer, tell_redis

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from eventflow.types import Promises, Transport
    from faultkit.redis_server import Sync


class Broken(Protocol):
    """What faults do to a server, or to what stands in its place."""

    def kill(self) -> None:
        """End it at once."""

    def start(self) -> None:
        """Start it on what it has kept."""

    def wipe(self) -> None:
        """Start it empty."""

    def stop(self) -> None:
        """Freeze it."""

    def resume(self) -> None:
        """Let it go on."""


@define
class World:
    """One transport and its surroundings.

    Attributes:
        connect: Makes a client.
        promises: What the transport promises.
        proxy: The network between the clients and the server.
        server: What can be killed, frozen and emptied.
        refuse: Lets the server refuse every client, or no more.
        fill: Lets the server have no room, or room again.
        work: Called before each event is handled.
        kind: Class of the transport, where another process may connect as well.
        options: With which it does.
    """

    connect: Callable[[], Transport]
    promises: Promises
    proxy: FaultProxy | None = None
    server: Broken | None = None
    refuse: Callable[[bool], None] | None = None
    fill: Callable[[bool], None] | None = None
    work: Callable[[], object] = field(default=lambda: None)
    kind: type[Transport] | None = None
    options: Mapping[str, Any] = field(factory=dict)


Making = Callable[[Path, int, float], "AbstractContextManager[World]"]


@frozen
class Entry:
    """How to make a transport's world, and which faults it cannot have.

    Attributes:
        world: Makes it: in a folder, with a seed, and the seconds that clients wait for a reply.
        promises: What the transport promises.
        lacks: Fault → why it cannot happen.
        overtakes: Fault → why events may change places then, whatever is promised otherwise.
    """

    world: Making
    promises: Promises
    lacks: Mapping[str, str]
    overtakes: Mapping[str, str] = field(factory=dict)


@contextmanager
def _memory(folder: Path, seed: int, patience: float) -> Iterator[World]:
    del folder, seed, patience
    only = InMemoryTransport()
    yield World(lambda: only, only.promises)


@contextmanager
def _store(folder: Path, seed: int, patience: float) -> Iterator[World]:
    del seed, patience
    path = folder / "events.sqlite"
    with Holder(path) as holder:
        yield World(
            lambda: StoreTransport(path=path, poll_seconds=0.02),
            StoreTransport.promises,
            server=holder,
        )


def redis_world(kind: Any, sync: Sync) -> Making:
    """Return what makes the world of one of the transports of Redis."""

    @contextmanager
    def world(folder: Path, seed: int, patience: float) -> Iterator[World]:
        with ExitStack() as stack:
            server = stack.enter_context(RedisServer(folder, sync=sync))
            proxy = stack.enter_context(FaultProxy(server.port, seed=seed))
            options: dict[str, Any] = {
                "url": server.url.replace(str(server.port), str(proxy.port)),
                "connect_seconds": patience, "timeout_seconds": patience, "retries": 0,
            }  # fmt: skip
            yield World(
                lambda: kind(**options),
                kind.promises,
                proxy,
                server,
                refuse=lambda on: _refuse(server.port, on=on),
                fill=lambda on: tell_redis(
                    server.port, ["CONFIG", "SET", "maxmemory", "1" if on else "0"]
                ),
                kind=kind,
                options=options,
            )

    return world


@contextmanager
def _nats(folder: Path, seed: int, patience: float) -> Iterator[World]:
    with ExitStack() as stack:
        server = stack.enter_context(NatsServer(folder))
        proxy = stack.enter_context(FaultProxy(server.port, seed=seed))
        options: dict[str, Any] = {
            "url": server.url.replace(str(server.port), str(proxy.port)),
            "connect_seconds": patience, "timeout_seconds": patience,
        }  # fmt: skip
        yield World(
            lambda: NatsTransport(**options),
            NatsTransport.promises,
            proxy,
            server,
            refuse=lambda on: server.ask_for("other" if on else ""),
            kind=NatsTransport,
            options=options,
        )


def _refuse(port: int, *, on: bool) -> None:
    """Ask for a password that nobody has, also those who are connected; or ask for none."""
    if on:
        kill = [["CLIENT", "KILL", "TYPE", kind] for kind in ("normal", "pubsub")]
        tell_redis(port, *kill, ["CONFIG", "SET", "requirepass", "other"])
    else:
        tell_redis(port, ["AUTH", "other"], ["CONFIG", "SET", "requirepass", ""])


_NETWORK = ("latency", "reset", "half-open", "stall", "split", "coalesce", "cut reply", "garbage")
_SERVER = ("frozen server", "killed server", "wiped server", "refusing server", "full server")
_BROKEN = (
    "reset", "half-open", "stall", "cut reply", "garbage", "frozen server", "killed server",
    "refusing server",
)  # fmt: skip
_NO_NETWORK = "there is no network"

WORLDS: Mapping[str, Entry] = {
    "memory": Entry(
        _memory,
        InMemoryTransport.promises,
        dict.fromkeys(_NETWORK, _NO_NETWORK) | dict.fromkeys(_SERVER, "there is no server"),
    ),
    "store": Entry(
        _store,
        StoreTransport.promises,
        dict.fromkeys(_NETWORK, _NO_NETWORK)
        | {
            "wiped server": "who removes the file removes the store",
            "refusing server": "rights are looked at when the file is opened",
            "full server": "a full disk is tried in `core/tests/store/test_bad_places.py`",
        },
    ),
    "redis": Entry(redis_world(RedisTransport, "always"), RedisTransport.promises, {}),
    "nats": Entry(
        _nats,
        NatsTransport.promises,
        {"full server": "the room of a stream is part of the server's configuration"},
        dict.fromkeys(_BROKEN, "what was lost on its way is sent again later"),
    ),
    "redis.pubsub": Entry(
        redis_world(RedisPubSubTransport, "none"),
        RedisPubSubTransport.promises,
        {"full server": "it stores nothing"},
    ),
}
"""Transport → its world. A transport is added here, and nowhere else."""
