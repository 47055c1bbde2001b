"""Groups on a real server: who gets what, and what becomes of what nobody finished."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from threading import Event as Flag
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.bus.bus import EventBus
from eventflow.bus.delivery import Ack
from eventflow.bus.handling import Handling
from eventflow.events import BaseEvent, EventTypes
from eventflow_redis.keys import Keys, number
from eventflow_redis.streams import RedisTransport
from faultkit.asking import some_events, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.types import Event

JOB = Path(__file__).parent / "consumer_job.py"
QUICK = {"visibility_seconds": 0.3}


def test_a_group_shares_and_each_of_two_groups_gets_all(options: dict[str, Any]) -> None:
    """Two receivers of one group have disjoint events; another group has all of them."""
    with EventBus(RedisTransport(**options)) as bus:
        one, two, other = (bus.transport.open("order.*", group=g) for g in ("ship", "ship", "bill"))
        sent = [str(e.event_id) for e in some_events(20) if bus.transport.send([e])]
        first, second = one.receive(10, 1), two.receive(100, 1)
        assert [str(d.event.event_id) for d in (*first, *second)] == sent
        assert [str(d.event.event_id) for d in other.receive(100, 1)] == sent
        assert not two.receive(10, 0.05)


def test_a_group_name_with_another_pattern_loses_nothing(options: dict[str, Any]) -> None:
    """A service that uses its name for two patterns gets the events of both."""
    transport = RedisTransport(**options)
    orders, bills = (transport.open(p, group="service") for p in ("order.*", "bill.*"))
    transport.send([*some_events(3), *some_events(2, "bill.sent")])
    assert len(take(orders, 3)) == 3
    assert len(take(bills, 2)) == 2
    transport.close()


def test_an_event_that_nobody_finished_goes_to_another_consumer(options: dict[str, Any]) -> None:
    """After `visibility_seconds` another consumer gets it, counted as the second attempt."""
    here, there = RedisTransport(**options, **QUICK), RedisTransport(**options, **QUICK)
    first, second = here.open("*", group="g"), there.open("*", group="g")
    here.send(some_events(1))
    [taken] = take(first, 1)
    [again] = take(second, 1)
    assert (again.position, taken.attempt, again.attempt) == (taken.position, 1, 2)
    second.ack([again])
    assert not take(first, 1, seconds=0.8)


def test_extended_events_stay_where_they_are(options: dict[str, Any]) -> None:
    """Nobody else gets what is extended, however long it takes."""
    here, there = RedisTransport(**options, **QUICK), RedisTransport(**options, **QUICK)
    first, second = here.open("*", group="g"), there.open("*", group="g")
    here.send(some_events(1))
    taken = take(first, 1)
    for _ in range(10):
        first.extend(taken)
        assert not second.receive(10, 0.1)


@pytest.mark.parametrize("visibility", [0.2, 30.0])
def test_a_retry_waits_as_long_as_it_was_told(options: dict[str, Any], visibility: float) -> None:
    """It is handed out again no sooner than asked, more or less than `visibility_seconds` later."""
    transport = RedisTransport(**options, visibility_seconds=visibility)
    receiver = transport.open("*", group="g")
    transport.send(some_events(1))
    [taken] = take(receiver, 1)
    receiver.retry(taken, 0.6)
    assert not take(receiver, 1, seconds=0.4)
    [again] = take(receiver, 1)
    assert (again.event, again.attempt) == (taken.event, 2)
    transport.close()


def test_a_retry_outlives_its_process(options: dict[str, Any]) -> None:
    """The server keeps the delay: another consumer gets the event when it is due."""
    here, there = RedisTransport(**options, **QUICK), RedisTransport(**options, **QUICK)
    first, second = here.open("*", group="g"), there.open("*", group="g")
    here.send(some_events(1))
    [taken] = take(first, 1)
    first.retry(taken, 1.0)
    assert not take(second, 1, seconds=0.7)
    [again] = take(second, 1)
    assert again.attempt == 2


def test_closing_gives_back_at_once(options: dict[str, Any]) -> None:
    """What a closed receiver had not finished goes to another without waiting, and uncounted."""
    transport = RedisTransport(**options)
    first, second = transport.open("*", group="g"), transport.open("*", group="g")
    transport.send(some_events(3))
    taken = take(first, 3)
    first.ack(taken[:1])
    first.close()
    found: list[Any] = []
    until = monotonic() + 15
    while len(found) < 2 and monotonic() < until:
        found += second.receive(10, 0.05)
        second.ack(found)
    assert [(d.position, d.attempt) for d in found] == [(d.position, 1) for d in taken[1:]]


def test_a_named_consumer_finds_what_it_had(options: dict[str, Any]) -> None:
    """A process that comes back under its name does not wait for `visibility_seconds`."""
    first = RedisTransport(**options, consumer="me").open("*", group="g")
    second = RedisTransport(**options, consumer="me")
    second.send(some_events(2))
    taken = take(first, 2)
    receiver = second.open("*", group="g")
    found: list[Any] = []
    until = monotonic() + 15
    while len(found) < 2 and monotonic() < until:
        new = receiver.receive(10, 0.05)
        assert len(new) <= 1  # what a process left is handed out one by one
        receiver.ack(new)
        found += new
    assert [d.position for d in found] == [d.position for d in taken]


def test_a_broken_entry_goes_to_the_dead_letters(options: dict[str, Any], server: Any) -> None:
    """Bytes that are no event are buried as they are, and the next event arrives."""
    transport = RedisTransport(**options)
    receiver = transport.open("order.*", group="g")
    stream = Keys(options["prefix"]).events
    server.client().xadd(stream, {"order.placed": b"\xff{no json"})
    server.client().xadd(stream, {"a": b"1", "b": b"2"})
    sent = some_events(1)
    transport.send(sent)
    assert [d.event.event_id for d in take(receiver, 1)] == [sent[0].event_id]
    letters = list(transport.dead_letters().letters())
    assert [letter.content for letter in letters] == [b"\xff{no json", b"a\n1\nb\n2"]
    assert transport.applied(letters[0].position, "g")


def test_dead_letters_say_why_and_can_be_removed(options: dict[str, Any]) -> None:
    """An event that fails every attempt is buried with reason, attempts, group and position."""
    with EventBus(RedisTransport(**options)) as bus:

        def fails(event: Event) -> None:
            raise RuntimeError(event.event_type)

        done = Flag()
        bus.subscribe("*", fails, group="g", handling=Handling(attempts=2))
        bus.subscribe("*", lambda _: done.set(), group="well")
        receipt = bus.publish_and_wait(some_events(1)[0], until=Ack.APPLIED, group="g", timeout=10)
        [letter] = bus.dead_letters.letters()
        assert (letter.attempts, letter.group, letter.position) == (2, "g", receipt.position)
        assert "order.placed" in letter.reason
        assert receipt.reached is Ack.APPLIED
        assert done.wait(10)
        assert bus.dead_letters.remove(letter.letter_id)
        assert not bus.dead_letters.remove(letter.letter_id)
        assert not list(bus.dead_letters.letters())


def test_applied_means_that_the_group_is_done(options: dict[str, Any]) -> None:
    """It is false before the handler has returned, and for groups that do not get the event."""
    transport = RedisTransport(**options)
    receiver = transport.open("order.*", group="g")
    transport.open("bill.*", group="other")
    [position] = transport.send(some_events(1))
    assert not transport.applied(position, "g")
    taken = take(receiver, 1)
    assert not transport.applied(position, "g")
    receiver.ack(taken)
    assert transport.applied(position, "g")
    assert not transport.applied(position, "other")
    assert not transport.applied(position, "nobody")


def _start(options: dict[str, Any], place: Path, *, deadly: str = "", attempts: int = 3) -> Any:
    words = [options["url"], options["prefix"], "", str(place), deadly, str(attempts)]
    return subprocess.Popen([sys.executable, str(JOB), *words])


def test_events_of_a_killed_consumer_are_handled_by_another(
    options: dict[str, Any], tmp_path: Path, until: Callable[..., None]
) -> None:
    """A consumer is killed in the middle of its work; nothing it had is lost."""
    transport = RedisTransport(**options)
    place = tmp_path / "handled.txt"
    events = some_events(3000)
    sent = [str(e.event_id) for e in events]
    first = _start(options, place)
    transport.send(events)
    until(lambda: place.exists() and len(place.read_text().splitlines()) > 20)
    first.kill()
    first.wait()
    second = _start(options, place)
    try:
        until(lambda: {line.split()[1] for line in place.read_text().splitlines()} == set(sent), 40)
    finally:
        second.kill()
        second.wait()


def test_an_event_that_kills_its_process_is_buried_after_its_attempts(
    options: dict[str, Any], tmp_path: Path, until: Callable[..., None]
) -> None:
    """It is handled exactly as often as `attempts` says; those taken with it all arrive."""
    transport = RedisTransport(**options)
    place = tmp_path / "handled.txt"
    transport.send([*some_events(5), *some_events(1, "poison"), *some_events(20, "later")])
    for _ in range(3):
        job = _start(options, place, deadly="poison")
        assert job.wait(20) == -9
    last = _start(options, place, deadly="poison")
    try:
        until(lambda: len(list(transport.dead_letters().letters())) == 1)
        until(lambda: Counter(_types(place))["later"] == 20)
    finally:
        last.kill()
        last.wait()
    assert Counter(_types(place))["poison"] == 3
    [letter] = transport.dead_letters().letters()
    assert b'"poison"' in letter.content


def _types(place: Path) -> list[str]:
    return [line.split()[0] for line in place.read_text().splitlines()]


def test_positions_compare_as_the_stream_is_ordered(options: dict[str, Any]) -> None:
    """Positions of a batch rise, and a group can begin after any of them."""
    transport = RedisTransport(**options)
    positions = transport.send(some_events(50))
    assert sorted(positions, key=number) == list(positions)
    after = transport.open("*", group="late", start=positions[39])
    assert [d.position for d in take(after, 10)] == positions[40:]
    with pytest.raises(ValueError, match="write new, earliest"):
        transport.open("*", start="yesterday")


def test_waiting_is_not_cut_short_by_other_types(options: dict[str, Any]) -> None:
    """`receive` goes on waiting when only events of other types arrive."""
    transport = RedisTransport(**options)
    receivers = transport.open("order.*", group="g"), transport.open("order.*")
    for receiver in receivers:
        transport.send(some_events(1, "bill.sent"))
        began = monotonic()
        assert not receiver.receive(1, 0.3)
        assert monotonic() - began >= 0.3


def test_many_events_are_read_as_they_are(options: dict[str, Any], server: Any) -> None:
    """Events that arrive in numbers, with bytes that are no text among them, come in order."""
    transport = RedisTransport(**options)
    receiver = transport.open("order.*", group="g")
    sent = [BaseEvent(event_type="order.placed", source=f"ü漢{n}" * 9) for n in range(200)]
    transport.send(sent[:100])
    server.client().xadd(Keys(options["prefix"]).events, {"order.placed": b"\xff" * 300})
    transport.send([*some_events(1, "bill.sent"), *sent[100:]])
    got: list[Any] = []
    until = monotonic() + 15
    while len(got) < 200 and monotonic() < until:
        new = receiver.receive(40, 5)
        receiver.ack(new)
        got += new
    assert [d.event for d in got] == _read_back(sent)
    assert [d.attempt for d in got] == [1] * 200
    [letter] = transport.dead_letters().letters()
    assert letter.content == b"\xff" * 300


def _read_back(events: list[BaseEvent]) -> list[BaseEvent]:
    """Return events of no class of their own as they are read."""
    return [EventTypes.defined().decode(event.to_bytes()) for event in events]
