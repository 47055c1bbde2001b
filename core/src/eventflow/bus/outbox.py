"""The outbox: a bounded queue in front of a transport, so that publishing never waits for it."""

from __future__ import annotations

import logging
from collections import deque
from contextvars import copy_context
from pathlib import Path
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING, Literal

from attrs import define, evolve, field, frozen, validators

from eventflow.bus.backoff import Backoff, CircuitBreaker
from eventflow.bus.delivery import Ack, DeadLetter, Receipt
from eventflow.bus.publisher import in_words
from eventflow.bus.spill import Spill
from eventflow.events.codec import content_of
from eventflow.events.errors import EventError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.types import DeadLetters, Event, Transport

_log = logging.getLogger(__name__)

Overflow = Literal["block", "drop_oldest", "drop_newest", "spill"]
"""What happens when the queue is full: wait a little for room and then drop the event, drop the
oldest or the newest event, or write events to disk."""


@frozen(kw_only=True)
class Queueing:
    """How events wait for their transport.

    Attributes:
        capacity: Events that wait in memory at most.
        overflow: What happens to those that find no room.
        block: Seconds that ``overflow="block"`` waits for room.
        batch: Events that are sent together at most.
        linger: Seconds that the first event of a batch waits for others.
        attempts: How often a batch is tried before its events go to the dead letters; None tries
            for as long as the bus is open.
        backoff: Waits between attempts.
        spill: Folder of ``overflow="spill"``; what a process that was killed left there is sent by
            the next one.
        spill_bytes: Bytes that a process writes there at most.
    """

    capacity: int = field(default=10_000, validator=validators.ge(1))
    overflow: Overflow = field(
        default="block", validator=validators.in_(("block", "drop_oldest", "drop_newest", "spill"))
    )
    block: float = 0.05
    batch: int = field(default=500, validator=validators.ge(1))
    linger: float = 0.005
    attempts: int | None = None
    backoff: Backoff = field(factory=Backoff)
    spill: Path = field(default=Path(".eventflow/events"), converter=Path)
    spill_bytes: int = 2**30


@define(kw_only=True)
class OutboxCounts:
    """What an outbox has done so far.

    Attributes:
        accepted: Events taken.
        sent: Events that the transport has accepted.
        dropped: Events that found no room, or came after it was closed.
        spilled: Events that were written to disk.
        retried: Batches that were tried again.
        buried: Events that were given up.
        waiting: Events in memory that are not sent yet.
        cause: The first failure in words.
    """

    accepted: int = 0
    sent: int = 0
    dropped: int = 0
    spilled: int = 0
    retried: int = 0
    buried: int = 0
    waiting: int = 0
    cause: str = ""

    @property
    def lost(self) -> int:
        """Events that were not sent, and do not wait either."""
        return self.dropped + self.buried


_IN_DOUBT = "the bus was closed while it was being sent: it may have arrived"


@define(eq=False)
class _Waiting:
    """An event in the queue, and what became of it, where someone waits for that."""

    event: Event
    awaited: bool = False
    receipt: Receipt | None = None


