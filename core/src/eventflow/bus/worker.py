"""A worker: takes events from a receiver, has them handled, and says what became of each.

One thread speaks with the receiver; handlers run in lanes, threads of their own. An event that is
handled is acknowledged; one whose handler failed is tried again after a while, up to a number of
attempts, then buried. The attempts are the broker's where it counts them: an event whose handler
killed the process comes back with one more, and is buried without being handed out again.
"""

from __future__ import annotations

import logging
from collections import OrderedDict, deque
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from attrs import define, field

from eventflow.bus.handling import by_id
from eventflow.bus.lanes import Lanes, Outcome
from eventflow.bus.publisher import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from eventflow.bus.delivery import Delivery
    from eventflow.bus.handling import Handling
    from eventflow.types import Event, Receiver

    AtWork: TypeAlias = tuple[Delivery, Hashable, float]

_log = logging.getLogger(__name__)

IDLE = 0.5
"""Seconds that an idle worker waits for the broker."""

BUSY = 0.02
"""Seconds that it waits while handlers work, so that what they have done is acknowledged soon."""

BATCH = 1000
_NEVER_DONE = "it was handed out too often and never done: its handler may have ended the process"

EXTEND_EVERY = 5.0
"""Seconds after which the broker is told that an event is still being worked on."""


@define
class Counts:
    """What a worker has done so far.

    Attributes:
        received: Events handed out, repeated ones included.
        handled: Events whose handler returned.
        repeated: Events passed over, because their identity was handled before.
        failed: Calls of the handler that raised or took too long.
        buried: Events given up.
        errors: Times that the receiver raised.
    """

    received: int = 0
    handled: int = 0
    repeated: int = 0
    failed: int = 0
    buried: int = 0
    errors: int = 0


