"""Transports: publishing never fails, and those who subscribed get what they asked for."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

from attrs import frozen

from eventflow.events import BaseEvent
from eventflow.testing.check import broken, check, extra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventflow.testing.subject import Subject
    from eventflow.types import Event

extra("patience_seconds", "seconds that a check waits for events to arrive; 5 by default")
extra(
    "settle_seconds",
    """seconds to wait for events that must not arrive; 0 by default, which is right for a transport
    that delivers before `publish` returns""",
)

TYPES = ("a", "a.b", "a.b.c", "b.a", "order.placed", "order.item.added", "x.error.y", "error")
PATTERNS = ("*", "a", "a.*", "*.b", "a.*.c", "*.error.*", "order.*", "order.placed", "*.*")


@frozen(kw_only=True)
class ContractEvent(BaseEvent):
    """An event with anything in it."""

    payload: Any = None


@check("publish-never-raises", kinds=("transport",), since=1)
def publishes_anything(subject: Subject) -> None:
    """`publish` never raises, whatever the event holds.

    Why: telemetry never breaks work; the caller is in the middle of a run.
    Fix: catch what encoding and sending raise, log it and count it.
    """
    endless: list[Any] = []
    endless.append(endless)
    payloads: tuple[Any, ...] = (
        object(),
        endless,
        lambda: None,
        {1: {2}},
        float("nan"),
        "x" * 10**6,
    )
    with opened(subject) as transport:
        for payload in payloads:
            _publish(transport, ContractEvent(event_type="contract.odd", payload=payload))
        for name in ("", "..", "two words", "ünï.cødé"):
            _publish(transport, ContractEvent(event_type=name))


@check("publish-after-close", kinds=("transport",), since=1)
def publishes_after_close(subject: Subject) -> None:
    """`publish` after `close` does nothing and does not raise.

    Why: threads and callbacks may still tell something while a run ends.
    Fix: drop events once closed.
    """
    transport = subject.build()
    transport.close()
    _publish(transport, ContractEvent(event_type="contract.late"))


@check("delivers-events", kinds=("transport",), since=1)
def delivers_events(subject: Subject) -> None:
    """A subscriber gets each event once, with its id, type, time and source.

    Why: subscribers drop duplicates and connect causes by these fields.
    Fix: carry every field of the event, and hand it over once.
    """
    sent = [ContractEvent(event_type="contract.sent", source="kit") for _ in range(10)]
    with opened(subject) as transport:
        got = listen(transport, "contract.*")
        for event in sent:
            transport.publish(event)
        await_events(subject, got.__len__, len(sent))
    facts = [Counter((e.event_id, e.event_type, e.timestamp, e.source) for e in es)
             for es in (got, sent)]  # fmt: skip
    if facts[0] != facts[1]:
        broken(f"of {len(sent)} events, {len(got)} arrived, or not as they were sent")


@check("patterns", kinds=("transport",), since=1)
def matches_patterns(subject: Subject) -> None:
    """A subscription gets the events whose type matches its pattern, and no others.

    Why: patterns mean the same on every transport: `*` stands for one segment or more.
    Fix: match with eventflow.events.patterns.matches.
    """
    expected = {
        p: sorted(t for t in TYPES if _matches(p.split("."), t.split("."))) for p in PATTERNS
    }
    with opened(subject) as transport:
        got = {pattern: listen(transport, pattern) for pattern in PATTERNS}
        for name in TYPES:
            transport.publish(ContractEvent(event_type=name))
        await_events(subject, lambda: sum(map(len, got.values())), sum(map(len, expected.values())))
    for pattern, events in got.items():
        found = sorted(event.event_type for event in events)
        if found != expected[pattern]:
            broken(f'"{pattern}" got {found}, expected {expected[pattern]}')


@check("unsubscribe", kinds=("transport",), since=1)
def unsubscribes_one(subject: Subject) -> None:
    """`unsubscribe` ends that subscription and no other; unknown ids are ignored.

    Why: a notebook that is run again subscribes again; old handlers must be gone.
    Fix: return a new id from every subscribe, and ignore those you do not know.
    """
    with opened(subject) as transport:
        kept: list[Event] = []
        gone: list[Event] = []
        transport.subscribe("contract.*", kept.append)
        ended = transport.subscribe("contract.*", gone.append)
        for subscription in (ended, ended, "never given"):
            transport.unsubscribe(subscription)
        transport.publish(ContractEvent(event_type="contract.sent"))
        await_events(subject, kept.__len__, 1)
    if gone:
        broken("a handler was called after it was unsubscribed")
    if len(kept) != 1:
        broken(f"the other handler of the same pattern got {len(kept)} events of 1")


@check("handler-isolation", kinds=("transport",), since=1)
def isolates_handlers(subject: Subject) -> None:
    """A handler that raises stops neither `publish`, nor other handlers, nor later events.

    Why: observers are strangers to each other; one bug must not blind all.
    Fix: call each handler in its own try, log what it raises, and go on.
    """

    def fails(event: Event) -> None:
        msg = f"a handler of {event.event_type} fails, on purpose"
        raise RuntimeError(msg)

    with opened(subject) as transport:
        transport.subscribe("*", fails)
        got = listen(transport, "*")
        transport.subscribe("*", fails)
        for _ in range(3):
            _publish(transport, ContractEvent(event_type="contract.sent"))
        await_events(subject, got.__len__, 3)
    if len(got) != 3:  # noqa: PLR2004 - as many as were published
        broken(f"beside a handler that raises, another got {len(got)} events of 3")


@check("publish-from-threads", kinds=("transport",), since=1)
def publishes_from_threads(subject: Subject) -> None:
    """Several threads can publish at once, and every event arrives once.

    Why: batches of files run in threads and share one transport.
    Fix: guard what threads share with a lock.
    """
    with opened(subject) as transport:
        got = listen(transport, "contract.*")
        threads = [Thread(target=_publish_many, args=(transport, f"t{n}")) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        await_events(subject, got.__len__, 4 * _EACH)
    arrived = Counter(event.source for event in got)
    if arrived != {f"t{n}": _EACH for n in range(4)}:
        broken(f"4 threads published {_EACH} events each; arrived {dict(arrived)}")


@check("close-twice", kinds=("transport",), since=1)
def closes_twice(subject: Subject) -> None:
    """`close` can be called again, and with subscriptions open; nothing is delivered afterwards.

    Why: a run that fails closes what may be closed already.
    Fix: release what is there, once, and forget the handlers.
    """
    transport = subject.build()
    got = listen(transport, "*")
    transport.close()
    transport.close()
    _publish(transport, ContractEvent(event_type="contract.late"))
    time.sleep(float(subject.extras.get("settle_seconds", 0)))
    if got:
        broken("an event was delivered after close()")


_EACH = 50


def _publish_many(transport: Any, source: str) -> None:
    for _ in range(_EACH):
        transport.publish(ContractEvent(event_type="contract.sent", source=source))


@contextmanager
def opened(subject: Subject) -> Iterator[Any]:
    """Build a transport, and close it at the end."""
    transport = subject.build()
    try:
        yield transport
    finally:
        transport.close()


def _publish(transport: Any, event: ContractEvent) -> None:
    try:
        transport.publish(event)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the law forbids
        what = type(event.payload).__name__ if event.payload is not None else event.event_type
        broken(f"publish() raised {type(error).__name__} for {what!r}: {str(error)[:100]}")


def listen(transport: Any, pattern: str) -> list[BaseEvent]:
    """Subscribe, and return the list that the events go to."""
    got: list[BaseEvent] = []
    handler: Callable[[BaseEvent], None] = got.append
    transport.subscribe(pattern, handler)
    return got


def await_events(subject: Subject, arrived: Callable[[], int], number: int) -> None:
    """Wait until so many events have arrived, then for those that must not."""
    end = time.monotonic() + float(subject.extras.get("patience_seconds", 5))
    while arrived() < number and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(float(subject.extras.get("settle_seconds", 0)))


def _matches(pattern: list[str], segments: list[str]) -> bool:
    """Match naively: a star takes one segment or more."""
    if not pattern or not segments:
        return not pattern and not segments
    if pattern[0] == "*":
        return any(_matches(pattern[1:], segments[n:]) for n in range(1, len(segments) + 1))
    return pattern[0] == segments[0] and _matches(pattern[1:], segments[1:])
