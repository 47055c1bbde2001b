"""Handlers are called once for what they handle, again for what they do not, and in order."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from brokers import Broker, Seen, Told, until
from eventflow.bus.backoff import Backoff
from eventflow.bus.bus import EventBus
from eventflow.bus.delivery import Delivery
from eventflow.bus.handling import Handling
from eventflow.bus.memory import InMemoryTransport
from eventflow.bus.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.types import Event, Transport

SOON = Backoff(first=0.001, most=0.01)


@pytest.mark.parametrize("transport", [Broker, InMemoryTransport])
def test_a_failing_handler_gets_the_event_again_then_it_is_buried(
    transport: type[Transport],
) -> None:
    """Three attempts, then a dead letter with the reason, the group and the number of attempts."""
    calls: list[int] = []

    def fails(event: Any) -> None:
        calls.append(event.n)
        msg = "no paper"
        raise RuntimeError(msg)

    with EventBus(transport()) as bus:
        bus.subscribe("test.*", fails, group="print", handling=Handling(attempts=3, backoff=SOON))
        bus.publish(Told(n=7))
        until(lambda: bus.metrics().dead_letters == 1)
        [letter] = bus.dead_letters.letters()
        [counts] = bus.metrics().subscriptions.values()
    assert calls == [7, 7, 7]
    assert (letter.attempts, letter.group) == (3, "print")
    assert letter.reason == "RuntimeError: no paper"
    assert Told.from_json(letter.content).n == 7
    assert (counts.failed, counts.buried, counts.handled) == (3, 1, 0)


def test_an_event_that_was_never_done_is_buried_without_another_call() -> None:
    """Attempts that the broker counted, of a handler that killed its process, count."""
    broker, seen = Broker(), Seen(1)
    receiver = broker.open("test.*", group="g")
    broker.send([Told(n=1)])
    for _ in range(2):
        [taken] = receiver.receive(1, 1)
        receiver.close()  # as after a crash: it comes back with one attempt more
        receiver = broker.open("test.*", group="g")
    assert taken.attempt == 2
    with EventBus(broker) as bus:
        bus.subscribe("test.*", seen, group="g", handling=Handling(attempts=2))
        bus.publish(Told(n=2))
        assert [e.n for e in seen.wait()] == [2]
        [letter] = bus.dead_letters.letters()
    assert "handed out too often" in letter.reason
    assert letter.attempts == 3


def test_equal_identities_are_handled_once() -> None:
    """An event that is sent twice, as after an unknown outcome, is handled once."""
    seen, event = Seen(2), Told(n=1)
    with EventBus(Broker()) as bus:
        subscription = bus.subscribe("test.*", seen, group="g")
        for sent in (event, event, Told(n=2)):
            bus.publish(sent)
        seen.wait()
        until(lambda: bus.metrics().subscriptions[subscription].received == 3)
        counts = bus.metrics().subscriptions[subscription]
    assert [e.n for e in seen.events] == [1, 2]
    assert (counts.handled, counts.repeated) == (2, 1)


def test_a_broker_that_goes_away_is_asked_again_and_nothing_is_lost() -> None:
    """Each call of the broker may fail; every event is handled in the end."""
    broker, seen = Broker(), Seen(20)
    handling = Handling(backoff=SOON)
    with EventBus(broker) as bus:
        subscription = bus.subscribe("test.*", seen, group="g", handling=handling)
        for n in range(20):
            bus.publish(Told(n=n))
            assert bus.flush(10)
            if n % 5 == 0:
                broker.away = 3
                until(lambda: broker.away == 0)
        seen.wait()
        counts = bus.metrics().subscriptions[subscription]
        assert broker.opened > 1
    assert {e.n for e in seen.events} == set(range(20))
    assert counts.errors >= 1


@pytest.mark.parametrize(
    "error", [SystemExit(3), RecursionError(), MemoryError(), GeneratorExit(), KeyboardInterrupt()]
)
def test_whatever_a_handler_raises_the_worker_goes_on(error: BaseException) -> None:
    """Also what would end a program; the event is buried with it as the reason."""
    seen = Seen(1)

    def handle(event: Any) -> None:
        if event.n == 0:
            raise error
        seen(event)

    with EventBus(Broker()) as bus:
        bus.subscribe("test.*", handle, group="g", handling=Handling(attempts=1))
        bus.publish(Told(n=0))
        bus.publish(Told(n=1))
        seen.wait()
        until(lambda: bus.metrics().dead_letters == 1)
        [letter] = bus.dead_letters.letters()
    assert type(error).__name__ in letter.reason


def test_a_key_that_cannot_be_told_buries_the_event_alone() -> None:
    """A function of the user that raises does not stop the worker."""
    seen = Seen(1)

    def key(event: Any) -> str:
        return {1: "one"}[event.n]

    with EventBus(Broker()) as bus:
        bus.subscribe("test.*", seen, group="g", handling=Handling(key=key, concurrency=2))
        bus.publish(Told(n=0))
        bus.publish(Told(n=1))
        seen.wait()
        until(lambda: bus.metrics().dead_letters == 1)
    assert [e.n for e in seen.events] == [1]


def test_handlers_of_one_group_share_the_events_and_groups_do_not() -> None:
    """Two handlers of a group get every event once between them; another group gets all."""
    one, two, other = Seen(0), Seen(0), Seen(30)
    with EventBus(Broker()) as bus:
        for handler in (one, two):
            bus.subscribe("test.*", handler, group="shared")
        bus.subscribe("test.*", other, group="other")
        for n in range(30):
            bus.publish(Told(n=n))
        other.wait()
        until(lambda: len(one.events) + len(two.events) == 30)
    assert sorted(e.n for e in [*one.events, *two.events]) == list(range(30))


def test_unsubscribing_waits_for_the_call_that_is_going_on() -> None:
    """Afterwards the handler is not called any more, and what it did is acknowledged."""
    broker, inside, free = Broker(), threading.Event(), threading.Event()

    def handle(event: Event) -> None:
        del event
        inside.set()
        free.wait(10)

    bus = EventBus(broker)
    subscription = bus.subscribe("test.*", handle, group="g")
    bus.publish(Told())
    assert inside.wait(10)
    threading.Timer(0.05, free.set).start()
    bus.unsubscribe(subscription)
    assert broker.done["g"] == {1}
    bus.close()


def test_what_waits_in_this_process_is_buried_when_its_subscription_ends() -> None:
    """Nobody else has it: it is not lost in silence."""
    inside, free = threading.Event(), threading.Event()

    def handle(event: Event) -> None:
        del event
        inside.set()
        free.wait(10)

    bus = EventBus()
    bus.subscribe("test.*", handle, group="slow", handling=Handling(attempts=1))
    bus.publish(Told(n=0))
    assert inside.wait(10)
    receiver = bus.transport.open("test.*", group="slow")
    bus.publish(Told(n=1))
    receiver.close()
    free.set()
    bus.close()
    letters = [letter for letter in bus.dead_letters.letters() if "ended before" in letter.reason]
    assert Told.from_json(letters[0].content).n == 1


class Again:
    """Hands out one event, and once more, counted often, while its handler is at work."""

    def __init__(self, working: threading.Event) -> None:
        self.working, self.acked, self.buried = working, list[Any](), list[Any]()
        event = Told(n=1)
        self.deliveries = [Delivery(event=event, position="1", attempt=a) for a in (1, 99)]

    def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        if len(self.deliveries) == 1:
            assert self.working.wait(10)
        else:
            threading.Event().wait(wait if not self.deliveries else 0)
        return [self.deliveries.pop(0)] if self.deliveries else []

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        self.acked += deliveries

    def retry(self, delivery: Delivery, after: float) -> None: ...

    def bury(self, delivery: Delivery, reason: str) -> None:
        self.buried.append(delivery)

    def extend(self, deliveries: Sequence[Delivery]) -> None: ...

    def close(self) -> None: ...


def test_what_is_at_work_is_not_buried_when_it_is_handed_out_again() -> None:
    """A broker that came back hands it out anew; its attempts say nothing of a handler at work."""
    working, go_on = threading.Event(), threading.Event()
    receiver = Again(working)

    def handle(_: Event) -> None:
        working.set()
        go_on.wait(10)

    worker = Worker(lambda _: receiver, handle, Handling(attempts=2)).start()
    until(lambda: worker.counts.received == 2)
    go_on.set()
    until(lambda: len(receiver.acked) == 1)
    assert worker.stop()
    assert not receiver.buried


def test_who_is_alone_goes_on_where_it_was_when_the_broker_comes_back() -> None:
    """What was published meanwhile is not skipped, although it began with what is new."""
    broker, first, all_of_them = Broker(), Seen(1), Seen(3)

    def handle(event: Event) -> None:
        all_of_them(event)
        first(event)

    with EventBus(broker) as bus:
        bus.subscribe("test.*", handle, handling=Handling(backoff=SOON))
        bus.publish(Told(n=0))
        first.wait()
        with broker.changed:
            broker.away = 1
            broker.log.extend([Told(n=1), Told(n=2)])
        assert [e.n for e in all_of_them.wait()] == [0, 1, 2]


def test_a_receiver_that_was_closed_is_not_asked_again() -> None:
    """Where opening it anew fails too, it is tried until it succeeds."""
    opened: list[Any] = []

    class Gone:
        """Raises while the broker is away, and says nothing when it is closed."""

        def __init__(self) -> None:
            opened.append(self)
            self.closed = False
            if len(opened) in (2, 3):
                msg = "not yet"
                raise ConnectionError(msg)

        def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
            if self.closed:
                return ()
            if len(opened) == 1:
                raise ConnectionError
            return [Delivery(event=Told(n=7), position="1")]

        def ack(self, deliveries: Sequence[Delivery]) -> None:
            pass

        def close(self) -> None:
            self.closed = True

    seen = Seen(1)
    receive: Any = lambda _: Gone()  # noqa: E731 - a receiver has more methods than are asked
    worker = Worker(receive, seen, Handling(backoff=SOON)).start()
    assert seen.wait()
    worker.stop()
    assert [one.closed for one in opened] == [True, False, False, True]
