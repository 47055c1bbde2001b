"""One commit: the events of everyone who waits, in one transaction."""

from __future__ import annotations

from operator import attrgetter
from threading import Event
from typing import TYPE_CHECKING

import apsw
from attrs import define, field, fields_dict

from eventflow.store.errors import EventRefusedError
from eventflow.store.layout import transaction
from eventflow.store.reader import extent_of
from eventflow.store.record import StoredEvent, chained

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventflow.store.record import Draft

_INSERT = "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_ROW = attrgetter(*fields_dict(StoredEvent))


@define(eq=False)
class Ticket:
    """What one caller wants to have stored.

    Attributes:
        drafts: The events, all or none of them.
        positions: Where they are, once settled.
        error: Why they are not.
        settled: Whether the one or the other is known.
        turn: Set when it is settled, or when its thread is to commit.
    """

    drafts: list[Draft]
    positions: list[int] = field(factory=list)
    error: BaseException | None = None
    settled: bool = False
    turn: Event = field(factory=Event)


def write(db: apsw.Connection, path: Path, tickets: Sequence[Ticket]) -> tuple[int, bytes]:
    """Store what the tickets want and return the store's new end and its hash.

    The disk has it when this returns. A ticket with an event that is refused gets its error, the
    others are stored.
    """
    try:
        with transaction(db):
            return _insert_new(db, path, tickets)
    except apsw.ConstraintError:  # an id is there already: rare, so looked up only then
        with transaction(db):
            return _insert_unknown(db, path, tickets)


def _insert_new(db: apsw.Connection, path: Path, tickets: Sequence[Ticket]) -> tuple[int, bytes]:
    extent = extent_of(db, path)
    drafts = [draft for ticket in tickets for draft in ticket.drafts]
    records = _insert(db, drafts, extent.end, extent.link)
    position = extent.end
    for ticket in tickets:
        ticket.positions = list(range(position + 1, position + 1 + len(ticket.drafts)))
        position += len(ticket.drafts)
    return position, records[-1].hash if records else extent.link


def _insert_unknown(
    db: apsw.Connection, path: Path, tickets: Sequence[Ticket]
) -> tuple[int, bytes]:
    extent = extent_of(db, path)
    end, link = extent.end, extent.link
    for ticket in tickets:
        ticket.positions = []
        try:
            known = [_position(db, draft) for draft in ticket.drafts]
        except EventRefusedError as error:
            ticket.error = error
            continue
        for draft, place in zip(ticket.drafts, known, strict=True):
            position = _position(db, draft) if place is None else place
            if position is None:
                record = _insert(db, [draft], end, link)[0]
                position, end, link = record.position, record.position, record.hash
            ticket.positions.append(position)
    return end, link


def _insert(
    db: apsw.Connection, drafts: Sequence[Draft], end: int, link: bytes
) -> list[StoredEvent]:
    records = list(chained(drafts, end, link))
    db.executemany(_INSERT, map(_ROW, records))
    return records


def _position(db: apsw.Connection, draft: Draft) -> int | None:
    """Return where an event with this id is stored.

    Raises:
        EventRefusedError: It has other content.
    """
    query = "SELECT position, body FROM event WHERE event_id = ?"
    found = db.execute(query, (draft.event_id,)).fetchone()
    if found is None:
        return None
    if found[1] != draft.body:
        raise EventRefusedError.for_conflict(draft.event_type, draft.event_id, found[0])
    return int(found[0])
