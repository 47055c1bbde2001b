"""Auditing an event store: every byte that matters, from the beginning to what was acknowledged."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from eventflow.errors import EventflowError
from eventflow.store import layout
from eventflow.store.errors import EventsMissingError, StoreDamagedError
from eventflow.store.reader import EventReader, Extent
from eventflow.store.record import hash_of
from eventflow.store.witness import seen

if TYPE_CHECKING:
    import apsw


@frozen(kw_only=True)
class Audit:
    """What an audit found.

    Attributes:
        path: The store's file.
        extent: Where it begins and ends; None where that cannot be read.
        events: Events that are proven: in place, unchanged, linked to the one before.
        first_bad: Position of the first event that is not; None where none is, or where the damage
            has no position.
        error: What is wrong; None where nothing is.
        notes: What is no damage and worth knowing.
    """

    path: Path
    extent: Extent | None
    events: int
    first_bad: int | None = None
    error: EventflowError | None = None
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the store holds what was appended to it, all of it."""
        return self.error is None


def verify(path: Path | str, *, link: bytes | None = None) -> Audit:
    """Check a store's checksums, chain, positions, indices and end; nothing is written.

    It sees the store as it was when it began; others may append meanwhile.

    Args:
        path: The store's file.
        link: A hash that was noted down earlier (`Extent.link`). The chain must contain it: that
            proves that nothing up to there was changed, even by someone who could rewrite
            everything after a change.

    Raises:
        StoreUnusableError: The file cannot be opened.
        NotAStoreError: It is something else.
    """
    path = Path(path)
    known = seen(path)
    with EventReader(path) as reader:
        steps = _Steps(reader, link)
        try:
            steps.structure()
            steps.chain()
            steps.end(known.position)
        except EventflowError as error:
            return steps.audit(error)
        except ValueError as error:  # a damaged text is no UTF-8
            return steps.audit(StoreDamagedError.for_structure(path, str(error)))
    notes = ("the witness beside the store is damaged",) if known.damaged else ()
    return steps.audit(notes=notes)


class _Steps:
    """The audit of one store, as far as it came."""

    def __init__(self, reader: EventReader, link: bytes | None) -> None:
        self.reader, self.wanted = reader, link
        self.path = reader.path
        self.extent: Extent | None = None
        self.events = 0
        self.first_bad: int | None = None

    def structure(self) -> None:
        """Check SQLite's own structures, and that the tables are those of a store."""
        with layout.coded(self.path):
            db: apsw.Connection = self.reader._db  # noqa: SLF001 - an audit looks under the floor
            db.execute("BEGIN")  # others may append and forget: the audit sees one moment
            tables = [sql for (sql,) in db.execute("SELECT sql FROM sqlite_schema")]
            if sorted(tables, key=str) != sorted(layout.TABLES):
                raise StoreDamagedError.for_structure(self.path, "its tables were changed")
            for (found,) in db.execute("PRAGMA integrity_check(1)"):
                if found != "ok":
                    said = " ".join(str(found).split())
                    raise StoreDamagedError.for_structure(self.path, said)
            self.extent = self.reader.extent()

    def chain(self) -> None:
        """Follow the links from the beginning."""
        extent = self.extent or self.reader.extent()
        with layout.coded(self.path):
            _, start, link = layout.start_of(self.reader._db, self.path)  # noqa: SLF001 - as above
        proven = self.wanted is None or link == self.wanted
        events = self.reader.replay(after=start)
        for position in count(start + 1):
            try:
                event = next(events, None)
            except StoreDamagedError:
                self.first_bad = position
                raise
            if event is None:
                break
            link = hash_of(link, event.packed())
            if link != event.hash:
                self._bad(position, "the event does not fit the chain")
            proven = proven or link == self.wanted
            self.events += 1
        if link != extent.link or not proven:
            reason = "the chain does not contain the hash that was noted down"
            raise StoreDamagedError.for_structure(self.path, reason)

    def end(self, acknowledged: int | None) -> None:
        """Compare the end with what was acknowledged."""
        end = 0 if self.extent is None else self.extent.end
        if acknowledged is not None and acknowledged > end:
            self.first_bad = end + 1
            raise EventsMissingError.for_end(self.path, end, acknowledged)

    def audit(self, error: EventflowError | None = None, notes: tuple[str, ...] = ()) -> Audit:
        """Return what was found so far."""
        return Audit(
            path=self.path,
            extent=self.extent,
            events=self.events,
            first_bad=self.first_bad,
            error=error,
            notes=notes,
        )

    def _bad(self, position: int, reason: str) -> None:
        self.first_bad = position
        raise StoreDamagedError.for_position(self.path, position, reason)
