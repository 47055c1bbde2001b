"""What goes wrong with a server, and what becomes of it."""

from __future__ import annotations

import re
import socket
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.bus.bus import EventBus
from eventflow.events import BaseEvent
from eventflow_redis import errors
from eventflow_redis.pubsub import RedisPubSubTransport
from eventflow_redis.streams import RedisTransport

if TYPE_CHECKING:
    from collections.abc import Callable

EVENT = BaseEvent(event_type="order.placed")
WORD = "right"
QUICK: dict[str, Any] = {"connect_seconds": 1, "timeout_seconds": 1, "retries": 0}
BOTH = pytest.mark.parametrize("kind", [RedisTransport, RedisPubSubTransport])


def _fails(transport: Any, error: type[errors.RedisServerError]) -> errors.RedisServerError:
    """Sending raises this error; publishing counts it and does not raise."""
    with pytest.raises(error) as caught:
        transport.send([EVENT])
    transport.publish(EVENT)
    assert transport.failures == 1
    assert error.code in transport.first_failure
    assert len(caught.value.problems[0].lines()) <= 12
    transport.close()
    return caught.value


@BOTH
def test_a_server_that_is_absent(kind: Any) -> None:
    """Nobody listens: EF741, with the address."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        transport = kind(url=f"redis://127.0.0.1:{port}", **QUICK)
        assert f"127.0.0.1:{port}" in str(_fails(transport, errors.RedisUnreachableError))


@BOTH
def test_a_wrong_password_is_told_and_not_shown(kind: Any, own_server: Any) -> None:
    """EF742; neither the error nor the transport shows what was tried."""
    url = own_server(password=WORD).url.replace(f":{WORD}@", ":wr0ng-w0rd@")
    transport = kind(url=url, **QUICK)
    error = _fails(transport, errors.RedisRefusedError)
    assert "wr0ng-w0rd" not in f"{error} {transport!r} {transport.first_failure}"


@BOTH
def test_a_password_that_is_asked_for_or_not_known(kind: Any, own_server: Any) -> None:
    """Each has its own advice: none given, a wrong one given, and one given where there is none."""
    url = own_server(password=WORD).url.replace(f":{WORD}@", "")
    for secret, fix in (("", "it asks for a password"), (":no@", "correct username and password")):
        transport = kind(url=url.replace("//", f"//{secret}"), **QUICK)
        assert fix in str(_fails(transport, errors.RedisRefusedError))
    open_to_all = own_server().url.replace("//", f"//:{WORD}@")
    error = _fails(kind(url=open_to_all, **QUICK), errors.RedisRefusedError)
    assert "leave it out" in str(error)


@pytest.mark.parametrize("rules", ["~* &* +@all -@write", "~other* &* +@all"])
def test_an_acl_user_without_rights(own_server: Any, rules: str) -> None:
    """EF742 for a user who lacks a command or the stream's key; who follows its advice can work.

    What is advised is enough to publish, to take part in a group, and to keep dead letters.
    """
    server = own_server(f"user weak on >one {rules}")
    error = _fails(RedisTransport(url=server.url.replace("//", "//weak:one@"), **QUICK),
                   errors.RedisRefusedError)  # fmt: skip
    found = re.search(r"ACL SETUSER NAME (.*)", str(error))
    assert found
    rights = found[1].replace("PREFIX", "eventflow").split()
    server.client().execute_command("ACL SETUSER", "app", "on", ">two", *rights)
    transport = RedisTransport(url=server.url.replace("//", "//app:two@"), **QUICK)
    receiver = transport.open("*", group="g")
    transport.send([EVENT, EVENT])
    first, second = receiver.receive(2, 5)
    receiver.ack([first])
    receiver.bury(second, "no reason")
    assert [letter.reason for letter in transport.dead_letters().letters()] == ["no reason"]
    transport.close()


def test_an_acl_user_without_its_channel(own_server: Any) -> None:
    """Pub/Sub: EF742 names the channels; the advised user can send and listen."""
    server = own_server("user weak on >one resetchannels ~* +@all")
    error = _fails(RedisPubSubTransport(url=server.url.replace("//", "//weak:one@"), **QUICK),
                   errors.RedisRefusedError)  # fmt: skip
    assert "&PREFIX:*" in str(error)
    rights = (
        "~{eventflow}:*",
        "resetchannels",
        "&eventflow:*",
        "+@all",
        "-@admin",
        "+client|setname",
    )
    server.client().execute_command("ACL SETUSER", "app", "on", ">two", *rights)
    transport = RedisPubSubTransport(url=server.url.replace("//", "//app:two@"), **QUICK)
    listener = transport.open("order.*")
    transport.send([EVENT])
    assert len(listener.receive(1, 5)) == 1
    transport.close()


@BOTH
def test_tls_against_a_server_without(kind: Any, server: Any) -> None:
    """EF743."""
    url = server.url.replace("redis://", "rediss://")
    _fails(kind(url=url, **QUICK), errors.RedisTlsError)


def test_a_full_server(own_server: Any) -> None:
    """EF744; once there is room events are taken again."""
    server = own_server("maxmemory 1", "maxmemory-policy noeviction")
    transport = RedisTransport(url=server.url, **QUICK)
    _fails(transport, errors.RedisFullError)
    server.client().config_set("maxmemory", "100mb")
    transport = RedisTransport(url=server.url, **QUICK)
    assert transport.send([EVENT])
    transport.close()


def test_a_replica_takes_no_writes(own_server: Any, server: Any) -> None:
    """EF745."""
    replica = own_server(f"replicaof 127.0.0.1 {server.port}")
    _fails(RedisTransport(url=replica.url, **QUICK), errors.RedisReadOnlyError)


@BOTH
@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\xff" * 50 + b"\r\n"]
)
def test_what_answers_is_no_redis(kind: Any, answer: bytes) -> None:
    """EF746."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answers() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1000)
                    connection.sendall(answer)

        Thread(target=answers, daemon=True).start()
        port = listener.getsockname()[1]
        _fails(kind(url=f"redis://127.0.0.1:{port}", **QUICK), errors.RedisProtocolError)
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "url", ["http://x", "s3cret", "redis+sentinel://host", "redis://host:port", "redis://h/db"]
)
def test_a_url_that_is_none(url: str) -> None:
    """It is refused when the transport is built, and not quoted: it may hold a password."""
    with pytest.raises(ValueError, match="URL") as caught:
        RedisTransport(url=url)
    assert url not in str(caught.value).replace("redis+sentinel://host:26379", "")


