"""What tests of receivers ask again and again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from eventflow.events import BaseEvent

if TYPE_CHECKING:
    from collections.abc import Callable


def some_events(number: int, event_type: str = "order.placed") -> list[BaseEvent]:
    """Return so many events."""
    return [BaseEvent(event_type=event_type) for _ in range(number)]


def take(receiver: Any, number: int, seconds: float = 15.0) -> list[Any]:
    """Ask until so many events were handed out; acknowledge nothing."""
    found: list[Any] = []
    until = time.monotonic() + seconds
    while len(found) < number and time.monotonic() < until:
        found += receiver.receive(1000, 0.02)
    return found


def wait_until(true: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.01)
