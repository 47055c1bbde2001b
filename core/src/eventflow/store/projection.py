"""Projections: tables that are built from events, and can be built again at any time."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

import apsw

from eventflow.store.errors import EventsMissingError
from eventflow.store.layout import BUSY_SECONDS, coded, transaction

if TYPE_CHECKING:
    from eventflow.store.reader import EventReader, Extent
    from eventflow.store.record import StoredEvent

_PAGE = 500  # events per transaction
_PLACES = """CREATE TABLE IF NOT EXISTS place (
    name TEXT PRIMARY KEY, version INTEGER NOT NULL, store BLOB NOT NULL, position INTEGER NOT NULL
) STRICT"""


class Projection(Protocol):
    """Turns events into rows of tables that it makes itself.

    `apply` is called once for each event, in the order of the store: what it writes and the
    position are committed together.

    Attributes:
        name: Its name in the file; tables carry names of their own choice.
        version: Of what it writes; another one than the file's builds it again.
        pattern: Which events it needs, as in subscriptions.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    pattern: ClassVar[str]

    def reset(self, db: apsw.Connection) -> None:
        """Make its tables, empty; drop those of earlier versions."""
        ...

    def apply(self, db: apsw.Connection, event: StoredEvent) -> None:
        """Write what follows from an event."""
        ...


class ReadModel:
    """The file that projections write to; it can be deleted, for it can be built again.

    Args:
        path: The file, made where there is none; ``:memory:`` keeps it in memory.
        projections: What is kept in it.

    Raises:
        StoreUnusableError: It cannot be written.

    Example:
        >>> runs = ReadModel("runs.sqlite", RunTable())  # doctest: +SKIP
        >>> runs.catch_up(store)  # doctest: +SKIP
        12
    """

    def __init__(self, path: Path | str, *projections: Projection) -> None:
        """Open the file."""
        self.path = Path(path)
        self.projections = projections
        with coded(self.path):
            self._db = apsw.Connection(str(path))
            self._db.set_busy_timeout(round(BUSY_SECONDS * 1000))
            self._db.execute(_PLACES)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Release the file."""
        self._db.close()

    def catch_up(self, store: EventReader) -> int:
        """Apply what was appended since the last time, and return how many events were applied.

        A projection of another version, of another store, or of a store that has lost its end
        begins again.

        Raises:
            EventsMissingError: Retention has taken events that a projection has not seen;
                `rebuild` begins with what is left.
        """
        extent = store.extent()
        return sum(self._catch_up(store, extent, projection) for projection in self.projections)

    def rebuild(self, store: EventReader) -> int:
        """Empty the tables and apply every event again."""
        extent = store.extent()
        with coded(self.path), transaction(self._db):
            for projection in self.projections:
                self._reset(projection, extent)
        return self.catch_up(store)

    def position(self, projection: Projection) -> int:
        """Return the position of the last event that a projection has seen; 0 for none."""
        place = self._place(projection)
        return 0 if place is None else int(place[2])

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a SQL query over the projections' tables."""
        with coded(self.path):
            return list(self._db.execute(query, values))

    def _catch_up(self, store: EventReader, extent: Extent, projection: Projection) -> int:
        place = self._place(projection)
        known = (projection.version, extent.identity)
        if place is None or tuple(place[:2]) != known or place[2] > extent.end:
            with coded(self.path), transaction(self._db):
                self._reset(projection, extent)
        position, applied = self.position(projection), 0
        if position < extent.start:
            raise EventsMissingError.for_start(store.path, position + 1, extent.start + 1)
        events = store.replay(pattern=projection.pattern, after=position)
        while page := list(islice(events, _PAGE)):
            self._apply(projection, page, page[-1].position)
            applied += len(page)
        if self.position(projection) < extent.end:
            self._apply(projection, [], extent.end)
        return applied

    def _apply(self, projection: Projection, page: list[StoredEvent], position: int) -> None:
        with coded(self.path), transaction(self._db):
            for event in page:
                projection.apply(self._db, event)
            self._db.execute(
                "UPDATE place SET position = ? WHERE name = ?", (position, projection.name)
            )

    def _reset(self, projection: Projection, extent: Extent) -> None:
        projection.reset(self._db)
        self._db.execute(
            "INSERT OR REPLACE INTO place VALUES (?, ?, ?, ?)",
            (projection.name, projection.version, extent.identity, extent.start),
        )

    def _place(self, projection: Projection) -> Any:
        query = "SELECT version, store, position FROM place WHERE name = ?"
        with coded(self.path):
            return self._db.execute(query, (projection.name,)).fetchone()
