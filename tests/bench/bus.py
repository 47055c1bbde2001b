"""What publishing costs: the look at a bus that carries nothing, and events to one subscriber."""

from __future__ import annotations

from timeit import Timer
from typing import TYPE_CHECKING

from eventflow.bus.bus import EventBus
from eventflow.bus.noop import NoOpTransport
from eventflow.events import BaseEvent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

EVENTS = 100_000
ROUNDS = 9


class Counter:
    """A handler."""

    calls = 0

    def __call__(self, _: object) -> None:
        """Count."""
        self.calls += 1


def bench(folder: Path) -> Iterable[str]:
    """Time both, beside an empty loop and a plain call of the handler."""
    del folder
    event, handler = BaseEvent(event_type="bench.told"), Counter()
    off, on = EventBus(NoOpTransport()), EventBus()
    on.subscribe("bench.*", handler)
    known = {"off": off, "event": event, "publish": on.publish, "handler": handler}
    guarded = _ns("if off.active:\n    off.publish(event)", known) - _ns("pass", known)
    published = _ns("publish(event)", known)
    if handler.calls != ROUNDS * EVENTS:
        msg = f"{handler.calls} of {ROUNDS * EVENTS} events reached the subscriber"
        raise AssertionError(msg)
    yield f"\n## The bus in this process (best of {ROUNDS})\n"
    yield f"- guarded publish on no-op: {guarded:.0f} ns"
    yield f"- in memory, one subscriber: {1e9 / published:,.0f} events/s"
    yield f"- its handler called by hand: {1e9 / _ns('handler(event)', known):,.0f} calls/s"


def _ns(statement: str, known: dict[str, object]) -> float:
    """Return the nanoseconds that a statement takes."""
    return min(Timer(statement, globals=known).repeat(ROUNDS, EVENTS)) / EVENTS * 1e9
