"""A receiver of its own: it follows the stream, and keeps how far it is in memory."""

from __future__ import annotations

import logging
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from redis import exceptions

from eventflow.bus.again import Again
from eventflow.bus.delivery import letter_of
from eventflow_redis.entries import read
from eventflow_redis.errors import RedisServerError, told
from eventflow_redis.keys import Membership
from eventflow_redis.pending import blocking, first_position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.bus.delivery import Delivery
    from eventflow_redis.keys import Link
    from eventflow_redis.letters import RedisDeadLetters

_log = logging.getLogger(__name__)

_MOMENT = 0.005
_GONE = (exceptions.ConnectionError, exceptions.TimeoutError)


class Follower:
    """Hands out the events after a position, all of them, to nobody else.

    A server that is gone for a while is waited for here: only this object knows how far it is.

    Args:
        link: Where the server is.
        pattern: Which types.
        start: Where it begins: ``new``, ``earliest``, or after a position.
        letters: Where it buries.
    """

    def __init__(self, link: Link, pattern: str, *, start: str, letters: RedisDeadLetters) -> None:
        """Find where to begin."""
        self._link, self._letters = link, letters
        self._member = Membership("", pattern)
        self._again = Again()
        self._away = False
        with told(link.where):
            self._position = first_position(link, start)

    def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return at most `limit` events, oldest first; wait up to so many seconds for the first.

        Raises:
            RedisServerError: The server cannot be asked, for another reason than being gone.
        """
        until = monotonic() + wait
        while True:
            left = max(until - monotonic(), 0.0)
            found = self._again.due(limit) or self._arrived(limit, self._again.wait(left))
            if found or monotonic() >= until:
                return found

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Nothing is kept of what was handed out."""

    def retry(self, delivery: Delivery, after: float) -> None:
        """Hand this one out again, not before so many seconds."""
        self._again.put(delivery, after)

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Put this one to the dead letters."""
        self._letters.put(letter_of(delivery, reason, ""))

    def extend(self, deliveries: Sequence[Delivery]) -> None:
        """Nobody else gets what this one has."""

    def close(self) -> None:
        """There is nothing to give back."""

    def _arrived(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return what came meanwhile; of other types nothing, and nothing while nobody answers."""
        began = monotonic()
        try:
            with told(self._link.where):
                entries = self._read(limit, wait)
        except RedisServerError as error:
            if not isinstance(error.__cause__, _GONE):
                raise
            if not self._away:
                _log.warning("events do not arrive for now: %s", error)
            self._away = True
            sleep(max(wait - (monotonic() - began), 0.0))
            return ()
        self._away = False
        return self._decoded(entries)

    def _read(self, limit: int, wait: float) -> Sequence[Any]:
        how = ("COUNT", limit, *blocking(min(wait, self._link.longest)))
        found = self._link.client.execute_command(
            "XREAD", *how, "STREAMS", self._link.keys.events, self._position
        )
        if not found:
            sleep(min(wait, _MOMENT))
            return ()
        entries: Sequence[Any] = found[0][1]
        return entries

    def _decoded(self, entries: Sequence[Any]) -> Sequence[Delivery]:
        if not entries:
            return ()
        found = read(entries, self._member)
        for letter in found.broken:
            self._letters.put(letter)
        self._position = entries[-1][0].decode()
        return found.deliveries