def test_a_wiped_server_gets_its_group_again(
    options: dict[str, Any], own_server: Any, until: Callable[..., None]
) -> None:
    """FLUSHALL and XGROUP DESTROY take the group away; what is published after is handled."""
    server = own_server()
    got: list[str] = []

    def handle(event: Any) -> None:
        got.append(event.source)

    with EventBus(RedisTransport(**options | {"url": server.url})) as bus:
        bus.subscribe("*", handle, group="g")
        for turn, wipe in enumerate(["", "FLUSHALL", "XGROUP"]):
            if wipe == "FLUSHALL":
                server.client().flushall()
            if wipe == "XGROUP":
                server.client().xgroup_destroy("{" + options["prefix"] + "}:events", "g *")
            for _ in range(10):
                bus.publish(BaseEvent(event_type="order.placed", source=str(turn)))
            until(lambda t=turn: got.count(str(t)) == 10)
    assert got == [str(turn) for turn in range(3) for _ in range(10)]


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    options: dict[str, Any], own_server: Any, until: Callable[..., None]
) -> None:
    """With an append-only file that is always synced, each receipt is kept, and each event handled.

    The server is killed and started again five times while events are published and handled.
    """
    server = own_server(sync="always")
    got: set[str] = set()
    with EventBus(RedisTransport(**options | {"url": server.url}, **QUICK)) as bus:
        bus.subscribe("*", lambda event: got.add(str(event.event_id)), group="g", start="earliest")
        sent: list[str] = []
        for _ in range(5):
            for _ in range(20):
                event = BaseEvent(event_type="order.placed")
                receipt = bus.publish_and_wait(event, timeout=20)
                assert receipt.position, receipt
                sent.append(str(event.event_id))
            server.kill()
            server.start()
        until(lambda: got >= set(sent), 30)