class Outbox:
    """Takes events from any thread, and sends them in order from a thread of its own.

    Args:
        transport: Where they go.
        queueing: How they wait.
        letters: Where events go that are given up.
        breaker: Rests a transport that keeps failing.
    """

    def __init__(
        self,
        transport: Transport,
        queueing: Queueing,
        letters: DeadLetters,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        """Start the thread with the first event."""
        self._transport, self._queueing, self._letters = transport, queueing, letters
        self.breaker = breaker or CircuitBreaker()
        self._queue: deque[_Waiting] = deque()
        self._spill: Spill | None = None
        if queueing.overflow == "spill":
            self._spill = Spill.of_process(queueing.spill, queueing.spill_bytes)
        self._spilling = self._spill is not None and len(self._spill) > 0
        self._changed = Condition()
        self._counts = OutboxCounts()
        self._thread: Thread | None = None
        self._sending: Sequence[_Waiting] = ()
        self._closing = False
        self._hurried = False
        self._refusals: int | None = None

    @property
    def counts(self) -> OutboxCounts:
        """What it has done so far."""
        return evolve(self._counts, waiting=len(self._queue) + len(self._sending))

    def put(self, event: Event) -> bool:
        """Take an event; tell whether it was taken. It waits at most ``queueing.block`` seconds."""
        return self._put(_Waiting(event))

    def put_and_wait(self, event: Event, timeout: float) -> Receipt:
        """Take an event, and wait until it is sent or given up."""
        waiting = _Waiting(event, awaited=True)
        if not self._put(waiting):
            return Receipt(reached=None, reason="there was no room in the queue")
        until = monotonic() + timeout
        with self._changed:
            while waiting.receipt is None and (left := until - monotonic()) > 0:
                self._changed.wait(left)
        late = f"it was not sent within {timeout:g} s: {self._counts.cause or 'others wait before'}"
        return waiting.receipt or Receipt(reached=Ack.ACCEPTED, reason=late)

    def flush(self, timeout: float) -> bool:
        """Wait until everything is sent; tell whether it was."""
        until = monotonic() + timeout
        with self._changed:
            self._changed.notify_all()
            while self._left() and (left := until - monotonic()) > 0:
                self._changed.wait(min(left, 0.1))
            return not self._left()

    def close(self, timeout: float, *, failures: int | None = None) -> int:
        """Send what waits, for so many seconds; return how many events were given up then.

        What waits on disk stays there. What the transport has been given and not answered for is
        buried too: it may have arrived.

        Args:
            timeout: Seconds to wait for the transport.
            failures: Failures of the transport after which it is not waited for, and of the dead
                letters after which they are not asked again; None waits and asks all the same.
        """
        if failures is None:
            self.flush(timeout)
        else:
            self._hurry(timeout, failures)
        with self._changed:
            self._refusals = failures
            self._closing = True
            left = list(self._queue)
            self._queue.clear()
            self._changed.notify_all()
        reason = f"the bus was closed before it was sent: {self._counts.cause or 'no time left'}"
        for waiting in left:
            self._give_up(waiting, reason, attempts=0)
        if self._thread is not None:
            self._thread.join(timeout=1.0)
            if self._thread.is_alive():
                for waiting in self._sending:
                    self._give_up(waiting, _IN_DOUBT, attempts=1)
                left.extend(self._sending)
        if self._spill is not None:
            self._spill.close()
        return len(left)

    def _hurry(self, timeout: float, failures: int) -> None:
        """Wait until everything is sent, or the transport has failed so often, without pauses."""
        until = monotonic() + timeout
        with self._changed:
            most = self._counts.retried + failures
            self._hurried = True
            self._changed.notify_all()
            while self._left() and self._counts.retried < most and self.breaker.state != "open":
                if (left := until - monotonic()) <= 0:
                    return
                self._changed.wait(min(left, 0.1))

    def _put(self, waiting: _Waiting) -> bool:
        with self._changed:
            taken = not self._closing and self._place(waiting)
            if taken:
                self._counts.accepted += 1
                self._begin()
            else:
                self._counts.dropped += 1
        return taken

    def _place(self, waiting: _Waiting) -> bool:
        if self._spilling:
            return self._to_disk(waiting)
        if len(self._queue) >= self._queueing.capacity and not self._make_room():
            return self._to_disk(waiting)
        self._queue.append(waiting)
        if len(self._queue) in {1, self._queueing.batch}:
            self._changed.notify_all()
        return True

    def _make_room(self) -> bool:
        """Return whether there is room after the policy was followed."""
        if self._queueing.overflow == "drop_oldest":
            oldest = self._queue.popleft()
            oldest.receipt = Receipt(reached=None, reason="newer events took its place")
            self._counts.dropped += 1
            return True
        if self._queueing.overflow == "block":
            until = monotonic() + self._queueing.block
            while len(self._queue) >= self._queueing.capacity:
                if (left := until - monotonic()) <= 0 or self._closing:
                    return False
                self._changed.wait(left)
            return True
        return False

    def _to_disk(self, waiting: _Waiting) -> bool:
        """Write an event to disk; all that follow go there too until it is empty, to keep order."""
        if self._spill is None:
            return False
        try:
            written = self._spill.put(waiting.event)
        except (OSError, EventError) as error:
            self._note(error)
            return False
        if written:
            self._spilling = True
            self._counts.spilled += 1
            waiting.receipt = Receipt(reached=Ack.ACCEPTED, reason="it waits on disk")
        return written

    def _begin(self) -> None:
        if self._thread is None:
            run = copy_context().run  # what it logs belongs to who published
            self._thread = Thread(
                target=run, args=(self._run,), name="eventflow-outbox", daemon=True
            )
            self._thread.start()

    def _left(self) -> bool:
        return bool(self._queue or self._sending or self._spilling)

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            if batch:
                self._deliver(batch)
            with self._changed:
                self._sending = ()
                self._changed.notify_all()
            if not batch and self._spill is not None:
                self._drain(self._spill)

    def _next(self) -> list[_Waiting] | None:
        """Wait for a batch; an empty one when only the disk has some; None at the end."""
        with self._changed:
            while not self._queue and not self._closing and not self._spilling:
                self._changed.wait(1.0)
            if self._closing:
                return None
            if self._queue and len(self._queue) < self._queueing.batch and self._queueing.linger:
                self._changed.wait(self._queueing.linger)
            size = min(len(self._queue), self._queueing.batch)
            batch = [self._queue.popleft() for _ in range(size)]
            self._sending = batch
            self._changed.notify_all()
            return batch

    def _drain(self, spill: Spill) -> None:
        """Send the oldest events that wait on disk."""
        with self._changed:  # nobody writes while it is read
            events = spill.first(self._queueing.batch)
        if events and not self._deliver([_Waiting(event) for event in events], give_up=False):
            return
        with self._changed:
            spill.drop(len(events) or self._queueing.batch)
            self._spilling = len(spill) > 0
            self._changed.notify_all()

    def _deliver(self, batch: Sequence[_Waiting], *, give_up: bool = True) -> bool:
        """Send a batch, again and again until it is sent or given up; tell whether it left."""
        attempt = 0
        while not self._pause():
            attempt += 1
            try:
                positions = self._transport.send([w.event for w in batch])
            except EventError as error:
                return self._apart(batch, error)
            except BaseException as error:  # noqa: BLE001 - transports raise what they like
                self._failed(error)
                if self._queueing.attempts is not None and attempt >= self._queueing.attempts:
                    return self._bury(batch, in_words(error), attempt)
                self._wait(self._queueing.backoff.wait(attempt))
            else:
                self.breaker.succeeded()
                self._arrived(batch, positions)
                return True
        return give_up and self._bury(batch, f"the bus was closed: {self._counts.cause}", attempt)

    def _apart(self, batch: Sequence[_Waiting], error: EventError) -> bool:
        """One event cannot be written: send the others one by one."""
        if len(batch) == 1:
            return self._bury(batch, in_words(error), 1)
        for waiting in batch:
            self._deliver([waiting])
        return True

    def _pause(self) -> bool:
        """Wait while the breaker is open; tell whether the outbox is being closed."""
        while not self._closing and not self.breaker.allows():
            self._wait(max(self.breaker.left(), 0.01))
        return self._closing

    def _wait(self, seconds: float) -> None:
        until = monotonic() + seconds
        with self._changed:
            while not (self._closing or self._hurried) and (left := until - monotonic()) > 0:
                self._changed.wait(left)

    def _arrived(self, batch: Sequence[_Waiting], positions: Sequence[str]) -> None:
        reached = Ack.DURABLE if self._transport.promises.durable else Ack.ACCEPTED
        with self._changed:
            for waiting, position in zip(batch, positions, strict=True):
                if waiting.awaited:
                    waiting.receipt = Receipt(reached=reached, position=position)
            self._counts.sent += len(batch)

    def _bury(self, batch: Sequence[_Waiting], reason: str, attempts: int) -> bool:
        for waiting in batch:
            self._give_up(waiting, reason, attempts)
        return True

    def _give_up(self, waiting: _Waiting, reason: str, attempts: int) -> None:
        try:
            content = content_of(waiting.event)
        except Exception:  # noqa: BLE001 - whatever a stranger's event raises
            content = f"{waiting.event.event_type} {waiting.event.event_id}".encode()
        try:
            if self._refusals is None or self._refusals > 0:
                self._letters.put(DeadLetter(content=content, reason=reason, attempts=attempts))
        except Exception as error:  # noqa: BLE001 - a store may raise anything
            self._note(error)
            self._refusals = None if self._refusals is None else self._refusals - 1
        with self._changed:
            waiting.receipt = Receipt(reached=None, reason=reason)
            self._counts.buried += 1
            self._changed.notify_all()

    def _failed(self, error: BaseException) -> None:
        self.breaker.failed()
        with self._changed:
            self._counts.retried += 1
            self._changed.notify_all()
        self._note(error)

    def _note(self, error: BaseException) -> None:
        if not self._counts.cause:
            _log.warning("events cannot be sent, and wait: %s", in_words(error))
            self._counts.cause = in_words(error)
