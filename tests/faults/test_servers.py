"""Servers that a test owns: they do what their options say, and what is done to them."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from faultkit.certificates import Certificates
from faultkit.nats_server import NatsServer
from faultkit.proxy import FaultProxy
from faultkit.redis_server import RedisServer, ask, say
from faultkit.servers import HOST

if TYPE_CHECKING:
    from pathlib import Path


def test_redis_keeps_what_it_synced_and_forgets_when_wiped(tmp_path: Path) -> None:
    """With AOF always, a write survives a kill; a wipe leaves nothing."""
    with RedisServer(tmp_path, sync="always") as redis:
        assert ask(redis.port, "SET", "k", "v") == b"+OK\r\n"
        redis.restart()
        assert ask(redis.port, "GET", "k") == b"$1\r\nv\r\n"
        redis.wipe()
        assert ask(redis.port, "GET", "k") == b"$-1\r\n"
    assert not redis.alive


def test_redis_without_a_file_forgets_at_once(tmp_path: Path) -> None:
    """The negative control of the above."""
    with RedisServer(tmp_path) as redis:
        ask(redis.port, "SET", "k", "v")
        redis.restart()
        assert ask(redis.port, "GET", "k") == b"$-1\r\n"


def test_a_frozen_server_is_silent_until_it_goes_on(tmp_path: Path) -> None:
    """Connections are accepted by the system, and nobody answers."""
    with RedisServer(tmp_path) as redis:
        redis.stop()
        with socket.create_connection((HOST, redis.port), timeout=0.3) as connection:
            with pytest.raises(TimeoutError):
                say(connection, "PING")
            redis.resume()
            connection.settimeout(5)
            assert connection.recv(7) == b"+PONG\r\n"


def test_redis_asks_for_passwords_and_obeys_rules(tmp_path: Path) -> None:
    """Without the password: refused; a user who may only read: no writes."""
    users = {"reader": ("look", "~* +@read +auth")}
    with RedisServer(tmp_path, password="secret", users=users) as redis:  # noqa: S106 - of this test
        assert ask(redis.port, "PING").startswith(b"-NOAUTH")
        with socket.create_connection((HOST, redis.port), timeout=5) as connection:
            assert say(connection, "AUTH", "reader", "look") == b"+OK\r\n"
            assert say(connection, "GET", "k") == b"$-1\r\n"
            assert say(connection, "SET", "k", "v").startswith(b"-NOPERM")


def test_redis_behind_tls(tmp_path: Path) -> None:
    """The proxy gives it the TLS that the wheel lacks."""
    made = Certificates.made(tmp_path / "tls")
    with (
        RedisServer(tmp_path / "redis") as redis,
        FaultProxy(redis.port, tls=made.server_side()) as proxy,
        socket.create_connection((HOST, proxy.port), timeout=5) as plain,
        made.client_side().wrap_socket(plain, server_hostname=HOST) as connection,
    ):
        assert say(connection, "PING") == b"+PONG\r\n"


def greet(connection: socket.socket, **facts: str) -> bytes:
    """Introduce oneself to NATS, and return its answer."""
    told = ", ".join(f'"{name}": "{value}"' for name, value in facts.items())
    connection.sendall(f'CONNECT {{"verbose": false{", " if told else ""}{told}}}\r\n'.encode())
    connection.sendall(b"PING\r\n")
    return connection.recv(4096)


def test_nats_offers_jetstream_and_asks_for_users(tmp_path: Path) -> None:
    """The greeting names JetStream; a wrong password is an authorization violation."""
    with NatsServer(tmp_path, user="me", password="secret") as nats:  # noqa: S106 - of this test
        for word, answer in (("secret", b"PONG"), ("wrong", b"-ERR 'Authorization Violation'")):
            with socket.create_connection((HOST, nats.port), timeout=5) as connection:
                assert b'"jetstream":true' in connection.recv(8192)
                assert greet(connection, user="me", **{"pass": word}).startswith(answer)
        assert "always" in (tmp_path / "nats.conf").read_text(encoding="utf-8")


def test_nats_speaks_tls(tmp_path: Path) -> None:
    """After its greeting it waits for the handshake."""
    made = Certificates.made(tmp_path / "tls")
    with (
        NatsServer(tmp_path / "nats", tls=made) as nats,
        socket.create_connection((HOST, nats.port), timeout=5) as plain,
    ):
        assert b'"tls_required":true' in plain.recv(8192)
        with made.client_side().wrap_socket(plain, server_hostname=HOST) as connection:
            assert greet(connection).startswith(b"PONG")


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    """Its own words are in the error."""
    server = RedisServer(tmp_path, users={"bad": ("x", "no-such-rule")})
    with pytest.raises(RuntimeError, match="no-such-rule"):
        server.start()
    assert not server.alive
