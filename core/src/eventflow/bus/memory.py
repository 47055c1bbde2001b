"""The in-memory transport: for tests, notebooks and one process."""

from __future__ import annotations

from collections import deque
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from eventflow.base import BaseTransport, ComponentConfig
from eventflow.bus.patterns import compile_pattern
from eventflow.ids import uuid7
from eventflow.types import Promises

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from eventflow.types import Event


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

    def __init__(self, **options: Any) -> None:
        """Start with no subscribers."""
        super().__init__(**options)
        self.events: deque[Event] = deque(maxlen=self.config.keep)
        self.failures = 0
        self.__handlers: dict[str, tuple[re.Pattern[str], Callable[[Event], object]]] = {}
        self.__lock = RLock()

    def publish(self, event: Event) -> None:
        """Deliver one event to every matching subscriber."""
        with self.__lock:
            self.events.append(event)
            handlers = list(self.__handlers.values())
        for pattern, handler in handlers:
            if pattern.fullmatch(event.event_type):
                self._deliver(handler, event)

    def _deliver(self, handler: Callable[[Event], object], event: Event) -> None:
        try:
            handler(event)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a handler or transport may raise anything
            self.failed(f"handler of {event.event_type} failed", error)

    def subscribe(self, pattern: str, handler: Any) -> str:
        """Call `handler(event)` for matching events from now on.

        Raises:
            ValueError: The pattern is malformed.
        """
        subscription = str(uuid7())
        with self.__lock:
            self.__handlers[subscription] = (compile_pattern(pattern), handler)
        return subscription

    def unsubscribe(self, subscription: str) -> None:
        """End a subscription."""
        with self.__lock:
            self.__handlers.pop(subscription, None)

    def close(self) -> None:
        """Forget the subscribers; kept events stay readable."""
        with self.__lock:
            self.__handlers.clear()
