"""The proxy does to a connection what it is told, and nothing else."""

from __future__ import annotations

import random
import socket
import ssl
import time
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from faultkit.certificates import Certificates
from faultkit.proxy import NONE, Fault, FaultProxy, _pieces
from faultkit.servers import HOST, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORDS = bytes(range(256)) * 40


class Echo:
    """A server that sends back what it gets; it notes the pieces in which that came."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self._listening = socket.create_server((HOST, 0))
        self.port = self._listening.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            Thread(target=self._echo, args=(connection,), daemon=True).start()

    def _echo(self, connection: socket.socket) -> None:
        with connection:
            try:
                while data := connection.recv(65536):
                    self.pieces.append(data)
                    connection.sendall(data)
            except OSError:
                return

    def close(self) -> None:
        """Stop listening."""
        self._listening.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    """A server that sends back what it gets."""
    server = Echo()
    yield server
    server.close()


def exchange(port: int, data: bytes, *, patience: float = 5.0) -> bytes:
    """Send, and return what comes back until all is there or the connection ends."""
    with socket.create_connection((HOST, port), timeout=patience) as connection:
        connection.sendall(data)
        return received(connection, len(data))


def received(connection: socket.socket, number: int) -> bytes:
    """Return so many bytes, or fewer where the connection ends in good order."""
    found = b""
    while len(found) < number and (data := connection.recv(65536)):
        found += data
    return found


@pytest.mark.parametrize(
    "fault",
    [NONE, Fault(latency_seconds=0.02), Fault(split_bytes=700), Fault(coalesce_seconds=0.02)],
    ids=["none", "latency", "split", "coalesce"],
)
def test_every_byte_arrives_in_order_where_none_is_taken(echo: Echo, fault: Fault) -> None:
    """Slow, in small pieces or in large ones: the bytes are those that were sent."""
    with FaultProxy(echo.port) as proxy:
        proxy.fault = fault
        assert exchange(proxy.port, WORDS) == WORDS


def test_latency_is_felt(echo: Echo) -> None:
    """A request and its reply are each held back."""
    with FaultProxy(echo.port) as proxy:
        proxy.fault = Fault(latency_seconds=0.05)
        began = time.monotonic()
        exchange(proxy.port, b"ping")
        assert time.monotonic() - began >= 0.1


def test_split_makes_pieces_and_coalescing_joins_them(echo: Echo) -> None:
    """A server sees many pieces of one message, or one piece of many messages."""
    with FaultProxy(echo.port) as proxy:
        proxy.fault = Fault(split_bytes=16, latency_seconds=0.002)
        exchange(proxy.port, b"x" * 64)
        assert max(map(len, echo.pieces)) < 64
        echo.pieces.clear()
        proxy.fault = Fault(coalesce_seconds=0.3)
        with socket.create_connection((HOST, proxy.port), timeout=5) as connection:
            for _ in range(5):
                connection.sendall(b"y" * 10)
                time.sleep(0.01)
            assert received(connection, 50) == b"y" * 50
        assert echo.pieces == [b"y" * 50]


def test_a_reset_is_an_error_for_the_client(echo: Echo) -> None:
    """At once for all connections, or when so many bytes have passed."""
    with FaultProxy(echo.port) as proxy:
        proxy.fault = Fault(reset_after=100)
        with pytest.raises(ConnectionResetError):
            exchange(proxy.port, WORDS)
        proxy.fault = NONE
        with socket.create_connection((HOST, proxy.port), timeout=5) as connection:
            connection.sendall(b"x")
            assert connection.recv(1) == b"x"
            proxy.reset()
            with pytest.raises(ConnectionResetError):
                connection.recv(1)


def test_closing_in_the_middle_of_a_reply_leaves_a_part(echo: Echo) -> None:
    """Exactly so many bytes come, then the end; the next connection has its own."""
    with FaultProxy(echo.port) as proxy:
        proxy.fault = Fault(close_after=100)
        assert exchange(proxy.port, WORDS[:1000]) == WORDS[:100]
        assert exchange(proxy.port, WORDS[:1000]) == WORDS[:100]


@pytest.mark.parametrize("fault", [Fault(stall_after=100), Fault(half_open=True)])
def test_a_stalled_connection_stays_open_and_silent(echo: Echo, fault: Fault) -> None:
    """The client waits until its own patience ends."""
    with FaultProxy(echo.port) as proxy:
        proxy.fault = fault
        with pytest.raises(TimeoutError):
            exchange(proxy.port, WORDS, patience=0.3)


def test_a_connection_that_was_cut_stays_silent_and_a_new_one_does_not(echo: Echo) -> None:
    """Half-open is for ever, as on a network that has forgotten a connection."""
    with (
        FaultProxy(echo.port) as proxy,
        socket.create_connection((HOST, proxy.port), timeout=5) as connection,
    ):
        connection.sendall(b"first")
        assert received(connection, 5) == b"first"
        proxy.cut()
        connection.settimeout(0.3)
        connection.sendall(b"second")
        with pytest.raises(TimeoutError):
            connection.recv(10)
        assert exchange(proxy.port, WORDS) == WORDS


def test_garbage_stands_before_replies(echo: Echo) -> None:
    """The server gets what was sent; the client, so many bytes more."""
    with FaultProxy(echo.port) as proxy:
        proxy.fault = Fault(garbage_bytes=7)
        with socket.create_connection((HOST, proxy.port), timeout=5) as connection:
            connection.sendall(b"word")
            assert received(connection, 11)[7:] == b"word"
    assert echo.pieces == [b"word"]


def test_a_seed_repeats_the_pieces() -> None:
    """The same chances cut the same bytes alike; others, otherwise."""
    cut = [_pieces(WORDS, 50, random.Random(seed)) for seed in (3, 3, 4)]  # noqa: S311 - repeatable
    assert cut[0] == cut[1] != cut[2]
    assert b"".join(cut[2]) == WORDS


def test_it_speaks_tls_for_a_server_that_does_not(echo: Echo, tmp_path: Path) -> None:
    """A client that trusts the authority is served; one that does not, refuses."""
    made = Certificates.made(tmp_path / "tls")
    with FaultProxy(echo.port, tls=made.server_side()) as proxy:
        with (
            socket.create_connection((HOST, proxy.port), timeout=5) as plain,
            made.client_side().wrap_socket(plain, server_hostname=HOST) as connection,
        ):
            connection.sendall(b"secret")
            assert received(connection, 6) == b"secret"
        with (
            socket.create_connection((HOST, proxy.port), timeout=5) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            ssl.create_default_context().wrap_socket(plain, server_hostname=HOST)


def test_a_server_that_is_down_ends_the_connection(echo: Echo) -> None:
    """The proxy listens on; when the server is there again, new connections are served."""
    with FaultProxy(free_port()) as proxy:
        assert exchange(proxy.port, b"x") == b""
        proxy.target = echo.port
        assert exchange(proxy.port, b"x") == b"x"
