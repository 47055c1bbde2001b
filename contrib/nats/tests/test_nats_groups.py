"""Groups on a real server: who gets what, and what becomes of what nobody finished."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.bus.bus import EventBus
from eventflow.bus.delivery import Ack
from eventflow.bus.handling import Handling
from eventflow_nats.names import Position
from eventflow_nats.transport import NatsTransport
from faultkit.asking import some_events, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventflow.types import Event

QUICK = {"visibility_seconds": 0.4}


@pytest.fixture
def make(options: dict[str, Any]) -> Iterator[Callable[..., NatsTransport]]:
    """Make transports of one bus; they are closed at the end."""
    made: list[NatsTransport] = []

    def build(**more: Any) -> NatsTransport:
        made.append(NatsTransport(**options, **more))
        return made[-1]

    yield build
    for one in made:
        one.close()


def _finished(receiver: Any, number_of: int) -> list[Any]:
    """Ask until so many events were handed out, and acknowledge each."""
    found: list[Any] = []
    until = monotonic() + 15
    while len(found) < number_of and monotonic() < until:
        new = receiver.receive(1000, 0.02)
        receiver.ack(new)
        found += new
    return found


def test_a_group_shares_and_each_of_two_groups_gets_all(make: Any) -> None:
    """Two receivers of one group have disjoint events; another group has all of them."""
    transport = make()
    one, two, other = (transport.open("order.*", group=g) for g in ("ship", "ship", "bill"))
    sent = [str(e.event_id) for e in some_events(20) if transport.send([e])]
    first, second = one.receive(10, 1), two.receive(100, 1)
    assert [str(d.event.event_id) for d in (*first, *second)] == sent
    assert [str(d.event.event_id) for d in other.receive(100, 1)] == sent
    assert not two.receive(10, 0.05)


def test_a_group_name_with_another_pattern_loses_nothing(make: Any) -> None:
    """A service that uses its name for two patterns gets the events of both."""
    transport = make()
    orders, bills = (transport.open(p, group="service") for p in ("order.*", "bill.*"))
    transport.send([*some_events(3), *some_events(2, "bill.sent")])
    assert len(take(orders, 3)) == 3
    assert len(take(bills, 2)) == 2


def test_an_event_that_nobody_finished_goes_to_another_receiver(make: Any) -> None:
    """After `visibility_seconds` another one gets it, as the second attempt."""
    here, there = make(**QUICK), make(**QUICK)
    first, second = here.open("*", group="g"), there.open("*", group="g")
    here.send(some_events(1))
    [taken] = take(first, 1)
    [again] = take(second, 1)
    assert (again.position, taken.attempt, again.attempt) == (taken.position, 1, 2)
    second.ack([again])
    assert not take(first, 1, seconds=0.8)


def test_the_last_receiver_of_a_group_decides_when_events_are_left(make: Any) -> None:
    """One that asks for less than the group was made with gets it."""
    here, there = make(), make(**QUICK)
    first, second = here.open("*", group="g"), there.open("*", group="g")
    here.send(some_events(1))
    [taken] = take(first, 1)
    [again] = take(second, 1, seconds=5)
    assert again.position == taken.position


def test_extended_events_stay_where_they_are(make: Any) -> None:
    """Nobody else gets what is extended, however long it takes."""
    here, there = make(**QUICK), make(**QUICK)
    first, second = here.open("*", group="g"), there.open("*", group="g")
    here.send(some_events(1))
    taken = take(first, 1)
    for _ in range(10):
        first.extend(taken)
        assert not second.receive(10, 0.1)


@pytest.mark.parametrize("visibility", [0.2, 30.0])
def test_a_retry_waits_as_long_as_it_was_told(make: Any, visibility: float) -> None:
    """It is handed out again no sooner than asked, more or less than `visibility_seconds` later."""
    transport = make(visibility_seconds=visibility)
    receiver = transport.open("*", group="g")
    transport.send(some_events(1))
    [taken] = take(receiver, 1)
    receiver.retry(taken, 0.6)
    assert not take(receiver, 1, seconds=0.4)
    [again] = take(receiver, 1)
    assert (again.event, again.attempt) == (taken.event, 2)


def test_a_retry_outlives_its_process(make: Any) -> None:
    """The server keeps delay and attempt: another receiver gets the event when it is due."""
    here, there = make(), make()
    first, second = here.open("*", group="g"), there.open("*", group="g")
    here.send(some_events(1))
    [taken] = take(first, 1)
    first.retry(taken, 0.0)
    [twice] = take(first, 1)
    first.retry(twice, 1.0)
    assert not take(second, 1, seconds=0.7)
    [again] = take(second, 1)
    assert (taken.attempt, twice.attempt, again.attempt) == (1, 2, 3)


def test_closing_gives_back_at_once(make: Any) -> None:
    """What a closed receiver had not finished goes to another without waiting, and uncounted."""
    transport = make()
    first, second = transport.open("*", group="g"), transport.open("*", group="g")
    transport.send(some_events(3))
    taken = take(first, 3)
    first.ack(taken[:1])
    first.close()
    found = _finished(second, 2)
    assert [(d.position, d.attempt) for d in found] == [(d.position, 1) for d in taken[1:]]


def test_what_a_process_left_is_handed_out_one_by_one(make: Any) -> None:
    """So that what ends a process is not counted against what it had beside it."""
    here, there = make(**QUICK), make(**QUICK)
    first, second = here.open("*", group="g"), there.open("*", group="g")
    here.send(some_events(3))
    taken = take(first, 3)
    [one] = take(second, 1)
    assert not second.receive(10, 0.1)
    second.retry(one, 5.0)
    others = _finished(second, 2)
    assert {d.position for d in (one, *others)} == {d.position for d in taken}
    assert [d.attempt for d in (one, *others)] == [2, 2, 2]


def test_a_broken_message_goes_to_the_dead_letters(make: Any) -> None:
    """Bytes that are no event are buried as they are, and the next event arrives."""
    transport = make()
    receiver = transport.open("order.*", group="g")
    subject = transport._names.event("order.placed")
    transport._link.call(lambda line: line.streams.publish(subject, b"\xff{no json"))
    transport._link.call(lambda line: line.streams.publish(subject, b""))
    sent = some_events(1)
    transport.send(sent)
    assert [d.event.event_id for d in take(receiver, 1)] == [sent[0].event_id]
    letters = list(transport.dead_letters().letters())
    assert [letter.content for letter in letters] == [b"\xff{no json", b""]
    assert transport.applied(letters[0].position, "g")


def test_dead_letters_say_why_and_can_be_removed(make: Any) -> None:
    """An event that fails every attempt is buried with reason, attempts, group and position."""
    with EventBus(make()) as bus:

        def fails(event: Event) -> None:
            raise RuntimeError(f"no: {event.event_type} ü\r\n漢")  # noqa: EM102, TRY003 - of this test

        bus.subscribe("*", fails, group="g", handling=Handling(attempts=2))
        receipt = bus.publish_and_wait(some_events(1)[0], until=Ack.APPLIED, group="g", timeout=10)
        [letter] = bus.dead_letters.letters()
        assert (letter.attempts, letter.group, letter.position) == (2, "g", receipt.position)
        assert letter.reason == "RuntimeError: no: order.placed ü 漢"
        assert receipt.reached is Ack.APPLIED
        assert not bus.dead_letters.remove("*")
        assert bus.dead_letters.remove(letter.letter_id)
        assert not bus.dead_letters.remove(letter.letter_id)
        assert not list(bus.dead_letters.letters())


def test_applied_means_that_the_group_is_done(make: Any) -> None:
    """It is false before the handler has returned, and for groups that do not get the event."""
    transport = make()
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


def test_positions_compare_as_the_stream_is_ordered(make: Any) -> None:
    """Positions of a batch rise, and a group can begin after any of them."""
    transport = make()
    positions = transport.send(some_events(50))
    assert sorted(positions, key=Position.of) == list(positions)
    late = transport.open("*", group="late", start=positions[39])
    assert [d.position for d in take(late, 10)] == positions[40:]
    with pytest.raises(ValueError, match="write new, earliest"):
        transport.open("*", start="yesterday")


def test_waiting_is_not_cut_short_by_other_types(make: Any) -> None:
    """`receive` goes on waiting when only events come that the pattern does not want."""
    transport = make()
    receivers = transport.open("*.paid", group="g"), transport.open("*.paid")
    for receiver in receivers:
        transport.send(some_events(1, "bill.sent"))
        began = monotonic()
        assert not receiver.receive(1, 0.3)
        assert monotonic() - began >= 0.3
