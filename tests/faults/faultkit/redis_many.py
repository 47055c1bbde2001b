"""Several Redis servers that belong together: a primary with sentinels, and a cluster."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any, Self

from redis import Redis
from redis.exceptions import RedisError

from faultkit.redis_server import RedisServer, program, say
from faultkit.servers import HOST, Server, free_port

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence
    from pathlib import Path

SERVICE = "main"
_SLOTS = 16384
_BUS, _LAST_PORT = 10_000, 65_535
_PATIENCE = 30.0


class RedisSentinel(Server):
    """Watches a primary, and makes a replica the primary half a second after that is gone.

    Args:
        folder: Where it lives.
        primary: Port of the primary at the beginning.
        quorum: How many sentinels must agree.
        password: What its clients must give, and it gives other sentinels.
    """

    name = "redis-sentinel"

    def __init__(self, folder: Path, primary: int, *, quorum: int, password: str = "") -> None:
        super().__init__(folder)
        self.primary, self.quorum, self.password = primary, quorum, password

    def command(self) -> Sequence[str]:
        """Write the configuration, which it changes itself, and return what to run."""
        lines = [
            f"bind {HOST}",
            f"port {self.port}",
            f"dir {self.data}",
            f"sentinel monitor {SERVICE} {HOST} {self.primary} {self.quorum}",
            f"sentinel down-after-milliseconds {SERVICE} 500",
            f"sentinel failover-timeout {SERVICE} 3000",
        ]
        if self.password:
            lines.append(f"requirepass {self.password}")
        place = self.folder / "sentinel.conf"
        place.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return [program(), str(place), "--sentinel"]

    def answers(self, connection: socket.socket) -> bool:
        """Whether it listens."""
        return say(connection, "PING")[:5] in (b"+PONG", b"-NOAU")


class Watched:
    """Two servers, of which one is the primary, and three sentinels.

    Args:
        folder: Where they live.
        password: Of the sentinels.

    Attributes:
        servers: The servers; the first is the primary at the beginning.
        sentinels: The sentinels.
    """

    def __init__(self, folder: Path, *, password: str = "") -> None:
        self.servers = [RedisServer(folder / f"server{i}", sync="always") for i in range(2)]
        self.servers[1].lines = [f"replicaof {HOST} {self.servers[0].port}"]
        self.sentinels = [
            RedisSentinel(
                folder / f"sentinel{i}", self.servers[0].port, quorum=2, password=password
            )
            for i in range(3)
        ]
        self.password = password or None
        self._all = ExitStack()

    @property
    def url(self) -> str:
        """The address that clients take."""
        return f"redis+sentinel://{','.join(f'{HOST}:{s.port}' for s in self.sentinels)}/{SERVICE}"

    def __enter__(self) -> Self:
        """Start them, and wait until the sentinels know the replica and each other."""
        with ExitStack() as started:
            for server in self.servers:
                started.enter_context(server)
            patiently(self._follows)
            for sentinel in self.sentinels:
                started.enter_context(sentinel)
            patiently(lambda: all(map(self._knows, self.sentinels)))
            self._all = started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End them."""
        self._all.close()

    def primary(self) -> int:
        """Return the port of the primary, as most sentinels say."""
        said = [self._asked(s).sentinel_get_master_addr_by_name(SERVICE) for s in self.sentinels]
        ports = sorted(int(port) for _, port in said)
        return ports[len(ports) // 2]

    def _follows(self) -> bool:
        said: Any = Redis(port=self.servers[0].port).info("replication")
        return bool(said["slave0"]["state"] == "online")

    def _knows(self, sentinel: RedisSentinel) -> bool:
        said = self._asked(sentinel).sentinel_master(SERVICE)
        return bool(said["num-slaves"] == 1 and said["num-other-sentinels"] == 2)

    def _asked(self, sentinel: RedisSentinel) -> Any:
        return Redis(
            port=sentinel.port, password=self.password, decode_responses=True, socket_timeout=5
        )


class RedisCluster:
    """Three primaries, without replicas; each keeps what it has on disk.

    Args:
        folder: Where they live.

    Attributes:
        servers: The servers; each has a third of the slots.
    """

    def __init__(self, folder: Path) -> None:
        lines = ("cluster-enabled yes", "cluster-node-timeout 2000")
        self.servers = [
            RedisServer(folder / f"node{i}", sync="always", lines=lines) for i in range(3)
        ]
        for server in self.servers:
            server.port = _port_of_a_node()
        self._all = ExitStack()

    @property
    def url(self) -> str:
        """The address that clients take."""
        return f"redis+cluster://{','.join(f'{HOST}:{s.port}' for s in self.servers)}"

    def __enter__(self) -> Self:
        """Start them, share the slots, and wait until all know it."""
        with ExitStack() as started:
            for server in self.servers:
                started.enter_context(server)
            self._meet()
            self._all = started.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End them."""
        self._all.close()

    def has(self, key: str) -> RedisServer:
        """Return the server that has a key."""
        slot = int(Redis(port=self.servers[0].port).cluster("KEYSLOT", key))
        return self.servers[slot * len(self.servers) // _SLOTS]

    def _meet(self) -> None:
        clients: list[Any] = [Redis(port=server.port) for server in self.servers]
        number = len(clients)
        for i, client in enumerate(clients):
            mine = (s for s in range(_SLOTS) if s * number // _SLOTS == i)
            client.execute_command("CLUSTER", "ADDSLOTS", *mine)
            client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
            clients[0].execute_command("CLUSTER", "MEET", HOST, self.servers[i].port)
        patiently(lambda: all(_whole(client, number) for client in clients))


def _port_of_a_node() -> int:
    """Return a free port; 10,000 more is the one at which nodes speak with each other."""
    while (port := free_port()) > _LAST_PORT - _BUS:
        pass
    return port


def _whole(client: Any, number: int) -> bool:
    said = client.execute_command("CLUSTER INFO")
    return bool(
        said["cluster_state"] == "ok"
        and said["cluster_known_nodes"] == str(number)
        and said["cluster_slots_ok"] == str(_SLOTS)
    )


def patiently(true: Callable[[], bool], seconds: float = _PATIENCE) -> None:
    """Wait until something is so; servers that do not answer yet are asked again.

    Raises:
        TimeoutError: It did not come about.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(RedisError, KeyError):
            if true():
                return
        time.sleep(0.02)
    message = f"it did not come about within {seconds:g} s"
    raise TimeoutError(message)
