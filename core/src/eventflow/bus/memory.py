"""The in-memory transport: for tests, notebooks and one process."""

from __future__ import annotations

from collections import deque
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from eventflow.base import BaseTransport, ComponentConfig
from eventflow.events.patterns import compile_pattern, matches
from eventflow.ids import uuid7
from eventflow.types import Promises

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.types import Event

    Handler = Callable[[Event], object]

_ROUTES = 4096
"""Types of events whose subscribers are remembered."""


class InMemoryTransport(BaseTransport):
    """Delivers to subscribers in this process, in order, in the publisher's thread.

    The last events are kept in `events`, so that a test or a notebook can look at them: pass the
    transport itself to `eventflow.run(..., transport=InMemoryTransport())`. A handler that raises
    is logged and counted in `failures`; the others still get the event.
    """

    class Config(ComponentConfig):
        """Options of the in-memory transport.

        Attributes:
            keep: How many events to keep in `events`; the oldest leave first.
        """

        keep: int = Field(default=10_000, ge=0)

    promises: ClassVar[Promises] = Promises(ordered=True)
    instant: ClassVar[bool] = True

    def __init__(self, **options: Any) -> None:
        """Start with no subscribers."""
        super().__init__(**options)
        self.events: deque[Event] = deque(maxlen=self.config.keep)
        self.failures = 0
        self.__handlers: dict[str, tuple[str, Handler]] = {}
        self.__routes: dict[str, tuple[Handler, ...]] = {}
        self.__lock = RLock()

    def publish(self, event: Event) -> None:
        """Deliver one event to every matching subscriber."""
        with self.__lock:
            self.events.append(event)
            route = self.__routes.get(event.event_type)
            if route is None:
                route = self.__route(event.event_type)
        for handler in route:
            try:
                handler(event)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a handler may raise anything
                self.failed(f"handler of {event.event_type} failed", error)

    def subscribe(self, pattern: str, handler: Any) -> str:
        """Call `handler(event)` for matching events from now on.

        Raises:
            ValueError: The pattern is malformed.
        """
        compile_pattern(pattern)
        subscription = str(uuid7())
        with self.__lock:
            self.__handlers[subscription] = (pattern, handler)
            self.__routes.clear()
        return subscription

    def unsubscribe(self, subscription: str) -> None:
        """End a subscription."""
        with self.__lock:
            self.__handlers.pop(subscription, None)
            self.__routes.clear()

    def __route(self, event_type: str) -> tuple[Handler, ...]:
        """Find who gets events of a type, and remember it; types may be anything, so not all."""
        if len(self.__routes) >= _ROUTES:
            self.__routes.clear()
        found = (h for pattern, h in self.__handlers.values() if matches(pattern, event_type))
        self.__routes[event_type] = route = tuple(found)
        return route

    def close(self) -> None:
        """Forget the subscribers; kept events stay readable."""
        super().close()
        with self.__lock:
            self.__handlers.clear()
            self.__routes.clear()
