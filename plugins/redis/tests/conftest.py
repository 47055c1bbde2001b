"""A Redis server of one's own for each module, and what tests do with it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from faultkit.asking import wait_until
from faultkit.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Server(RedisServer):
    """redis-server that keeps nothing, unless it is told to."""

    def client(self, **options: Any) -> Any:
        """Return a client that knows its password."""
        return Redis.from_url(self.url, **options)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server that keeps nothing."""
    with Server(tmp_path_factory.mktemp("redis")) as one:
        yield one


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers with options of their own, for this test only."""
    started: list[Server] = []

    def start(*lines: str, **options: Any) -> Server:
        started.append(Server(tmp_path / f"server{len(started)}", lines=lines, **options))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.kill()


_numbers = count()


@pytest.fixture
def options(server: Server) -> dict[str, Any]:
    """Return options of a bus that no other test has."""
    return {"url": server.url, "prefix": f"test{next(_numbers)}"}


@pytest.fixture
def until() -> Callable[..., None]:
    """Return a function that waits until something is so."""
    return wait_until
