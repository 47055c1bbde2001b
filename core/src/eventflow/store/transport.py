"""The transport that publishes into an event store."""

from __future__ import annotations

from pathlib import Path
from threading import Event as Signal
from threading import Lock, Thread, current_thread
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define
from pydantic import Field

from eventflow.base import BaseTransport, ComponentConfig
from eventflow.bus.letters import FolderDeadLetters
from eventflow.bus.local import LocalReceiver
from eventflow.errors import EventflowError
from eventflow.events.patterns import compile_pattern
from eventflow.events.registry import EventTypes
from eventflow.ids import uuid7
from eventflow.store.errors import StoreUnusableError
from eventflow.store.store import EventStore
from eventflow.types import Promises

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Sequence

    from eventflow.store.reader import EventReader
    from eventflow.store.record import StoredEvent
    from eventflow.types import DeadLetters, Event, Receiver


@define
class _Subscription:
    """A handler, and how far it has come."""

    pattern: re.Pattern[str]
    handler: Callable[[Event], object]
    position: int
    ended: bool = False


class StoreTransport(BaseTransport):
    """Appends every event to an event store before `publish` returns.

    Subscribers get what is stored, oldest first, and then what follows, also from other processes;
    one thread hands events over, so a handler that is slow holds up the others of this transport.
    A handler that raises is logged and counted in `failures`. `open` begins where it is told to;
    how far a group is, and what it retries, is kept in this process.

    The file can be audited and replayed: ``eventflow events verify``, ``eventflow events replay``.
    """

    class Config(ComponentConfig):
        """Options of the store transport.

        Attributes:
            path: The store's file; its folder is made when missing.
            poll_seconds: How often to look for events of other processes while somebody
                subscribes; events of this process arrive at once.
            patience_seconds: How long `close` waits for handlers to finish what was published.
        """

        path: Path = Path(".eventflow/events.sqlite")
        poll_seconds: float = Field(default=0.2, gt=0)
        patience_seconds: float = Field(default=5.0, ge=0)

    promises: ClassVar[Promises] = Promises(durable=True, ordered=True, replayable=True)

    def __init__(self, **options: Any) -> None:
        """Nothing is opened before the first event or subscription."""
        super().__init__(**options)
        self.__store: EventStore | None = None
        self.__handlers: dict[str, _Subscription] = {}
        self.__thread: Thread | None = None
        self.__lock = Lock()
        self.__news = Signal()
        self.__closed = False

    def send(self, events: Sequence[Event]) -> Sequence[str]:
        """Store events, all or none, and return their positions.

        Raises:
            EventflowError: They were not stored, or, if the disk failed, nobody knows.
        """
        positions = self._opened().append_many(events)
        self.__news.set()
        return [str(position) for position in positions]

    def subscribe(self, pattern: str, handler: Any) -> str:
        """Call `handler(event)` for matching events, the stored ones first.

        Raises:
            ValueError: The pattern is malformed.
        """
        return self.follow(pattern, handler, after=0)

    def follow(self, pattern: str, handler: Any, *, after: int) -> str:
        """Subscribe to what stands behind a position.

        Raises:
            ValueError: The pattern is malformed.
        """
        subscription = str(uuid7())
        new = _Subscription(compile_pattern(pattern), handler, after)
        with self.__lock:
            self.__handlers[subscription] = new
            if self.__thread is None and not self.__closed:
                self.__thread = Thread(target=self._deliver, name="event-store", daemon=True)
                self.__thread.start()
        self.__news.set()
        return subscription

    def dead_letters(self) -> DeadLetters:
        """Return letters that are kept in a folder beside the file."""
        path: Path = self.config.path
        return FolderDeadLetters(path.with_name(f"{path.name}.dead"))

    def unsubscribe(self, subscription: str) -> None:
        """End a subscription."""
        with self.__lock:
            ended = self.__handlers.pop(subscription, None)
        if ended is not None:
            ended.ended = True

    def open(self, pattern: str, *, group: str = "", start: str = "new") -> Receiver:
        """Queue in this process what follows: now, from the ``earliest``, or from a position on.

        Raises:
            ValueError: The pattern is malformed, or the start is none of these.
            EventflowError: The store cannot be opened.
        """
        if start == "new":
            after = self._opened().extent().end
        else:
            after = 0 if start == "earliest" else int(start) - 1
        begin = _From(self, after)
        letters = self.dead_letters()
        return LocalReceiver(begin, pattern, letters, group=group)  # type: ignore[arg-type] # it only subscribes and unsubscribes

    def close(self) -> None:
        """Hand over what was published, for a while, and release the file."""
        super().close()
        with self.__lock:
            if self.__closed:
                return
            self.__closed = True
            thread, store = self.__thread, self.__store
        self.__news.set()
        if thread is not None and thread is not current_thread():
            thread.join(self.config.patience_seconds)
        for subscription in self.__handlers.values():
            subscription.ended = True
        if store is not None:
            store.close()

    def _opened(self) -> EventStore:
        """Return the store, opened at the first call."""
        with self.__lock:
            if self.__closed:
                raise StoreUnusableError.for_closed(self.config.path)
            if self.__store is None:
                self.config.path.parent.mkdir(parents=True, exist_ok=True)
                self.__store = EventStore(self.config.path)
            return self.__store

    def _deliver(self) -> None:
        """Hand events to subscribers until closed, then once more; runs in a thread."""
        closing = False
        while not closing:
            self.__news.wait(self.config.poll_seconds)
            self.__news.clear()
            closing = self.__closed
            if closing and self.__store is None:
                return
            try:
                self._hand_over(self.__store or self._opened())
            except Exception as error:  # noqa: BLE001 - the thread must outlive a busy or full disk
                self.failed("stored events could not be read", error)

    def _hand_over(self, reader: EventReader) -> None:
        with self.__lock:
            waiting = list(self.__handlers.values())
        end = reader.extent().end
        behind = [s for s in waiting if s.position < end]
        for position in sorted({s.position for s in behind}):
            group = [s for s in behind if s.position == position]
            for stored in reader.replay(after=position):
                event = self._decoded(stored)
                for subscription in group:
                    self._hand(subscription, stored, event)

    def _decoded(self, stored: StoredEvent) -> Event | None:
        """Return an event as the class of its type; None where it does not fit it."""
        try:
            return EventTypes.defined().decode(stored.body)
        except EventflowError as error:
            self.failed(f"event {stored.position} of the store cannot be read", error)
            return None

    def _hand(self, subscription: _Subscription, stored: StoredEvent, event: Event | None) -> None:
        subscription.position = stored.position
        if event is None or subscription.ended:
            return
        if not subscription.pattern.fullmatch(stored.event_type):
            return
        try:
            subscription.handler(event)
        except BaseException as error:  # noqa: BLE001 - a handler may raise anything
            self.failed(f"handler of {stored.event_type} failed", error)


@define
class _From:
    """A store transport whose subscriptions begin behind a position."""

    transport: StoreTransport
    after: int

    def subscribe(self, pattern: str, handler: Any) -> str:
        """Subscribe from there."""
        return self.transport.follow(pattern, handler, after=self.after)

    def unsubscribe(self, subscription: str) -> None:
        """End it."""
        self.transport.unsubscribe(subscription)
