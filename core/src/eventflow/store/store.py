"""Appending to an event store: durable when `append` returns."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from eventflow.bus.publisher import in_words
from eventflow.errors import EventflowError
from eventflow.events.codec import MAX_BYTES
from eventflow.store.commit import Ticket, write
from eventflow.store.errors import (
    EventsMissingError,
    StoreDamagedError,
    StoreFailedError,
    StoreUnusableError,
)
from eventflow.store.group import GroupCommit
from eventflow.store.layout import coded, keep_start, open_to_write, start_of, transaction
from eventflow.store.reader import EventReader, extent_of
from eventflow.store.record import Draft
from eventflow.store.witness import Witness, seen

if TYPE_CHECKING:
    from collections.abc import Iterable

    import apsw

    from eventflow.types import Event

_LAST_THROUGH = "SELECT position, hash FROM event WHERE position <= ? ORDER BY 1 DESC LIMIT 1"
LARGEST = MAX_BYTES  # of one event's JSON, unless said otherwise


class EventStore(EventReader):
    """A store that is open to append and to read; made where there is none.

    Threads may share it: while one commit waits for the disk, further appends gather and are
    committed together. Several processes may have one store open. After a failure of the disk
    nothing more is appended until it is opened again.

    Args:
        path: The store's file; its folder must be there. SQLite keeps ``-wal`` and ``-shm`` beside
            it, and the store a ``-witness``.
        largest: Bytes that one event's JSON may have.

    Raises:
        StoreUnusableError: The file or its folder may not be written.
        NotAStoreError: The file is something else.
        EventsMissingError: Events that were acknowledged are not there.
        StoreDamagedError: SQLite finds it damaged.

    Example:
        >>> with EventStore("events.sqlite") as store:  # doctest: +SKIP
        ...     position = store.append(OrderPlaced(order_id="A-1"))
    """

    def __init__(self, path: Path | str, *, largest: int = LARGEST) -> None:
        """Open the file, and look whether its end is what was acknowledged."""
        self._largest = largest
        self._group = GroupCommit(self._commit)
        self._turn = Lock()
        self._broken: EventflowError | None = None
        self._writer: apsw.Connection | None = open_to_write(Path(path))
        try:
            super().__init__(path)
        except BaseException:
            self._writer.close()
            raise
        try:
            self._witness = Witness(self.path)
            self._compare()
        except BaseException:
            self.close()
            raise

    def append(self, event: Event) -> int:
        """Store one event and return its position; the disk has it then.

        An event with the id of a stored one is not stored twice: its position is returned.

        Raises:
            UnwritableEventError: It cannot be written as JSON.
            EventRefusedError: It is too large, or another event with other content has its id.
            StoreFullError: No room; nothing was stored, later appends may succeed.
            StoreBusyError: Another process keeps the store for itself.
            StoreFailedError: The disk failed; whether it was stored is unknown.
        """
        return self.append_many((event,))[0]

    def append_many(self, events: Iterable[Event]) -> list[int]:
        """Store events in this order, all or none, and return their positions; errors as above."""
        ticket = Ticket([Draft.of(event, self._largest) for event in events])
        self._group.settle(ticket)
        if ticket.error is not None:
            raise ticket.error
        return ticket.positions

    def forget(self, through: int) -> int:
        """Remove the events up to a position, and give their room back to the disk.

        The chain goes on from the hash of the last one that was removed, and positions go on
        counting. Ids of forgotten events are forgotten too.

        Returns:
            How many were removed.

        Raises:
            StoreFullError: No room for the transaction; nothing was removed.
        """
        with self._turn, coded(self.path):
            db = self._open_writer()
            with transaction(db):
                before = start_of(db, self.path)[1]
                last = db.execute(_LAST_THROUGH, (through,)).fetchone()
                if last is None:
                    return 0
                identity = extent_of(db, self.path).identity
                db.execute("DELETE FROM event WHERE position <= ?", (last[0],))
                keep_start(db, identity, *last)
            db.execute("PRAGMA incremental_vacuum").fetchall()
            db.wal_checkpoint()
        return int(last[0]) - before

    def close(self) -> None:
        """Release the file; a second time does nothing."""
        with self._turn:
            super().close()
            if self._writer is not None:
                self._writer.close()
                self._writer = None
                if hasattr(self, "_witness"):
                    self._witness.close()

    @staticmethod
    def _open(path: Path) -> apsw.Connection:
        """Return the connection that reads: one of its own, for a commit holds the other."""
        db = open_to_write(path)
        db.execute("PRAGMA query_only=ON")
        return db

    def _commit(self, tickets: list[Ticket]) -> None:
        """Commit what these want; each is settled afterwards."""
        with self._turn:
            try:
                with coded(self.path):
                    end, link = write(self._open_writer(), self.path, tickets)
            except BaseException as error:
                self._fail(tickets, error)
                if not isinstance(error, Exception):
                    raise
            else:
                self._witness.note(end, link)
                for ticket in tickets:
                    ticket.settled = True

    def _fail(self, tickets: list[Ticket], error: BaseException) -> None:
        """Hand the failure to everyone who waits; after one of the disk nothing more is tried."""
        told = error
        if isinstance(error, StoreFailedError | StoreDamagedError):
            self._broken = error
        elif not isinstance(error, EventflowError):
            told = StoreFailedError.for_reason(self.path, in_words(error))
        for ticket in tickets:
            ticket.positions, ticket.error, ticket.settled = [], told, True

    def _open_writer(self) -> apsw.Connection:
        if self._broken is not None:
            raise self._broken
        if self._writer is None:
            raise StoreUnusableError.for_closed(self.path)
        return self._writer

    def _compare(self) -> None:
        acknowledged, extent = seen(self.path).position, self.extent()
        if acknowledged is not None and acknowledged > extent.end:
            raise EventsMissingError.for_end(self.path, extent.end, acknowledged)
        if extent.end:
            self._witness.note(extent.end, extent.link)
