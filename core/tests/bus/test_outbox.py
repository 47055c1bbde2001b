"""Publishing never raises and never waits long; what is accepted is sent, or is a dead letter."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from brokers import Broker, Told
from eventflow.bus.backoff import Backoff
from eventflow.bus.bus import EventBus
from eventflow.bus.delivery import Ack, DeadLetter
from eventflow.bus.letters import FolderDeadLetters, MemoryDeadLetters, resend
from eventflow.bus.noop import NoOpTransport
from eventflow.bus.outbox import Outbox, Queueing
from eventflow.bus.spill import Spill

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventflow.types import Event

SOON = Backoff(first=0.001, most=0.01)
FOREVER = 10**9


class Gate(Broker):
    """A broker that takes nothing until it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.free = threading.Event()
        self.asked = threading.Event()

    def send(self, events: Sequence[Event]) -> Sequence[str]:
        self.asked.set()
        self.free.wait(10)
        return super().send(events)


class Unkept(MemoryDeadLetters):
    """Letters that cannot be kept; it counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def put(self, letter: DeadLetter) -> None:
        self.asked += 1
        raise ConnectionError


def told(broker: Broker) -> list[int]:
    """Return what a broker got."""
    return [event.n for event in broker.log if isinstance(event, Told)]


def test_events_are_sent_in_order_and_in_batches() -> None:
    """While the first batch is under way the others gather."""
    gate = Gate()
    outbox = Outbox(gate, Queueing(batch=50, linger=0), MemoryDeadLetters())
    assert outbox.put(Told(n=0))
    assert gate.asked.wait(10)
    assert all(outbox.put(Told(n=n)) for n in range(1, 101))
    gate.free.set()
    assert outbox.flush(10)
    assert told(gate) == list(range(101))
    assert gate.batches == [1, 50, 50]
    outbox.close(1)


def test_what_fails_is_tried_again_and_arrives() -> None:
    """A server that is away for a while loses nothing."""
    broker = Broker()
    broker.away = 3
    outbox = Outbox(broker, Queueing(backoff=SOON), MemoryDeadLetters())
    for n in range(5):
        outbox.put(Told(n=n))
    assert outbox.flush(10)
    assert told(broker) == list(range(5))
    assert (outbox.counts.retried, outbox.counts.sent, outbox.counts.lost) == (3, 5, 0)
    outbox.close(1)


def test_a_number_of_attempts_then_a_dead_letter_that_can_be_sent_again(tmp_path: Path) -> None:
    """The letter says why; sent again, it has its own id and is forgotten."""
    broker, letters = Broker(), FolderDeadLetters(tmp_path)
    broker.away = FOREVER
    outbox = Outbox(broker, Queueing(attempts=2, backoff=SOON), letters)
    event = Told(n=3)
    receipt = outbox.put_and_wait(event, 10)
    outbox.close(1)
    assert receipt.reached is None
    assert receipt.reason == "ConnectionError: the broker is away"
    [letter] = letters.letters()
    assert (letter.attempts, letter.reason) == (2, receipt.reason)
    broker.away = 0
    resend(letter, broker, letters)
    assert broker.log == [event]
    assert list(letters.letters()) == []


@pytest.mark.parametrize(
    ("overflow", "kept"),
    [("block", [0, 1, 2, 3]), ("drop_newest", [0, 1, 2, 3]), ("drop_oldest", [0, 7, 8, 9])],
)
def test_a_full_queue_does_what_its_policy_says(overflow: str, kept: list[int]) -> None:
    """What finds no room is dropped, counted, and never waited for longer than `block`."""
    gate = Gate()
    queueing = Queueing(capacity=3, overflow=overflow, block=0.01, batch=1, linger=0)  # type: ignore[arg-type] # from the list above
    outbox = Outbox(gate, queueing, MemoryDeadLetters())
    outbox.put(Told(n=0))
    assert gate.asked.wait(10)  # it is under way, and takes no room
    for n in range(1, 10):
        outbox.put(Told(n=n))
    assert outbox.counts.dropped == 6
    gate.free.set()
    assert outbox.flush(10)
    assert told(gate) == kept
    outbox.close(1)


def test_a_full_queue_can_go_on_on_disk_in_order(tmp_path: Path) -> None:
    """What finds no room in memory is written, and sent when there is time."""
    gate = Gate()
    queueing = Queueing(capacity=3, overflow="spill", spill=tmp_path, batch=4, linger=0)
    outbox = Outbox(gate, queueing, MemoryDeadLetters())
    outbox.put(Told(n=0))
    assert gate.asked.wait(10)
    for n in range(1, 30):
        assert outbox.put(Told(n=n))
    assert outbox.counts.spilled == 26
    gate.free.set()
    assert outbox.flush(10)
    assert told(gate) == list(range(30))
    outbox.close(1)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_on_disk_is_sent_by_the_next(tmp_path: Path) -> None:
    """Its torn last line is passed over."""
    left = tmp_path / "999999999-0190.ndjson"
    left.write_bytes(b"".join(Told(n=n).to_bytes() + b"\n" for n in range(3)) + b'{"event_t')
    broker = Broker()
    outbox = Outbox(broker, Queueing(overflow="spill", spill=tmp_path), MemoryDeadLetters())
    outbox.put(Told(n=3))
    assert outbox.flush(10)
    assert told(broker) == [0, 1, 2, 3]
    outbox.close(1)


def test_a_spill_takes_no_more_than_it_may(tmp_path: Path) -> None:
    """Beyond its size an event is refused."""
    event = Told(n=1)
    spill = Spill(tmp_path / "s", most=2 * len(event.to_bytes()) + 2)
    assert [spill.put(event) for _ in range(3)] == [True, True, False]
    assert [e.event_id for e in spill.first(9)] == [event.event_id] * 2
    spill.drop(2)
    assert len(spill) == 0
    spill.close()


def test_an_event_that_cannot_be_written_is_buried_alone() -> None:
    """Its neighbours in the batch are sent."""

    class Writing(Broker):
        def send(self, events: Sequence[Event]) -> Sequence[str]:
            for event in events:
                event.to_json()
            return super().send(events)

    broker, letters = Writing(), MemoryDeadLetters()
    outbox = Outbox(broker, Queueing(linger=0.05), letters)
    for n, payload in enumerate([1, object(), 2]):
        outbox.put(Told(n=n, payload=payload))
    assert outbox.flush(10)
    assert told(broker) == [0, 2]
    [letter] = letters.letters()
    assert "payload of Told cannot be written" in letter.reason
    outbox.close(1)


def test_closing_gives_up_what_cannot_be_sent_and_says_so() -> None:
    """After the time that was allowed, everything left is a dead letter."""
    broker, letters = Broker(), MemoryDeadLetters()
    broker.away = FOREVER
    outbox = Outbox(broker, Queueing(batch=2, backoff=SOON, linger=0), letters)
    for n in range(5):
        outbox.put(Told(n=n))
    outbox.close(0.05)
    assert not outbox.put(Told(n=9))
    assert sorted(Told.from_json(x.content).n for x in letters.letters()) == list(range(5))
    assert outbox.counts.buried == 5
    assert "the broker is away" in outbox.counts.cause


def test_closing_in_a_hurry_asks_who_is_away_once_more() -> None:
    """Neither the pause before the next attempt nor the time allowed is waited for."""
    broker, letters = Broker(), Unkept()
    broker.away = FOREVER
    outbox = Outbox(broker, Queueing(batch=2, backoff=Backoff(first=600), linger=0), letters)
    for n in range(5):
        outbox.put(Told(n=n))
    while not outbox.counts.retried:
        threading.Event().wait(0.001)
    outbox.close(600, failures=1)
    assert outbox.counts.retried >= 2
    assert outbox.counts.buried == 5
    assert letters.asked <= 2  # once in each of two threads


def test_closing_in_a_hurry_sends_to_who_is_back() -> None:
    """The attempt that is made at once takes everything that waits."""
    broker = Broker()
    broker.away = 1
    backoff = Backoff(first=600)
    outbox = Outbox(broker, Queueing(batch=2, backoff=backoff, linger=0), MemoryDeadLetters())
    for n in range(5):
        outbox.put(Told(n=n))
    while not outbox.counts.retried:
        threading.Event().wait(0.001)
    assert outbox.close(600, failures=1) == 0
    assert told(broker) == list(range(5))


def test_the_breaker_rests_a_transport_that_keeps_failing() -> None:
    """While it is open nobody asks the transport."""
    broker = Broker()
    broker.away = 5
    with EventBus(broker, queueing=Queueing(backoff=SOON)) as bus:
        bus.publish(Told())
        bus.flush(0.3)
        assert bus.metrics().breaker == "open"
        assert broker.away == 0


def test_acknowledgement_says_how_far_an_event_got() -> None:
    """Durable where the transport promises it; applied once a handler of the group is done."""
    with EventBus(Broker()) as bus:
        assert bus.publish_and_wait(Told(n=1)).reached is Ack.DURABLE
        late = bus.publish_and_wait(Told(n=2), until=Ack.APPLIED, group="g", timeout=0.1)
        assert late.reached is Ack.DURABLE
        assert "no handler of g was done" in late.reason
        bus.subscribe("test.*", lambda _: None, group="g", start="earliest")
        assert bus.publish_and_wait(Told(), until=Ack.APPLIED, group="g").reached is Ack.APPLIED
    with EventBus() as bus:
        receipt = bus.publish_and_wait(Told())
        assert receipt.reached is Ack.ACCEPTED
        assert "does not promise more than accepted" in receipt.reason


async def test_publishing_and_reading_without_blocking_the_loop() -> None:
    """The same from coroutines."""
    with EventBus(Broker()) as bus:
        receipt = await bus.publish_and_wait_async(Told(n=1))
        assert receipt.reached is Ack.DURABLE
        found = [e.n async for e in bus.events_async("test.*", start="earliest", wait=0.05)
                 if isinstance(e, Told)]  # fmt: skip
        assert found == [1]


def test_the_no_op_bus_is_not_active() -> None:
    """A guarded publish looks at one attribute; one that is not guarded does nothing."""
    bus = EventBus(NoOpTransport())
    assert not bus.active
    assert bus.publish(Told()) is None
    assert bus.metrics().published is None
    bus.close()


def test_what_a_transport_does_not_answer_for_is_kept_when_the_bus_is_closed() -> None:
    """It may have arrived: its letter says so, and sending it again does no harm."""
    gate, letters = Gate(), MemoryDeadLetters()
    outbox = Outbox(gate, Queueing(linger=0), letters)
    outbox.put(Told(n=7))
    assert gate.asked.wait(10)
    assert outbox.close(0.01) == 1
    [letter] = letters.letters()
    assert "may have arrived" in letter.reason
    gate.free.set()


def test_who_does_not_spill_leaves_alone_what_others_left_on_disk(tmp_path: Path) -> None:
    """It would never send it."""
    left = tmp_path / "999999999-0190.ndjson"
    left.write_bytes(Told(n=1).to_bytes() + b"\n")
    outbox = Outbox(Broker(), Queueing(spill=tmp_path), MemoryDeadLetters())
    outbox.put(Told(n=2))
    outbox.close(5)
    assert [path.name for path in tmp_path.iterdir()] == [left.name]
