"""A primary, its replica and three sentinels: who takes over, and what that may lose."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from eventflow.bus.bus import EventBus
from eventflow.events import BaseEvent
from eventflow_redis.cache import RedisCache
from eventflow_redis.errors import RedisReplicasError, RedisUnreachableError
from eventflow_redis.streams import RedisTransport
from faultkit.redis_many import Watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUICK: dict[str, Any] = {"connect_seconds": 2, "timeout_seconds": 2, "visibility_seconds": 1}
LAST = 60


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """Start them all; the sentinels ask for a password of their own."""
    with Watched(tmp_path, password="look") as them:  # noqa: S106 - of this test
        yield them


def _options(watched: Watched) -> dict[str, Any]:
    return {"url": watched.url, "sentinel_password": "look", **QUICK}


def _take_over(watched: Watched, until: Callable[..., None]) -> None:
    """Kill the primary, and wait until the sentinels name the other."""
    old, new = watched.servers
    old.kill()
    until(lambda: watched.primary() == new.port, 30)


def test_nothing_confirmed_is_lost_when_a_replica_takes_over(
    watched: Watched, until: Callable[..., None]
) -> None:
    """With ``replicas: 1`` each receipt is kept; publishing and handling go on by themselves.

    The primary is killed while events are published and handled, and comes back as a replica.
    """
    got: set[str] = set()
    kept: list[str] = []
    with EventBus(RedisTransport(**_options(watched), replicas=1)) as bus:
        bus.subscribe("*", lambda event: got.add(event.source), group="g", start="earliest")

        def publishes() -> None:
            for n in range(LAST):
                event = BaseEvent(event_type="order.placed", source=str(n))
                if bus.publish_and_wait(event, timeout=60).position:
                    kept.append(str(n))

        publishing = Thread(target=publishes)
        publishing.start()
        until(lambda: len(kept) > LAST // 4)
        _take_over(watched, until)
        watched.servers[0].start()
        publishing.join(60)
        assert kept == [str(n) for n in range(LAST)]
        until(lambda: got >= set(kept), 30)
    assert watched.primary() == watched.servers[1].port


@pytest.mark.parametrize("replicas", [0, 1])
def test_what_a_failover_can_lose(
    watched: Watched, until: Callable[..., None], replicas: int
) -> None:
    """What the replica had not received is gone, and was told to be safe only without `replicas`.

    Without it this is the negative control of the test above.
    """
    transport = RedisTransport(**_options(watched), replicas=replicas)
    event = BaseEvent(event_type="order.placed")
    transport.send([event])
    replica: Any = Redis(port=watched.servers[1].port)
    until(lambda: replica.xlen("{eventflow}:events") == 1)
    watched.servers[1].stop()  # it is not gone, and reads nothing
    told = True
    try:
        transport.send([event])
    except RedisReplicasError:
        told = False
    for server in watched.servers:
        server.kill()
    watched.servers[1].start()
    until(lambda: watched.primary() == watched.servers[1].port, 30)
    left = replica.xlen("{eventflow}:events")
    transport.close()
    assert (told, left) == (replicas == 0, 1)


def test_too_few_replicas(watched: Watched) -> None:
    """EF749 says how many confirmed; further attempts look first, and append nothing."""
    transport = RedisTransport(**_options(watched), replicas=2)
    event = BaseEvent(event_type="order.placed")
    for _ in range(3):
        with pytest.raises(RedisReplicasError, match="1 of 2 confirmed within 1 s") as caught:
            transport.send([event])
        assert "INFO replication" in str(caught.value)
    client = Redis(port=watched.servers[0].port)
    assert client.xlen("{eventflow}:events") == 1
    transport.close()


def test_a_server_that_wants_replicas_itself(watched: Watched) -> None:
    """``min-replicas-to-write``, unmet: EF749 too. Scripts obey it from Redis 7 on."""
    client: Any = Redis(port=watched.servers[0].port)
    client.config_set("min-replicas-to-write", 2)
    cache = RedisCache(url=watched.url, sentinel_password="look")  # noqa: S106 - of this test
    with pytest.raises(RedisReplicasError, match="min-replicas-to-write"):
        cache.put("a", b"1")
    cache.close()
    transport = RedisTransport(**_options(watched))
    if str(client.info("server")["redis_version"]) >= "7":
        with pytest.raises(RedisReplicasError):
            transport.send([BaseEvent(event_type="a")])
    else:
        assert len(transport.send([BaseEvent(event_type="a")])) == 1
    transport.close()


def test_a_name_that_the_sentinels_do_not_know(watched: Watched) -> None:
    """EF741 says where the name belongs; without the sentinels' password it is that."""
    how = _options(watched)
    transport = RedisTransport(**how | {"url": f"{watched.url}x"})
    with pytest.raises(RedisUnreachableError, match="the url ends in the name they watch it by"):
        transport.send([BaseEvent(event_type="a")])
    transport.close()
    transport = RedisTransport(**how | {"sentinel_password": None})
    with pytest.raises(RedisUnreachableError, match="sentinel_password"):
        transport.send([BaseEvent(event_type="a")])
    transport.close()
