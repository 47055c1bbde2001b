"""Group commit: what arrives while the disk is busy is committed together, next."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.store.commit import Ticket


class GroupCommit:
    """Lets one of the threads that wait commit for all of them, then another.

    Args:
        commit: Settles tickets; one thread at a time calls it.
    """

    def __init__(self, commit: Callable[[list[Ticket]], None]) -> None:
        """Nobody waits."""
        self._commit = commit
        self._lock = Lock()
        self._waiting: list[Ticket] = []
        self._leader: Ticket | None = None

    def settle(self, ticket: Ticket) -> None:
        """Return when a ticket is settled, by this thread or another."""
        try:
            with self._lock:
                self._waiting.append(ticket)
                self._leader = self._leader or ticket
            if self._leader is not ticket:
                ticket.turn.wait()
            if not ticket.settled:
                self._lead()
        except BaseException:  # interrupted, wherever it was: nobody will be here to lead
            with self._lock:
                self._waiting = [other for other in self._waiting if other is not ticket]
                if self._leader is ticket:
                    self._name_heir()
            raise

    def _lead(self) -> None:
        with self._lock:
            tickets, self._waiting = self._waiting, []
        try:
            self._commit(tickets)
        except BaseException as error:
            for ticket in tickets:
                if not ticket.settled:
                    ticket.error, ticket.settled = error, True
            raise
        finally:
            with self._lock:
                self._name_heir()
            for ticket in tickets:
                ticket.turn.set()

    def _name_heir(self) -> None:
        """Let who has waited longest lead; call it with the lock."""
        self._leader = self._waiting[0] if self._waiting else None
        if self._leader is not None:
            self._leader.turn.set()
