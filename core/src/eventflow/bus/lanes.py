"""Lanes: threads that call a handler, so that one that hangs or raises disturbs nothing else."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from queue import SimpleQueue
from threading import Lock, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from attrs import define, field

from eventflow.bus.publisher import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from eventflow.bus.delivery import Delivery
    from eventflow.bus.handling import Handling
    from eventflow.types import Event

_log = logging.getLogger(__name__)

HUNG = 16
"""Calls that may have taken too long and still run; with more of them nothing is taken any more."""

AHEAD = 256
"""Events that wait in front of each lane, so that no lane waits for the broker."""

_TOLD_EVERY = 0.02
"""Seconds after which a lane tells what it has done, though it has not done all it was given."""


class Outcome(NamedTuple):
    """What became of a delivery; a tuple, since one is made for every event.

    Attributes:
        delivery: The delivery.
        error: Why it failed, in words; None when its handler returned.
        failures: Calls that failed.
        final: Whether all attempts were used up here.
    """

    delivery: Delivery
    error: str | None = None
    failures: int = 0
    final: bool = False


Work = SimpleQueue["Sequence[Delivery] | None"]


@define(eq=False)
class Lane:
    """One thread, and what waits in front of it. A call that hangs keeps the thread, not the rest.

    Attributes:
        queue: What it is given; shared by all lanes where no key gives an order.
        rest: What it has taken and not begun.
        now: What it calls the handler with, since when.
        done: What it has handled and not told yet.
        left: Whether another thread has taken its place.
    """

    queue: Work
    rest: deque[Delivery] = field(factory=deque)
    now: tuple[Delivery, float] | None = None
    done: list[Outcome] = field(factory=list)
    left: bool = False


@define
class Lanes:
    """Calls a handler in a number of threads, in order per key where that is asked for.

    Attributes:
        handler: What is called; a coroutine function runs in an event loop of its own thread.
        handling: How.
        tell: Called with outcomes, from any thread.
        name: Who it is, in names of threads.
    """

    handler: Callable[[Event], Any]
    handling: Handling
    tell: Callable[[Sequence[Outcome]], object]
    name: str = ""
    _lanes: list[Lane] = field(factory=list)
    _hung: int = 0
    _loop: asyncio.AbstractEventLoop | None = None
    _lock: Lock = field(factory=Lock)

    def room(self, working: int) -> int:
        """Return how many more events to take, while so many are being worked on."""
        if self._hung >= HUNG:
            return 0
        return max(self.handling.concurrency * AHEAD - working, 0)

    def put(self, deliveries: Sequence[Delivery]) -> None:
        """Hand deliveries to the lanes: to that of their key, or to whichever is free."""
        if not self._lanes:
            self._open()
        if len(self._lanes) == 1:
            self._lanes[0].queue.put(deliveries)
        elif self.handling.key is None:
            for delivery in deliveries:
                self._lanes[0].queue.put([delivery])
        else:
            for i, share in self._shares(deliveries).items():
                self._lanes[i].queue.put(share)

    def watch(self) -> None:
        """Tell what was done before calls that go on, and give up those that take too long."""
        limit = self.handling.timeout if self._loop is None else None
        for i, lane in enumerate(self._lanes):
            if (now := lane.now) is None:
                continue
            taken = monotonic() - now[1]
            if lane.done and taken > _TOLD_EVERY:
                self._tell(lane)
            if limit is not None and taken > limit:
                self._replace(i, lane, now[0], limit)

    def close(self) -> None:
        """Let the lanes end when they are done with what waits."""
        for lane in self._lanes:
            lane.queue.put(None)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)

    def _shares(self, deliveries: Iterable[Delivery]) -> dict[int, list[Delivery]]:
        assert self.handling.key is not None  # noqa: S101 - the caller has looked
        shares: dict[int, list[Delivery]] = {}
        for delivery in deliveries:
            key = str(self.handling.key(delivery.event)).encode()
            shares.setdefault(crc32(key) % len(self._lanes), []).append(delivery)
        return shares

    def _open(self) -> None:
        if inspect.iscoroutinefunction(self.handler):
            self._loop = asyncio.new_event_loop()
            self._start(self._run_loop)
        shared: Work = SimpleQueue()
        for _ in range(self.handling.concurrency):
            lane = Lane(shared if self.handling.key is None else SimpleQueue())
            self._lanes.append(lane)
            self._start(self._work, lane)

    def _run_loop(self) -> None:
        assert self._loop is not None  # noqa: S101 - made before
        self._loop.run_forever()
        self._loop.close()

    def _start(self, run: Callable[..., object], *args: Any) -> None:
        name = f"eventflow-{self.name}-lane"
        Thread(target=run, args=args, name=name, daemon=True).start()

    def _replace(self, i: int, lane: Lane, delivery: Delivery, limit: float) -> None:
        with self._lock:
            if lane.now is None or lane.now[0] is not delivery:
                return  # it came to an end just now
            lane.left = True
            self._hung += 1
        self._tell(lane)
        fresh = Lane(lane.queue, rest=lane.rest)
        self._lanes[i] = fresh
        self._start(self._work, fresh)
        error = f"its handler took more than {limit:g} s"
        self.tell([Outcome(delivery=delivery, error=error, failures=1)])

    def _work(self, lane: Lane) -> None:
        timed = self.handling.timeout is not None
        while True:
            told = monotonic()
            while lane.rest:
                outcome = self._handled(lane, lane.rest.popleft())
                if timed and not self._stays(lane):
                    return
                lane.now = None
                lane.done.append(outcome)
                if monotonic() - told > _TOLD_EVERY:
                    self._tell(lane)
                    told = monotonic()
            self._tell(lane)
            more = lane.queue.get()
            if more is None:
                return
            lane.rest.extend(more)

    def _stays(self, lane: Lane) -> bool:
        """Whether no other thread has taken a lane's place while its handler was called."""
        with self._lock:
            lane.now = None
            self._hung -= lane.left
            return not lane.left

    def _tell(self, lane: Lane) -> None:
        with self._lock:  # the lane may add to its list meanwhile; what it adds is told next time
            number = len(lane.done)
            done = lane.done[:number]
            del lane.done[:number]
        if done:
            self.tell(done)

    def _handled(self, lane: Lane, delivery: Delivery) -> Outcome:
        """Call the handler; with keys again and again, since nothing of the key may overtake it."""
        failures, left = 0, self.handling.attempts - delivery.attempt + 1
        while True:
            lane.now = (delivery, monotonic())
            error = self._called(delivery.event)
            failures += error is not None
            if error is None or lane.left or self.handling.key is None:
                return Outcome(delivery=delivery, error=error, failures=failures)
            if failures >= left:
                return Outcome(delivery=delivery, error=error, failures=failures, final=True)
            lane.now = None
            sleep(self.handling.backoff.wait(failures))

    def _called(self, event: Event) -> str | None:
        """Call the handler once; return what it raised, in words."""
        try:
            if self._loop is None:
                self.handler(event)
            else:
                call = asyncio.wait_for(self.handler(event), self.handling.timeout)
                asyncio.run_coroutine_threadsafe(call, self._loop).result()
        except TimeoutError as error:
            return in_words(error) if str(error) else "its handler took too long"
        except BaseException as error:  # noqa: BLE001 - a handler may raise anything
            return in_words(error)
        return None
