"""What goes wrong with a server, and what becomes of it."""

from __future__ import annotations

import socket
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.bus.bus import EventBus
from eventflow.events import BaseEvent
from eventflow.events.errors import EventError, EventTooLargeError
from eventflow_nats import errors
from eventflow_nats.transport import NatsTransport
from faultkit.certificates import Certificates
from faultkit.proxy import NONE, Fault, FaultProxy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVENT = BaseEvent(event_type="order.placed")
QUICK: dict[str, Any] = {"connect_seconds": 1, "timeout_seconds": 1}


def _fails(transport: NatsTransport, error: type[errors.NatsServerError]) -> str:
    """Sending raises this error; publishing counts it and does not raise."""
    with pytest.raises(error) as caught:
        transport.send([EVENT])
    assert type(caught.value) is error
    transport.publish(EVENT)
    assert transport.failures == 1
    assert error.code in transport.first_failure
    assert len(caught.value.problems[0].lines()) <= 12
    transport.close()
    return f"{caught.value} {transport!r} {transport.first_failure}"


def test_a_server_that_is_absent() -> None:
    """Nobody listens: EF751, with the address."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        transport = NatsTransport(url=f"nats://127.0.0.1:{port}", **QUICK)
        assert f"127.0.0.1:{port}" in _fails(transport, errors.NatsUnreachableError)


def test_a_server_that_is_frozen(own_server: Any) -> None:
    """It accepts the connection and says nothing: EF751 in time; later it is used again."""
    server = own_server()
    transport = NatsTransport(url=server.url, **QUICK)
    assert transport.send([EVENT])
    server.stop()
    with pytest.raises(errors.NatsUnreachableError):
        transport.send([BaseEvent(event_type="a")])
    server.resume()
    assert transport.send([BaseEvent(event_type="b")])
    transport.close()


@pytest.mark.parametrize("how", [{"password": "wr0ng-w0rd"}, {"token": "wr0ng-w0rd"}, {}])
def test_a_wrong_password_is_told_and_not_shown(own_server: Any, how: dict[str, Any]) -> None:
    """EF752; neither the error nor the transport shows what was tried."""
    server = own_server(user="app", password="right")  # noqa: S106 - of this test
    user = {"user": "app"} if "password" in how else {}
    url = server.url.replace("app:right@", "" if how else "app:wr0ng-w0rd@")
    said = _fails(NatsTransport(url=url, **how, **user, **QUICK), errors.NatsRefusedError)
    assert "wr0ng-w0rd" not in said
    right = NatsTransport(url=server.url, **QUICK)
    assert right.send([EVENT])
    right.close()


def test_a_server_without_jetstream(own_server: Any) -> None:
    """EF755."""
    server = own_server(config={"jetstream": False})
    _fails(NatsTransport(url=server.url, **QUICK), errors.NatsNoStreamsError)


def test_a_server_with_a_token(own_server: Any) -> None:
    """The token stands in the URL or in an option."""
    server = own_server(config={"authorization": {"token": "let me in"}})
    for how in ({"url": server.url.replace("//", "//let%20me%20in@")},
                {"url": server.url, "token": "let me in"}):  # fmt: skip
        transport = NatsTransport(**how, **QUICK)
        assert transport.send([EVENT])
        transport.close()


def test_tls_is_agreed_upon_or_refused(own_server: Any, server: Any, tmp_path: Path) -> None:
    """A trusted certificate works, another one is EF753, and so is a server without TLS."""
    made = Certificates.made(tmp_path / "tls")
    safe = own_server(tls=made)
    transport = NatsTransport(url=safe.url, tls_ca=made.authority, **QUICK)
    assert transport.send([EVENT])
    transport.close()
    _fails(NatsTransport(url=safe.url, **QUICK), errors.NatsTlsError)
    plain = server.url.replace("nats://", "tls://")
    _fails(NatsTransport(url=plain, **QUICK), errors.NatsTlsError)


def test_no_password_is_told_to_a_server_that_does_not_encrypt() -> None:
    """Asked for TLS, nothing at all is sent over a connection that has none."""
    heard: list[bytes] = []
    info = b'INFO {"server_id":"x","version":"2.10.0","max_payload":1048576,"headers":true}\r\n'
    with _listener(info, heard) as listener:
        url = f"tls://me:s3cret@127.0.0.1:{listener.getsockname()[1]}"
        _fails(NatsTransport(url=url, **QUICK), errors.NatsTlsError)
        listener.shutdown(socket.SHUT_RDWR)
    assert b"".join(heard) == b""


def _listener(says: bytes, heard: list[bytes]) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))

    def answers() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.sendall(says)
                connection.settimeout(2)
                try:
                    heard.append(connection.recv(1000))
                except OSError:
                    continue

    Thread(target=answers, daemon=True).start()
    return listener


@pytest.mark.parametrize("says", [b"HTTP/1.1 400 Bad\r\n\r\n", b"\x00\xff\r\n", b"INFO {no\r\n"])
def test_what_answers_is_no_nats(says: bytes) -> None:
    """EF758."""
    with _listener(says, []) as listener:
        url = f"nats://127.0.0.1:{listener.getsockname()[1]}"
        _fails(NatsTransport(url=url, **QUICK), errors.NatsProtocolError)
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("url", ["http://x", "s3cret", "nats://", "nats://h:port", "nats://@/x"])
def test_a_url_that_is_none(url: str) -> None:
    """It is refused when the transport is built, and not quoted: it may hold a password."""
    with pytest.raises(ValueError, match="URL") as caught:
        NatsTransport(url=url)
    assert url not in str(caught.value).replace("nats:// or", "").replace("nats://host:4222", "")


def test_a_full_server(own_server: Any) -> None:
    """EF754 when JetStream may keep no more; what the stream drops makes room."""
    server = own_server(config={"jetstream": {"max_file_store": 200_000}})
    large = [BaseEvent(event_type="a", source="x" * 50_000) for _ in range(8)]
    transport = NatsTransport(url=server.url, **QUICK)
    with pytest.raises(errors.NatsFullError):
        transport.send(large)
    transport.close()
    small = NatsTransport(url=server.url, prefix="other", max_bytes=10_000, **QUICK)
    with pytest.raises(errors.NatsServerError):
        small.send(large)
    small.close()


def test_an_event_that_is_too_large(options: dict[str, Any]) -> None:
    """10 MB is EF756, told with the fix, before anything is sent; the bus sends the others."""
    transport = NatsTransport(**options)
    large = BaseEvent(event_type="huge", source="x" * 10_000_000)
    with pytest.raises(EventTooLargeError):
        transport.send([EVENT, BaseEvent(event_type="huge", source="x" * 100_000_000)])
    with pytest.raises(errors.NatsTooLargeError, match="10,000,") as caught:
        transport.send([EVENT, large])
    assert isinstance(caught.value, EventError)
    assert "max_payload" in str(caught.value.problems[0].fix)
    with EventBus(transport) as bus:
        other = BaseEvent(event_type="small")
        assert bus.publish(large)
        assert bus.publish_and_wait(other, timeout=20).position
        [letter] = bus.dead_letters.letters()
        found = [d.event.event_type for d in transport.open("*", start="earliest").receive(9, 2)]
    assert letter.content.startswith(large.to_bytes()[:1000])
    assert "EF756" in letter.reason
    assert found == ["small"]


def _source(event: Any) -> str:
    source: str = event.source
    return source


def test_unicode_and_large_payloads(options: dict[str, Any]) -> None:
    """Text in any script, odd types and all that the server takes arrive as they were sent."""
    transport = NatsTransport(**options)
    sent = [
        BaseEvent(event_type="ünï.cødé", source="日本 🎈"),
        BaseEvent(event_type="two words.*.>.100%", source="\u0000\r\n"),
        BaseEvent(event_type="a..b.", source="ü漢🎈" * 50_000),
    ]
    transport.send(sent)
    got = {d.event.event_id: d.event for d in transport.open("*", start="earliest").receive(9, 5)}
    for event in sent:
        assert _source(got[event.event_id]) == event.source
        assert got[event.event_id].event_type == event.event_type
    transport.close()


def test_what_is_sent_twice_is_kept_once(options: dict[str, Any]) -> None:
    """Also by another publisher; the position is that of the first."""
    first, second = NatsTransport(**options), NatsTransport(**options)
    [there] = first.send([EVENT])
    again, _ = second.send([EVENT, BaseEvent(event_type="a")])
    assert again == there
    assert len(first.open("*", start="earliest").receive(9, 1)) == 2
    first.close()
    second.close()


def test_limits_of_the_stream(options: dict[str, Any]) -> None:
    """The stream keeps as many events as it is told, also when it is told later."""
    first = NatsTransport(**options)
    first.send([BaseEvent(event_type="a") for _ in range(50)])
    first.close()
    later = NatsTransport(**options, max_events=10, max_age_seconds=60)
    later.send([BaseEvent(event_type="b")])
    found = later.open("*", start="earliest").receive(100, 1)
    assert [d.event.event_type for d in found] == ["a"] * 9 + ["b"]
    later.close()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(latency_seconds=0.02),
        Fault(split_bytes=3),
        Fault(coalesce_seconds=0.05),
        Fault(reset_after=6000),
        Fault(close_after=6000),
        Fault(stall_after=6000),
        Fault(half_open=True),
    ],
    ids=["latency", "split", "coalesce", "reset", "close", "stall", "half-open"],
)
def test_a_network_that_fails(
    options: dict[str, Any], server: Any, until: Callable[..., None], fault: Fault
) -> None:
    """Each event whose receipt was given is handled, and kept once, in the order of publishing."""
    got: list[str] = []
    with FaultProxy(server.port) as proxy:
        mine = options | QUICK | {"url": f"nats://127.0.0.1:{proxy.port}"}
        with EventBus(NatsTransport(**mine, visibility_seconds=1.0)) as bus:
            bus.subscribe("*", lambda e: got.append(_source(e)), group="g", start="earliest")
            sent = [BaseEvent(event_type="a", source=str(n)) for n in range(40)]
            proxy.fault = fault
            for event in sent[:20]:
                assert bus.publish(event)
            if fault.latency_seconds or fault.split_bytes or fault.coalesce_seconds:
                until(lambda: len(set(got)) >= 10, 30)
            else:
                until(lambda: proxy.connections > 1, 30)
            proxy.fault = NONE
            proxy.reset()
            for event in sent[20:]:
                assert bus.publish_and_wait(event, timeout=30).position
            until(lambda: set(got) == {e.source for e in sent}, 30)
    direct = NatsTransport(**options)
    kept = [_source(d.event) for d in direct.open("*", start="earliest").receive(100, 2)]
    assert kept == [e.source for e in sent]
    direct.close()