def test_a_follower_goes_on_where_it_was(
    options: dict[str, Any], own_server: Any, until: Callable[..., None]
) -> None:
    """A subscription without a group misses nothing while the server is away."""
    server = own_server(sync="always")
    got: list[str] = []
    mine = options | {"url": server.url}
    with EventBus(RedisTransport(**mine, **QUICK)) as bus:

        def handle(event: Any) -> None:
            got.append(event.source)

        bus.subscribe("*", handle)
        bus.publish_and_wait(BaseEvent(event_type="a", source="before"))
        until(lambda: got == ["before"])
        server.kill()
        server.start()
        other = RedisTransport(**mine)
        other.send([BaseEvent(event_type="a", source=str(n)) for n in range(5)])
        until(lambda: len(got) == 6)
    assert got == ["before", *map(str, range(5))]


def test_a_listener_hears_again_when_the_server_is_back(
    options: dict[str, Any], own_server: Any, until: Callable[..., None]
) -> None:
    """Pub/Sub misses what is sent while the server is away, and nothing afterwards."""
    server = own_server()
    got: list[str] = []
    with EventBus(RedisPubSubTransport(**options | {"url": server.url}, **QUICK)) as bus:
        bus.subscribe("*", lambda event: got.append(event.source))
        server.kill()
        until(lambda: next(iter(bus.metrics().subscriptions.values())).errors > 1)
        server.start()

        def heard() -> bool:
            bus.publish_and_wait(BaseEvent(event_type="a", source="again"))
            return "again" in got

        until(heard)
        before = len(got)
        for n in range(10):
            bus.publish(BaseEvent(event_type="a", source=str(n)))
        until(lambda: len(got) >= before + 10)
    assert [source for source in got if source != "again"] == [str(n) for n in range(10)]


def test_a_listener_notices_that_nobody_answers(options: dict[str, Any], own_server: Any) -> None:
    """A connection that is open and silent ends in EF741; one to a quiet server does not."""
    server = own_server()
    transport = RedisPubSubTransport(
        **options | {"url": server.url}, **QUICK | {"timeout_seconds": 0.2}
    )
    listener = transport.open("*")
    for _ in range(3):
        assert not listener.receive(1, 0.3)
    server.stop()
    try:
        with pytest.raises(errors.RedisUnreachableError, match="not answered"):
            listener.receive(1, 10)
        with pytest.raises(errors.RedisUnreachableError):
            transport.open("*")
    finally:
        server.resume()
        transport.close()


@BOTH
def test_unicode_and_large_payloads(kind: Any, options: dict[str, Any]) -> None:
    """Text in any script and 10 MB arrive as they were sent."""
    transport = kind(**options)
    receiver = transport.open("*")
    large = "ü漢🎈\u0000\r\n" * (10 * 2**20 // 12)
    sent = [
        BaseEvent(event_type="ünï.cødé", source="日本 🎈"),
        BaseEvent(event_type="a", source=large),
    ]
    transport.send(sent)
    got: dict[Any, Any] = {}
    while len(got) < len(sent) and (found := receiver.receive(10, 15)):
        got |= {d.event.event_id: d.event for d in found}
    assert [got[event.event_id].source for event in sent] == ["日本 🎈", large]
    assert [got[event.event_id].event_type for event in sent] == ["ünï.cødé", "a"]
    transport.close()


def test_trimming_by_number_and_by_age(options: dict[str, Any], server: Any) -> None:
    """The stream keeps about as many events, or as old ones, as it is told."""
    key = "{" + options["prefix"] + "}:events"
    events = [EVENT] * 5000
    RedisTransport(**options, max_events=1000).send(events)
    assert 1000 <= server.client().xlen(key) <= 1200
    RedisTransport(**options, max_age_seconds=0.001).send([EVENT] * 2000)
    assert server.client().xlen(key) < 2500
