"""A receiver of its own: it follows the stream, and keeps how far it is in memory."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, Any

from redis import exceptions

from eventflow.bus.alone import BaseFollower
from eventflow_redis.entries import read
from eventflow_redis.errors import told
from eventflow_redis.keys import Membership
from eventflow_redis.pending import blocking, first_position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.bus.delivery import Delivery
    from eventflow_redis.keys import Link
    from eventflow_redis.letters import RedisDeadLetters

_MOMENT = 0.005
_GONE = (exceptions.ConnectionError, exceptions.TimeoutError)


class Follower(BaseFollower):
    """Follows the stream, whose entries it asks for.

    Args:
        link: Where the server is.
        pattern: Which types.
        start: Where it begins: ``new``, ``earliest``, or after a position.
        letters: Where it buries.
    """

    def __init__(self, link: Link, pattern: str, *, start: str, letters: RedisDeadLetters) -> None:
        """Find where to begin."""
        super().__init__(letters)
        self._link, self._member = link, Membership("", pattern)
        with told(link.where):
            self._position = first_position(link, start)

    def fetch(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return what came after the position, and move it; of other types nothing.

        Raises:
            RedisServerError: The server cannot be asked.
        """
        with told(self._link.where):
            entries = self._read(limit, wait)
        return self._decoded(entries)

    def is_gone(self, error: Exception) -> bool:
        """Whether the connection broke, or nobody answers."""
        return isinstance(error.__cause__, _GONE)

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
