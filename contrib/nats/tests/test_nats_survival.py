"""What survives: processes that are killed, servers that are killed, wiped and restarted."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.bus.bus import EventBus
from eventflow.bus.delivery import DeadLetter
from eventflow.bus.handling import Handling
from eventflow.bus.letters import resend
from eventflow.events import BaseEvent
from eventflow_nats.transport import NatsTransport
from faultkit.asking import some_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

JOB = Path(__file__).parent / "nats_consumer_job.py"
STREAM = "eventflow-events"
QUICK: dict[str, Any] = {"connect_seconds": 1, "timeout_seconds": 2}


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start consumers; they are killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(options: dict[str, Any], place: Path, deadly: str = "") -> subprocess.Popen[bytes]:
        words = [options["url"], options["prefix"], str(place), deadly, "3"]
        started.append(subprocess.Popen([sys.executable, str(JOB), *words]))
        return started[-1]

    yield begin
    for one in started:
        one.kill()
        one.wait()


def _words(place: Path, word: int) -> list[str]:
    text = place.read_text() if place.exists() else ""
    whole = text.rpartition("\n")[0]  # the last line may be half written
    return [line.split()[word] for line in whole.splitlines()]


def test_events_of_a_killed_consumer_are_handled_by_another(
    options: dict[str, Any], tmp_path: Path, until: Any, start: Any
) -> None:
    """A consumer is killed in the middle of its work; nothing it had is lost."""
    transport = NatsTransport(**options)
    place = tmp_path / "handled.txt"
    events = some_events(2000)
    first = start(options, place)
    transport.send(events)
    transport.close()
    until(lambda: len(_words(place, 0)) > 20)
    first.kill()
    first.wait()
    start(options, place)
    until(lambda: set(_words(place, 1)) == {str(e.event_id) for e in events}, 40)


def test_an_event_that_kills_its_process_is_buried_after_its_attempts(
    options: dict[str, Any], tmp_path: Path, until: Any, start: Any
) -> None:
    """It is handled exactly as often as `attempts` says; those taken with it all arrive."""
    transport = NatsTransport(**options)
    place = tmp_path / "handled.txt"
    transport.send([*some_events(5), *some_events(1, "poison"), *some_events(20, "later")])
    for _ in range(3):
        assert start(options, place, "poison").wait(20) == -9
    start(options, place, "poison")
    until(lambda: len(list(transport.dead_letters().letters())) == 1, 30)
    until(lambda: Counter(_words(place, 0))["later"] >= 20, 30)
    ids = {i for kind, i in zip(_words(place, 0), _words(place, 1), strict=True) if kind == "later"}
    assert len(ids) == 20
    assert Counter(_words(place, 0))["poison"] == 3
    [letter] = transport.dead_letters().letters()
    assert b'"poison"' in letter.content
    transport.close()


def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    own_server: Any, until: Callable[..., None]
) -> None:
    """Each receipt is kept, and each event handled; the server is killed five times meanwhile."""
    server = own_server(always=False)
    got: set[str] = set()
    with EventBus(NatsTransport(url=server.url, **QUICK)) as bus:
        bus.subscribe("*", lambda event: got.add(str(event.event_id)), group="g", start="earliest")
        sent: list[str] = []
        for _ in range(5):
            for event in some_events(20):
                receipt = bus.publish_and_wait(event, timeout=20)
                assert receipt.position, receipt
                sent.append(str(event.event_id))
            server.restart()
        until(lambda: got >= set(sent), 40)


def test_a_wiped_server_gets_its_streams_and_group_again(
    own_server: Any, until: Callable[..., None]
) -> None:
    """A wipe, a deleted group, a deleted stream: what is published after is handled."""
    server = own_server()
    got: list[str] = []
    followed: list[str] = []
    transport = NatsTransport(url=server.url, **QUICK)
    with EventBus(transport) as bus:
        bus.subscribe("*", lambda event: got.append(_source(event)), group="g")
        bus.subscribe("*", lambda event: followed.append(_source(event)))
        for turn in ("", "wipe", "group", "stream"):
            if turn == "wipe":
                server.wipe()
            if turn == "group":
                _delete_groups(transport)
            if turn == "stream":
                transport._link.call(lambda line: line.streams.delete_stream(STREAM))
            sent = [f"{turn} {number}" for number in range(10)]
            for source in sent:
                bus.publish(BaseEvent(event_type="order.placed", source=source))
            until(lambda s=sent: set(got) & set(followed) >= set(s), 30)
            assert followed[-10:] == sent
    assert len(followed) == 40


def test_what_is_told_late_of_a_deleted_stream_harms_no_other_event(
    options: dict[str, Any],
) -> None:
    """An event of the new stream has the same number, and is not taken for the old one."""
    transport = NatsTransport(**options)
    receiver = transport.open("*", group="g")
    taken = []
    for kind in ("old", "new"):
        transport.send([BaseEvent(event_type=kind)])
        [one] = receiver.receive(5, 5) or receiver.receive(5, 5)
        taken.append(one)
        if kind == "old":
            stream = f"{options['prefix']}-events"
            transport._link.call(partial(_delete, stream))
    old, new = taken
    assert old.position.split("-")[1] == new.position.split("-")[1] == "1"
    receiver.ack([old])
    assert not transport.applied(new.position, "g")
    receiver.ack([new])
    assert transport.applied(new.position, "g")
    transport.close()


async def _delete(stream: str, line: Any) -> None:
    await line.streams.delete_stream(stream)


def _delete_groups(transport: NatsTransport) -> None:
    async def delete(line: Any) -> None:
        for info in await line.streams.consumers_info(STREAM):
            if info.config.durable_name:
                await line.streams.delete_consumer(STREAM, info.name)

    transport._link.call(delete)


def _source(event: Any) -> str:
    source: str = event.source
    return source


def test_a_follower_goes_on_where_it_was(own_server: Any, until: Callable[..., None]) -> None:
    """A subscription without a group misses nothing while the server is away."""
    server = own_server()
    got: list[str] = []
    with EventBus(NatsTransport(url=server.url, **QUICK)) as bus:
        bus.subscribe("*", lambda event: got.append(_source(event)))
        bus.publish_and_wait(BaseEvent(event_type="a", source="before"))
        until(lambda: got == ["before"])
        server.restart()
        other = NatsTransport(url=server.url)
        other.send([BaseEvent(event_type="a", source=str(n)) for n in range(5)])
        other.close()
        until(lambda: len(got) == 6, 30)
    assert got == ["before", *map(str, range(5))]


def test_a_dead_letter_that_is_sent_again_arrives_again(
    options: dict[str, Any], until: Callable[..., None]
) -> None:
    """At once, though the server drops what is sent twice by mistake; once per letter."""
    transport = NatsTransport(**options)
    with EventBus(transport) as bus:
        tried: list[Any] = []

        def fails_once(event: Any) -> None:
            tried.append(event)
            if len(tried) == 1:
                raise ValueError

        bus.subscribe("*", fails_once, group="g", handling=Handling(attempts=1))
        bus.publish_and_wait(BaseEvent(event_type="a"))
        until(lambda: bool(list(bus.dead_letters.letters())))
        [letter] = bus.dead_letters.letters()
        resend(letter, transport, bus.dead_letters)
        until(lambda: len(tried) == 2)
        assert tried[0] == tried[1]
        assert not list(bus.dead_letters.letters())


def test_many_letters_are_listed_oldest_first(options: dict[str, Any]) -> None:
    """All of them, in pages; with none there is nothing to list."""
    transport = NatsTransport(**options)
    letters = transport.dead_letters()
    assert not list(letters.letters())
    put = [DeadLetter(content=b"\xff%d" % n, reason=f"é{n}", group="a b.*") for n in range(250)]
    for letter in put:
        letters.put(letter)
    assert list(letters.letters()) == put
    subject = f"{options['prefix']}.dead.by.hand"
    transport._link.call(lambda line: line.streams.publish(subject, b"?"))
    *_, foreign = letters.letters()
    assert (foreign.letter_id, foreign.content) == ("hand", b"?")
    assert letters.remove("hand")
    transport.close()
