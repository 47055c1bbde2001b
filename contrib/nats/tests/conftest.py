"""A NATS server of one's own, and what tests do with it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from faultkit.asking import wait_until
from faultkit.nats_server import NatsServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """Run a server that syncs when it likes."""
    with NatsServer(tmp_path_factory.mktemp("nats"), always=False) as one:
        yield one


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., NatsServer]]:
    """Start servers with options of their own, for this test only."""
    started: list[NatsServer] = []

    def start(**options: Any) -> NatsServer:
        started.append(NatsServer(tmp_path / f"server{len(started)}", **options))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.kill()


_numbers = count()


@pytest.fixture
def options(server: NatsServer) -> dict[str, Any]:
    """Return options of a bus that no other test has."""
    return {"url": server.url, "prefix": f"test{next(_numbers)}"}


@pytest.fixture
def until() -> Callable[..., None]:
    """Return a function that waits until something is so."""
    return wait_until
