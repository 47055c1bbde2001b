"""A receiver in a group: the server keeps how far the group is, and what nobody is done with."""

from __future__ import annotations

import heapq
import logging
from collections import deque
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from redis.exceptions import ResponseError

from eventflow.bus.delivery import DeadLetter, letter_of
from eventflow_redis.entries import read, text_of
from eventflow_redis.errors import told

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventflow.bus.delivery import Delivery
    from eventflow_redis.entries import Entry
    from eventflow_redis.keys import Membership
    from eventflow_redis.letters import RedisDeadLetters
    from eventflow_redis.pending import Pending
    from eventflow_redis.seats import Seat

_log = logging.getLogger(__name__)

_MOMENT = 0.001
"""Seconds to wait for the outcome of an event that is handed out alone."""

_GONE = "it was removed from the stream before the group was done with it"


class GroupReceiver:
    """Hands out new events, and those that were taken and never finished.

    What another consumer left for `visibility` seconds is handed out here, one event at a time:
    one of them may have ended the process that had it, and the others must not be counted as
    handed out with it. New events wait until such a one is settled, or extended for the first time.

    Args:
        pending: Speaks with the server.
        member: Of which group.
        seat: Under which name.
        letters: Where it buries.
        leave: Called when it is closed.
    """

    def __init__(
        self,
        pending: Pending,
        member: Membership,
        seat: Seat,
        letters: RedisDeadLetters,
        leave: Callable[[], object],
    ) -> None:
        """Look for what was left under its name."""
        self._pending, self._member, self._seat = pending, member, seat
        self._letters, self._leave = letters, leave
        self._held: dict[str, int] = {}
        self._left: deque[tuple[str, int, int]] = deque()
        self._again: deque[tuple[str, int]] = deque()
        self._alone: str | None = None
        self._look_at = 0.0
        self._closed = False
        own = self._pending.own({position for _, position, _ in seat.due})
        if seat.back:
            self._again.extend(own)
        else:
            self._left.extend((position, count, 0) for position, count in own)

    def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return at most `limit` events; wait up to so many seconds for the first.

        It returns at once while an event that was handed out alone is not settled.

        Raises:
            RedisServerError: The server cannot be asked.
        """
        if self._alone is not None:
            sleep(min(wait, _MOMENT))
            return ()
        until = monotonic() + wait
        while True:
            with told(self._pending.where):
                found = self._asked(limit, max(until - monotonic(), 0.0))
            if found or monotonic() >= until:
                return found

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Take these from what the group is not done with."""
        positions = [delivery.position for delivery in deliveries]
        with told(self._pending.where):
            self._pending.ack(positions)
        self._settled(positions)

    def retry(self, delivery: Delivery, after: float) -> None:
        """Leave it pending; whoever looks first when it is due gets it."""
        with told(self._pending.where):
            self._pending.later(delivery.position, after)
        due = (monotonic() + after, delivery.position, delivery.attempt)
        heapq.heappush(self._seat.due, due)
        self._settled([delivery.position])

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Put it to the dead letters and take it from what is pending, in one step."""
        letter = letter_of(delivery, reason, self._member.group)
        self._letters.bury(letter, self._member.name)
        self._settled([delivery.position])

    def extend(self, deliveries: Sequence[Delivery]) -> None:
        """Count the time until others get these from now on."""
        positions = [delivery.position for delivery in deliveries]
        with told(self._pending.where):
            self._pending.touch(positions)
        if self._alone in positions:
            self._alone = None  # it has been at work for seconds, and the process is still there

    def close(self) -> None:
        """Let others have at once what was handed out and is not done."""
        if self._closed:
            return
        self._closed = True
        self._seat.resume = self._pending.resume(self._held)
        self._seat.back = True
        self._leave()
        with told(self._pending.where):
            self._pending.give_back(self._held)

    def _asked(self, limit: int, wait: float) -> Sequence[Delivery]:
        try:
            return self._receive(limit, wait)
        except ResponseError as error:
            if not any(word in str(error) for word in ("NOGROUP", "UNBLOCKED")):
                raise
            _log.warning("the server has forgotten %s: it is made again", self._member.name)
            self._pending.make_again(self._held)
            return ()

    def _receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        now = monotonic()
        while self._seat.due and self._seat.due[0][0] <= now:
            _, position, attempt = heapq.heappop(self._seat.due)
            self._again.append((position, attempt))
        if now >= self._look_at:
            self._look_at = now + self._pending.look_every
            known = {place for place, _, _ in self._left} | {place for place, _ in self._again}
            known |= self._held.keys()
            idle = self._pending.idle
            found = self._pending.left_by_others(known)
            self._left.extend((position, count, idle) for position, count in found)
        if self._again:
            some = [self._again.popleft() for _ in range(min(limit, len(self._again)))]
            return self._handed(self._pending.claim(dict(some), idle=0), dict(some))
        if self._left:
            position, count, idle = self._left.popleft()
            one = {position: count}
            taken = self._handed(self._pending.claim(one, idle=idle), one)
            self._alone = taken[0].position if taken else None
            return taken
        until = min([now + wait, self._look_at, *(due for due, _, _ in self._seat.due[:1])])
        return self._handed(self._pending.new(limit, max(until - now, 0.0)), {})

    def _handed(self, entries: Sequence[Any], before: dict[str, int]) -> Sequence[Delivery]:
        """Decode what was taken; what is none of this group's events is settled at once."""
        counts = {position: count + 1 for position, count in before.items()}
        there: list[Entry] = [entry for entry in entries if entry is not None]
        found = read(there, self._member, counts)
        if found.passed:
            self._pending.ack(found.passed)
        gone = len(entries) - len(there)
        if gone:  # servers before 7 name what is pending and no longer in the stream
            self._forget(set(before).difference(text_of(place) for place, _ in there))
        for letter in found.broken:
            self._letters.bury(letter, self._member.name)
        self._held.update((d.position, d.attempt) for d in found.deliveries)
        return found.deliveries

    def _forget(self, positions: set[str]) -> None:
        for position in positions:
            letter = DeadLetter(
                content=b"", reason=_GONE, group=self._member.group, position=position
            )
            self._letters.bury(letter, self._member.name)

    def _settled(self, positions: Sequence[str]) -> None:
        for position in positions:
            self._held.pop(position, None)
        if self._alone in positions:
            self._alone = None
