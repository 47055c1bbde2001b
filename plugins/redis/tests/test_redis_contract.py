"""Both transports keep the contract, against a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventflow.testing import contract
from eventflow_redis.pubsub import RedisPubSubTransport
from eventflow_redis.streams import RedisTransport

if TYPE_CHECKING:
    from pathlib import Path

_URL: list[str] = []


@pytest.fixture(autouse=True, scope="module")
def _a_server(server: Any) -> None:
    _URL[:] = [server.url]


def _options(folder: Path) -> dict[str, Any]:
    """Give each folder a bus of its own; any address will do for what sends nothing."""
    name = "-".join(folder.parts[-2:]).replace("[", "").replace("]", "")
    return {"url": _URL[0] if _URL else "redis://localhost", "prefix": name}


_SAID: dict[str, Any] = {
    "config": _options,
    "settle_seconds": 0.1,
    "secrets": {"url": "redis://user:{}@localhost:6379"},
}
TestRedisTransport = contract(RedisTransport, **_SAID)
TestRedisPubSubTransport = contract(RedisPubSubTransport, **_SAID)
