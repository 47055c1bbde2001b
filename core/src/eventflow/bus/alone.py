"""Receivers of which no broker keeps what they handed out: what they have in common."""

from __future__ import annotations

import logging
from time import monotonic, sleep
from typing import TYPE_CHECKING

from eventflow.bus.again import Again
from eventflow.bus.delivery import letter_of
from eventflow.component import lacks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.bus.delivery import Delivery
    from eventflow.types import DeadLetters

_log = logging.getLogger(__name__)

_PAUSE = 0.2
"""Seconds between two questions to a server that is gone."""


class AloneReceiver:
    """Keeps in memory what is to be handed out again, and nothing of what was handed out.

    Args:
        letters: Where it buries.
        group: Name in its dead letters.
    """

    def __init__(self, letters: DeadLetters, group: str = "") -> None:
        """Nothing waits yet."""
        self._letters, self._group = letters, group
        self._again = Again()

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Nothing is kept of what was handed out."""

    def retry(self, delivery: Delivery, after: float) -> None:
        """Hand this one out again, not before so many seconds."""
        self._again.put(delivery, after)

    def bury(self, delivery: Delivery, reason: str) -> None:
        """Put this one to the dead letters."""
        self._letters.put(letter_of(delivery, reason, self._group))

    def extend(self, deliveries: Sequence[Delivery]) -> None:
        """Nobody else gets what this one has."""


class BaseFollower(AloneReceiver):
    """Hands out the events after a position, all of them, to nobody else.

    A server that is gone for a while is waited for here: only this object knows how far it is.
    """

    _away = False

    def receive(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return at most `limit` events, oldest first; wait up to so many seconds for the first.

        Raises:
            EventflowError: The server cannot be asked, for another reason than being gone.
        """
        until = monotonic() + wait
        while True:
            left = max(until - monotonic(), 0.0)
            found = self._again.due(limit) or self._arrived(limit, self._again.wait(left))
            if found or monotonic() >= until:
                return found

    def close(self) -> None:
        """There is nothing to give back."""

    def fetch(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return what came after the position, and move it; of other types nothing.

        Raises:
            EventflowError: The server cannot be asked.
        """
        raise NotImplementedError(lacks(self, "fetch"))

    def is_gone(self, error: Exception) -> bool:
        """Whether the server does not answer for now."""
        raise NotImplementedError(lacks(self, "is_gone"))

    def _arrived(self, limit: int, wait: float) -> Sequence[Delivery]:
        """Return what came meanwhile, and nothing while nobody answers."""
        began = monotonic()
        try:
            found = self.fetch(limit, wait)
        except Exception as error:
            if not self.is_gone(error):
                raise
            if not self._away:
                _log.warning("events do not arrive for now: %s", error)
            self._away = True
            sleep(max(min(wait, _PAUSE) - (monotonic() - began), 0.0))
            return ()
        self._away = False
        return found
