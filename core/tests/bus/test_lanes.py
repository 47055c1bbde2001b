"""Calls run side by side, in order where a key asks for it, and none holds up another."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokers import Broker, Seen, Told, until
from eventflow.bus.backoff import Backoff
from eventflow.bus.bus import EventBus
from eventflow.bus.handling import Handling

if TYPE_CHECKING:
    from eventflow.types import Event

SOON = Backoff(first=0.001, most=0.01)


@settings(deadline=None, max_examples=15)
@given(
    whom=st.lists(st.sampled_from("abcd"), min_size=1, max_size=40),
    lanes=st.integers(1, 5),
    failing=st.sets(st.integers(0, 39), max_size=6),
)
def test_events_of_a_key_are_handled_in_order(
    whom: list[str], lanes: int, failing: set[int]
) -> None:
    """Whatever the concurrency, and also when some are tried again."""
    order: dict[str, list[int]] = defaultdict(list)
    seen, failed = Seen(len(whom)), set[int]()

    def handle(event: Any) -> None:
        if event.n in failing and event.n not in failed:
            failed.add(event.n)
            msg = "once"
            raise RuntimeError(msg)
        order[event.who].append(event.n)
        seen(event)

    handling = Handling(concurrency=lanes, key=lambda e: e.who, backoff=SOON)  # type: ignore[attr-defined] # only such events are sent
    with EventBus(Broker()) as bus:
        bus.subscribe("test.*", handle, group="g", handling=handling)
        for n, who in enumerate(whom):
            bus.publish(Told(n=n, who=who))
        seen.wait()
    assert order == {w: [n for n, x in enumerate(whom) if x == w] for w in set(whom)}


def test_calls_run_at_the_same_time_up_to_the_limit() -> None:
    """With a concurrency of 3, three calls meet, and never four."""
    barrier, now, most = threading.Barrier(3), 0, 0
    lock, seen = threading.Lock(), Seen(6)

    def handle(event: Event) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        barrier.wait(10)
        with lock:
            now -= 1
        seen(event)

    with EventBus(Broker()) as bus:
        bus.subscribe("test.*", handle, group="g", handling=Handling(concurrency=3))
        for n in range(6):
            bus.publish(Told(n=n))
        seen.wait()
    assert most == 3


def test_a_call_that_takes_too_long_fails_and_the_next_event_is_handled() -> None:
    """A handler that hangs is left behind; its event is tried again, then buried."""
    free, seen = threading.Event(), Seen(1)

    def handle(event: Any) -> None:
        if event.n == 0:
            free.wait(10)
        else:
            seen(event)

    handling = Handling(timeout=0.05, attempts=2, backoff=SOON)
    with EventBus(Broker()) as bus:
        bus.subscribe("test.*", handle, group="g", handling=handling)
        bus.publish(Told(n=0))
        bus.publish(Told(n=1))
        assert [e.n for e in seen.wait()] == [1]
        until(lambda: bus.metrics().dead_letters == 1)
        [letter] = bus.dead_letters.letters()
        free.set()
    assert "took more than 0.05 s" in letter.reason


def test_a_coroutine_handler_is_awaited_and_cancelled_when_it_takes_too_long() -> None:
    """Coroutine functions are handlers too; a timeout really ends them."""
    seen, cancelled = Seen(2), threading.Event()

    async def handle(event: Any) -> None:
        if event.n == 0:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled.set()
                raise
        seen(event)

    handling = Handling(timeout=0.1, attempts=1, concurrency=2)
    with EventBus(Broker()) as bus:
        bus.subscribe("test.*", handle, group="g", handling=handling)
        for n in range(3):
            bus.publish(Told(n=n))
        assert sorted(e.n for e in seen.wait()) == [1, 2]
        assert cancelled.wait(10)
        until(lambda: bus.metrics().dead_letters == 1)


@pytest.mark.parametrize("timeout", [None, 0.2])
def test_what_is_done_is_acknowledged_while_another_call_goes_on(timeout: float | None) -> None:
    """A handler that is slow, or hangs, holds back nothing that was handled before it."""
    broker, free = Broker(), threading.Event()

    def handle(event: Any) -> None:
        if event.n == 3:
            free.wait(10)

    broker.send([Told(n=n) for n in range(6)])
    with EventBus(broker) as bus:
        handling = Handling(timeout=timeout, attempts=1)
        bus.subscribe("test.*", handle, group="g", start="earliest", handling=handling)
        until(lambda: broker.done["g"] >= {1, 2, 3})
        assert 4 not in broker.done["g"]
        if timeout is not None:
            until(lambda: broker.done["g"] == {1, 2, 3, 5, 6})
            assert bus.metrics().dead_letters == 1
        free.set()
