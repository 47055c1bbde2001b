"""A cluster of three: all of a prefix lies on one node, wherever that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from eventflow.bus.bus import EventBus
from eventflow.bus.delivery import Ack
from eventflow.bus.handling import Handling
from eventflow.bus.letters import resend
from eventflow.events import BaseEvent
from eventflow.testing import contract
from eventflow_redis.cache import RedisCache
from eventflow_redis.errors import RedisServerError
from eventflow_redis.lock import RedisLock
from eventflow_redis.pubsub import RedisPubSubTransport
from eventflow_redis.streams import RedisTransport
from faultkit.redis_many import RedisCluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUICK: dict[str, Any] = {"connect_seconds": 2, "timeout_seconds": 2}
_URL: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """Start one for all tests of this file."""
    with RedisCluster(tmp_path_factory.mktemp("cluster")) as one:
        _URL[:] = [one.url]
        yield one


def _of_folder(folder: Path) -> dict[str, Any]:
    """Give each folder a bus of its own, on whichever node."""
    name = "-".join(folder.parts[-2:]).replace("[", "").replace("]", "")
    return {"url": _URL[0] if _URL else "redis+cluster://localhost", "prefix": name}


_SAID: dict[str, Any] = {
    "config": _of_folder,
    "settle_seconds": 0.1,
    "secrets": {"url": "redis+cluster://user:{}@localhost:6379"},
}
TestRedisTransportOnACluster = contract(RedisTransport, **_SAID)
TestRedisPubSubTransportOnACluster = contract(RedisPubSubTransport, **_SAID)


@pytest.mark.parametrize("prefix", ["a", "b", "c", "shop.1"])
def test_all_of_a_prefix_is_on_one_node(cluster: RedisCluster, prefix: str) -> None:
    """Events, groups, retries, dead letters, cache and lock use one slot, and work."""
    options = {"url": cluster.url, "prefix": prefix, **QUICK}
    calls: list[str] = []

    def fails(event: Any) -> None:
        calls.append(event.source)
        raise ValueError(event.source)

    transport = RedisTransport(**options)
    with EventBus(transport) as bus, RedisLock("work", **options) as lock:
        bus.subscribe("*", fails, group="g", start="earliest", handling=Handling(attempts=2))
        event = BaseEvent(event_type="order.placed", source=prefix)
        assert bus.publish_and_wait(event, until=Ack.APPLIED, group="g", timeout=20).reached
        [letter] = bus.dead_letters.letters()
        assert (letter.reason, letter.attempts, calls) == (f"ValueError: {prefix}", 2, [prefix] * 2)
        resend(letter, transport, bus.dead_letters)
        assert not list(bus.dead_letters.letters())
        cache = RedisCache(**options)
        cache.put("rates", b"1")
        home: Any = Redis(port=cluster.has(f"{{{prefix}}}").port)
        names = {key.decode() for key in home.scan_iter(f"{{{prefix}}}*")}
        assert lock.token == 1
        assert {f"{{{prefix}}}:{name}" for name in ("events", "cache:rates", "lock:work")} <= names
        assert cache.get("rates") == b"1"
        cache.close()
        lock.close()


def test_the_prefixes_spread_over_the_nodes(cluster: RedisCluster) -> None:
    """Another prefix may be on another node: several buses share the cluster."""
    homes = set()
    for prefix in "abcdefgh":
        transport = RedisTransport(url=cluster.url, prefix=prefix)
        transport.send([BaseEvent(event_type="a")])
        homes.add(cluster.has(f"{{{prefix}}}:events").port)
        transport.close()
    assert len(homes) == 3


def test_a_slot_that_moves(cluster: RedisCluster, until: Callable[..., None]) -> None:
    """Publishing and handling follow it to its new node, and nothing is lost."""
    got: list[str] = []
    prefix = "moving"
    old = cluster.has(f"{{{prefix}}}")
    new = next(server for server in cluster.servers if server is not old)
    with EventBus(RedisTransport(url=cluster.url, prefix=prefix, **QUICK)) as bus:
        bus.subscribe("*", lambda event: got.append(event.source), group="g", start="earliest")
        for n in range(40):
            if n == 20:
                _move(prefix, old.port, new.port, [s.port for s in cluster.servers])
            event = BaseEvent(event_type="a", source=str(n))
            assert bus.publish_and_wait(event, timeout=30).position
        until(lambda: len(set(got)) == 40, 30)
    assert Redis(port=new.port).xlen(f"{{{prefix}}}:events") == 40
    _move(prefix, new.port, old.port, [s.port for s in cluster.servers])


def test_a_node_that_is_killed(cluster: RedisCluster, until: Callable[..., None]) -> None:
    """Events wait until it is back, and each receipt is kept."""
    got: set[str] = set()
    with EventBus(RedisTransport(url=cluster.url, prefix="killed", **QUICK)) as bus:
        bus.subscribe("*", lambda event: got.add(event.source), group="g", start="earliest")
        home = cluster.has("{killed}")
        for n in range(20):
            if n == 10:
                home.kill()
                bus.publish(BaseEvent(event_type="a", source="meanwhile"))
                home.start()
            event = BaseEvent(event_type="a", source=str(n))
            assert bus.publish_and_wait(event, timeout=30).position
        until(lambda: len(got) == 21, 30)


def test_a_server_that_is_no_cluster(server: Any) -> None:
    """The error says which URL to write."""
    transport = RedisTransport(url=server.url.replace("redis:", "redis+cluster:"), **QUICK)
    with pytest.raises(RedisServerError, match=r"write redis:// for redis\+cluster://"):
        transport.send([BaseEvent(event_type="a")])
    transport.close()


def _move(prefix: str, old: int, new: int, ports: list[int]) -> None:
    """Move the slot of a prefix, with what is in it, as ``redis-cli --cluster reshard`` does."""
    clients: dict[int, Any] = {port: Redis(port=port) for port in ports}
    source, target = clients[old], clients[new]
    slot = source.execute_command("CLUSTER KEYSLOT", f"{{{prefix}}}")
    names = {port: clients[port].execute_command("CLUSTER MYID") for port in (old, new)}
    target.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", names[old])
    source.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", names[new])
    while keys := source.execute_command("CLUSTER GETKEYSINSLOT", slot, 100):
        source.execute_command("MIGRATE", "127.0.0.1", new, "", 0, 5000, "KEYS", *keys)
    for port in sorted(ports, key=lambda port: port != new):
        clients[port].execute_command("CLUSTER SETSLOT", slot, "NODE", names[new])
