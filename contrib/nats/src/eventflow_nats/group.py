"""A receiver in a group: the server keeps how far the group is, and what nobody is done with."""

from __future__ import annotations

import logging
from collections import deque
from time import monotonic, sleep
from typing import TYPE_CHECKING

from attrs import frozen

from eventflow.bus.delivery import DeadLetter, letter_of
from eventflow_nats.consumers import Tries, acknowledge, joined
from eventflow_nats.names import Position
from eventflow_nats.pull import NoConsumerError, Pull
from eventflow_nats.reading import Facts, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nats.aio.msg import Msg

    from eventflow.bus.delivery import Delivery
    from eventflow_nats.consumers import Server
    from eventflow_nats.letters import NatsDeadLetters
    from eventflow_nats.link import Line
    from eventflow_nats.names import Membership

_log = logging.getLogger(__name__)

_MOMENT = 0.001
"""Seconds to wait for the outcome of an event that is handed out alone."""

_REMEMBERED = 10_000
"""Events that failed here, and may by now be with another receiver."""


@frozen
class _Held:
    """What was handed out and is not done: where to tell so, and which attempt it is."""

    reply: str
    attempt: int


class GroupReceiver:
    """Hands out new events, and those that were taken and never finished.

    What another receiver left is handed out here one event at a time: one of them may have ended
    the process that had it, and the others must not be counted as tried with it. New events wait
    until such a one is settled, or extended for the first time.

    Args:
        server: Where the group is kept.
        member: Of which group.
        start: Where the group begins if it is new.
        letters: Where it buries.
        leave: Called when it is closed, with the position after which everything is that is not
            done here.
    """

    def __init__(
        self,
        server: Server,
        member: Membership,
        start: str,
        letters: NatsDeadLetters,
        leave: Callable[[str], object],
    ) -> None:
        """Make the group, unless it is there."""
        self._server, self._member, self._letters, self._leave = server, member, letters, leave
        self._tries = Tries(server, member.consumer)
        self._start = start
        self._resume = Position(0, 0)
        self._held: dict[str, _Held] = {}
        self._failed: dict[str, int] = {}
        self._left: deque[tuple[Msg, Facts]] = deque()
        self._left_until = 0.0
        self._alone = ""
        self._line: Line | None = None
        self._pull: Pull | None = None
        self._closed = False
        server.link.call(self._join)

    def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return at most `limit` events; wait up to so many seconds for the first.

        It returns at once while an event that was handed out alone is not settled.

        Raises:
            NatsServerError: The server cannot be asked.
        """
        self._keep_left()
        if self._alone:
            sleep(min(wait, _MOMENT))
            return ()
        until = monotonic() + wait
        while True:
            found = self._next(limit, max(until - monotonic(), 0.0))
            if found or monotonic() >= until:
                return found

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Take these from what the group is not done with."""
        positions = [delivery.position for delivery in deliveries]
        self._ack(self._replies(positions))
        self._settled(positions)

    def retry(self, delivery: Delivery, after: float) -> None:
        """Leave it with the server; whoever asks first when it is due gets it."""
        place = delivery.position
        delay = b' {"delay": %d}' % max(int(after * 1e9), 1) if after > 0 else b""

        async def give_back(line: Line) -> None:
            await self._tries.keep(line, {place: delivery.attempt})
            await self._say(line, b"-NAK" + delay, self._replies([place]))

        self._server.link.call(give_back)
        self._settled([place])
        self._failed[place] = delivery.attempt
        if len(self._failed) > _REMEMBERED:
            del self._failed[next(iter(self._failed))]

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Put it to the dead letters, then take it from what the group is not done with."""
        self._letters.put(letter_of(delivery, reason, self._member.group))
        self.ack([delivery])

    def extend(self, deliveries: Sequence[Delivery]) -> None:
        """Count the time until others get these from now on."""
        positions = [delivery.position for delivery in deliveries]
        replies = self._replies(positions)
        self._server.link.call(lambda line: self._say(line, b"+WPI", replies))
        if self._alone in positions:
            self._alone = ""  # it has been at work for seconds, and the process is still there

    def close(self) -> None:
        """Let others have at once what was handed out and is not done."""
        if self._closed:
            return
        self._closed = True
        self._leave(str(self._position()))
        self._server.link.call(self._give_back, self._server.link.patience)

    async def _give_back(self, line: Line) -> None:
        arrived = await self._pull.close() if self._pull is not None else []
        new = [(m, Facts.of(m, self._resume.life)) for m in arrived]
        fresh = {str(facts.position): 0 for _, facts in new if facts.count == 1}
        uncounted = {place: held.attempt - 1 for place, held in self._held.items()} | fresh
        if uncounted:
            await self._tries.keep(line, uncounted)
        replies = [held.reply for held in self._held.values()]
        replies += [message.reply for message, _ in (*self._left, *new)]
        await self._say(line, b"-NAK", replies)

    def _next(self, limit: int, wait: float) -> list[Delivery]:
        if self._left:
            return self._one_left()
        now: list[Delivery] = []
        for message, facts in self._fetched(limit, wait):
            place = str(facts.position)
            if facts.count == 1:
                now += self._handed(message, facts, 1)
            elif place in self._failed:
                now += self._handed(message, facts, self._failed.pop(place) + 1)
            elif place not in self._held:
                self._left.append((message, facts))
        self._left_until = monotonic() + self._server.visibility / 2
        return now

    def _one_left(self) -> list[Delivery]:
        message, facts = self._left.popleft()
        place = str(facts.position)

        async def count(line: Line) -> int:
            tried = await self._tries.of(line, place)
            attempt = (1 if tried is None else tried) + 1
            await self._tries.keep(line, {place: attempt})
            return attempt

        found = self._handed(message, facts, self._server.link.call(count))
        self._alone = place if found else ""
        return found

    def _handed(self, message: Msg, facts: Facts, attempt: int) -> list[Delivery]:
        """Decode what was taken; what is none of this group's events is settled at once."""
        found = read(message, facts, self._member, self._server.names, attempt)
        if found is None or isinstance(found, DeadLetter):
            if found is not None:
                self._letters.put(found)
            self._ack([message.reply])
            return []
        self._held[found.position] = _Held(message.reply, attempt)
        return [found]

    def _fetched(self, limit: int, wait: float) -> list[tuple[Msg, Facts]]:
        async def fetch(line: Line) -> list[tuple[Msg, Facts]]:
            if line is not self._line or self._pull is None:
                await self._join(line)
            assert self._pull is not None  # noqa: S101 - joining makes it
            patience = self._server.link.patience
            try:
                found = await self._pull.fetch(limit, wait, patience)
            except NoConsumerError:
                _log.warning("the server has forgotten group %s", self._member.group)
                self._line = None
                return []
            return [(message, Facts.of(message, self._resume.life)) for message in found]

        found = self._server.link.call(fetch)
        self._resume = max([self._resume, *(facts.position for _, facts in found)])
        return found

    async def _join(self, line: Line) -> None:
        known = self._resume.life > 0
        start = str(self._position()) if known else self._start
        done = await joined(line, self._server, self._member, start)
        if done.life != self._resume.life:
            self._resume = done
        stream = self._server.names.events
        name = self._member.consumer_in(done.life)
        self._pull = await Pull(line.client, stream, name).open()
        self._line = line

    def _position(self) -> Position:
        """Return the position after which everything is that is not done here."""
        undone = [Position.of(place) for place in (*self._held, *self._failed)]
        before = [Position(place.life, place.number - 1) for place in undone]
        life = self._resume.life
        return min([self._resume, *(place for place in before if place.life == life)])

    def _keep_left(self) -> None:
        """Tell the server that what waits here to be handed out alone is not forgotten."""
        if self._left and monotonic() >= self._left_until:
            replies = [message.reply for message, _ in self._left]
            self._server.link.call(lambda line: self._say(line, b"+WPI", replies))
            self._left_until = monotonic() + self._server.visibility / 2

    def _ack(self, replies: Sequence[str]) -> None:
        patience = self._server.link.patience
        self._server.link.call(lambda line: acknowledge(line, replies, patience))

    async def _say(self, line: Line, what: bytes, replies: Iterable[str]) -> None:
        for reply in replies:
            await line.client.publish(reply, what)
        await line.client.flush(timeout=max(int(self._server.link.patience), 1))

    def _replies(self, positions: Iterable[str]) -> list[str]:
        return [self._held[place].reply for place in positions if place in self._held]

    def _settled(self, positions: Iterable[str]) -> None:
        for place in positions:
            self._held.pop(place, None)
            if self._alone == place:
                self._alone = ""