@define
class Worker:
    """Calls a handler with what a receiver hands out, until it is stopped.

    Attributes:
        receive: Opens the receiver; it is given the position of the last event that came, behind
            which to go on when the broker was gone, or empty text.
        handler: Called with each event; may be a coroutine function.
        handling: How.
        name: Who it is, in logs and dead letters.
        counts: What it has done.
    """

    receive: Callable[[str], Receiver]
    handler: Callable[[Event], Any]
    handling: Handling
    name: str = ""
    counts: Counts = field(factory=Counts)
    _outcomes: SimpleQueue[Sequence[Outcome]] = field(factory=SimpleQueue)
    _stopping: Flag = field(factory=Flag)
    _leaving: Flag = field(factory=Flag)
    _lanes: Lanes = field(init=False)
    _receiver: Receiver | None = None
    _thread: Thread | None = None
    _done: OrderedDict[Hashable, None] = field(factory=OrderedDict)
    _working: dict[Hashable, AtWork] = field(factory=dict)
    _twins: dict[Hashable, tuple[Delivery, ...]] = field(factory=dict)
    _extend_at: float = 0.0
    _pending: deque[Outcome] = field(factory=deque)
    _in_a_row: int = 0
    _last: str = ""

    def __attrs_post_init__(self) -> None:
        """Make the lanes."""
        self._lanes = Lanes(self.handler, self.handling, self._outcomes.put, self.name)

    def start(self) -> Worker:
        """Open the receiver, in the caller's thread, and begin.

        Raises:
            Exception: What opening it raises.
        """
        self._receiver = self.receive("")
        self._thread = Thread(target=self._run, name=f"eventflow-{self.name}", daemon=True)
        self._thread.start()
        return self

    def ask_to_stop(self) -> None:
        """Take no more events; `stop` waits for those at work."""
        self._stopping.set()

    def stop(self, timeout: float = 10.0) -> bool:
        """Take no more events, and wait for the handlers that are at work.

        Args:
            timeout: Seconds to wait; what is not done by then is handed out again by the broker.

        Returns:
            Whether all of them came to an end.
        """
        self._stopping.set()
        if self._thread is None:
            return True
        self._thread.join(timeout)
        done = not self._thread.is_alive()
        self._leaving.set()
        self._thread.join(IDLE)
        return done

    def _run(self) -> None:
        while not self._stopping.is_set() or (self._working and not self._leaving.is_set()):
            try:
                self._turn()
                self._in_a_row = 0
            except BaseException as error:  # noqa: BLE001 - brokers raise what they like
                self._recover(error)
        self._lanes.close()
        self._leave()

    def _turn(self) -> None:
        """Settle what is done, then take what there is room for."""
        if self._receiver is None:  # the broker was gone
            self._receiver = self.receive(self._last)
        self._settle(self._receiver)
        room = 0 if self._stopping.is_set() else self._lanes.room(len(self._working))
        if not room:
            self._pause()
            return
        wait = BUSY if self._working else IDLE
        found = self._receiver.receive(min(room, BATCH), wait)
        self.counts.received += len(found)
        if found and found[-1].attempt == 1:
            self._last = found[-1].position
        taken: list[Delivery] = []
        now = monotonic()
        try:
            taken.extend(d for d in found if self._takes(d, now, self._receiver))
        finally:
            if taken:
                self._lanes.put(taken)

    def _pause(self) -> None:
        """Wait until a handler is done, or one may have taken too long."""
        with suppress(Empty):
            self._outcomes.put(self._outcomes.get(timeout=BUSY))

    def _takes(self, delivery: Delivery, now: float, receiver: Receiver) -> bool:
        """Whether to have a delivery handled; what it is otherwise is settled here."""
        if (place := _place(delivery)) in self._working:
            return False  # handed out again while its handler is at work
        if delivery.attempt > self.handling.attempts:
            self._bury(delivery, _NEVER_DONE, receiver)
            return False
        try:
            identity = self._identity(delivery)
            if self.handling.key is not None:
                hash(str(self.handling.key(delivery.event)))
        except Exception as error:  # noqa: BLE001 - functions of a stranger
            self._bury(delivery, f"its identity or key cannot be told: {in_words(error)}", receiver)
            return False
        if identity in self._done:
            self._pass_over([delivery], receiver)
            return False
        if identity in self._twins:
            self._twins[identity] += (delivery,)
            return False
        self._working[place] = delivery, identity, now
        if identity is not None:
            self._twins[identity] = ()
        return True

    def _pass_over(self, repeated: Sequence[Delivery], receiver: Receiver) -> None:
        receiver.ack(repeated)
        self.counts.repeated += len(repeated)

    def _settle(self, receiver: Receiver) -> None:
        """Tell the receiver what became of what it handed out."""
        self._lanes.watch()
        done: list[Delivery] = []
        self._pending.extend(self._told())
        while self._pending:  # what the broker did not take stays for its next receiver
            self._settle_one(self._pending[0], receiver, done)
            self._pending.popleft()
        if done:
            receiver.ack(done)
        self._extend(receiver)

    def _settle_one(self, outcome: Outcome, receiver: Receiver, done: list[Delivery]) -> None:
        delivery, place = outcome.delivery, _place(outcome.delivery)
        if (work := self._working.get(place)) is None:
            return  # it took too long, and was settled then
        identity = work[1]
        twins = self._twins.pop(identity, ())
        if outcome.error is None:
            self.counts.handled += 1
            self._remember(identity)
            done.append(delivery)
            if twins:
                self._pass_over(twins, receiver)
        elif outcome.final or delivery.attempt >= self.handling.attempts:
            self._bury(delivery, outcome.error, receiver)
        else:
            receiver.retry(delivery, self.handling.backoff.wait(delivery.attempt))
        for twin in twins if outcome.error is not None else ():
            receiver.retry(twin, 0.0)  # its own turn, now that the first one failed
        self.counts.failed += outcome.failures
        del self._working[place]

    def _told(self) -> Iterator[Outcome]:
        while not self._outcomes.empty():
            yield from self._outcomes.get()

    def _extend(self, receiver: Receiver) -> None:
        if (now := monotonic()) < self._extend_at:
            return
        self._extend_at = now + EXTEND_EVERY / 5
        old = {key: work for key, work in self._working.items() if now - work[2] > EXTEND_EVERY}
        if old:
            receiver.extend([work[0] for work in old.values()])
            self._working.update({key: (work[0], work[1], now) for key, work in old.items()})

    def _bury(self, delivery: Delivery, reason: str, receiver: Receiver) -> None:
        receiver.bury(delivery, reason)
        self.counts.buried += 1
        _log.warning("%s gave up %s: %s", self.name, delivery.event.event_type, reason)

    def _remember(self, identity: Hashable) -> None:
        if not self.handling.remember:
            return
        self._done[identity] = None
        if len(self._done) > self.handling.remember:
            self._done.popitem(last=False)

    def _identity(self, delivery: Delivery) -> Hashable:
        """Return what equal events share; None where none is remembered."""
        if not self.handling.remember:
            return None
        if self.handling.identity is by_id:
            event_id = delivery.event.event_id
            return event_id.int if type(event_id) is UUID else str(event_id)  # text takes longer
        return self.handling.identity(delivery.event)

    def _recover(self, error: BaseException) -> None:
        """Wait, then let the next turn open the receiver anew: the broker was gone."""
        self.counts.errors += 1
        self._in_a_row += 1
        log = _log.warning if self._in_a_row == 1 else _log.debug
        log("%s: the broker cannot be asked: %s", self.name, in_words(error))
        if self._stopping.wait(self.handling.backoff.wait(self._in_a_row)):
            self._working.clear()
            self._twins.clear()
            return
        self._leave()

    def _leave(self) -> None:
        """Close the receiver; nobody asks it again."""
        receiver, self._receiver = self._receiver, None
        try:
            if receiver is not None:
                receiver.close()
        except BaseException as error:  # noqa: BLE001 - brokers raise what they like
            _log.debug("%s: the receiver did not close: %s", self.name, in_words(error))


def _place(delivery: Delivery) -> Hashable:
    """Return what a delivery is known by while it is worked on."""
    return delivery.position or id(delivery)
