"""Reading an event store: what is in it, in the order in which it was appended."""

from __future__ import annotations

from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Self

from attrs import frozen

from eventflow.events.patterns import compile_pattern
from eventflow.store.errors import StoreDamagedError
from eventflow.store.layout import coded, open_to_read, start_of
from eventflow.store.record import StoredEvent, checksum, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    import apsw

_PAGE = 500  # records read at once; no read transaction stays open while they are used
_COLUMNS = "position, event_id, event_type, timestamp, correlation_id, body, crc, hash"
_FORMS = (int, str, str, int, str, bytes, int, bytes)  # what damage can turn into anything else
_TYPES = """WITH RECURSIVE seen (name) AS (
    SELECT min(event_type) FROM event
    UNION ALL
    SELECT (SELECT min(event_type) FROM event WHERE event_type > name) FROM seen
    WHERE name IS NOT NULL
) SELECT name FROM seen WHERE name IS NOT NULL"""


@frozen(kw_only=True)
class Extent:
    """What a store holds.

    Attributes:
        identity: The store's own id, 32 bytes.
        start: Position of the last event that was forgotten; 0 where none was.
        end: Position of the last event; `start` where there is none.
        link: Hash of that event: whoever notes it down can prove later that nothing before it was
            changed.
    """

    identity: bytes
    start: int
    end: int
    link: bytes


class EventReader:
    """A store that is open to read; others may append meanwhile.

    Args:
        path: The store's file.

    Raises:
        StoreUnusableError: There is no such file, or it may not be read.
        NotAStoreError: It is something else.

    Example:
        >>> with EventReader("runs/events.sqlite") as store:  # doctest: +SKIP
        ...     for event in store.replay(pattern="pipeline.*"):
        ...         print(event.position, event.event_type)
    """

    def __init__(self, path: Path | str) -> None:
        """Open the file."""
        self.path = Path(path)
        self._db = self._open(self.path)
        self._reading = RLock()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Release the file; a second time does nothing."""
        with self._reading:
            self._db.close()

    @staticmethod
    def _open(path: Path) -> apsw.Connection:
        return open_to_read(path)

    def extent(self) -> Extent:
        """Return where the store begins and ends."""
        with coded(self.path), self._reading:
            self._db.execute("SAVEPOINT extent")
            try:
                return extent_of(self._db, self.path)
            finally:
                self._db.execute("RELEASE extent")

    def types(self) -> list[str]:
        """Return the event types that are stored, sorted."""
        return [name for (name,) in self._rows(_TYPES)]

    def replay(
        self,
        *,
        correlation_id: str | None = None,
        pattern: str = "*",
        since: datetime | None = None,
        until: datetime | None = None,
        after: int = 0,
    ) -> Iterator[StoredEvent]:
        """Yield events in the order in which they were appended, up to the end as it is now.

        Args:
            correlation_id: Only those of one run or request.
            pattern: Only those whose type matches; as in subscriptions.
            since: Only those that happened at this moment or later; UTC where it has no zone.
            until: Only those that happened before this moment.
            after: Only those behind this position.

        Raises:
            ValueError: The pattern is malformed.
            StoreDamagedError: An event is not what was appended; those before it were yielded.
        """
        where, values = self._conditions(correlation_id, pattern, since, until)
        extent = self.extent()
        position, whole = max(after, extent.start), not where
        query = (
            f"SELECT {_COLUMNS} FROM event WHERE position > ? AND position <= ?{where} "  # noqa: S608 - conditions of our own making
            f"ORDER BY position LIMIT {_PAGE}"
        )
        while position < extent.end:
            page = self._rows(query, position, extent.end, *values)
            for row in page:
                event = self._checked(row, position + 1 if whole else None)
                yield event
                position = event.position
            if len(page) < _PAGE:
                break
        if whole and max(position, self.extent().start) < extent.end:
            raise StoreDamagedError.for_position(self.path, position + 1, "the event is gone")

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with coded(self.path), self._reading:
            return list(self._db.execute(query, values))

    def _conditions(
        self,
        correlation_id: str | None,
        pattern: str,
        since: datetime | None,
        until: datetime | None,
    ) -> tuple[str, list[Any]]:
        where, values = "", list[Any]()
        if correlation_id is not None:
            where += " AND correlation_id = ? AND correlation_id <> ''"
            values.append(correlation_id)
        if pattern != "*":
            wanted = compile_pattern(pattern)
            names = [name for name in self.types() if wanted.fullmatch(name)]
            where += f" AND event_type IN ({', '.join('?' * len(names))})"
            values += names
        for comparison, moment in ((">=", since), ("<", until)):
            if moment is not None:
                where += f" AND timestamp {comparison} ?"
                values.append(microseconds(moment))
        return where, values

    def _checked(self, row: tuple[Any, ...], expected: int | None) -> StoredEvent:
        event = StoredEvent(*row)
        gone = expected is not None and event.position != expected
        if gone and self.extent().start < event.position - 1:  # else forgotten just now
            raise StoreDamagedError.for_position(self.path, expected or 0, "the event is gone")
        formed = tuple(map(type, row)) == _FORMS
        if not formed or checksum(event.packed(), event.hash) != event.crc:
            reason = "the event does not fit its checksum"
            raise StoreDamagedError.for_position(self.path, event.position, reason)
        return event


def extent_of(db: apsw.Connection, path: Path) -> Extent:
    """Return where a store begins and ends; call it in a transaction."""
    identity, start, link = start_of(db, path)
    last = db.execute("SELECT position, hash FROM event ORDER BY position DESC LIMIT 1").fetchone()
    end, link = (start, link) if last is None else last
    return Extent(identity=identity, start=start, end=end, link=link)
