"""Event stores with one safeguard taken out: what a test of that safeguard must catch."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from eventflow.store import layout
from eventflow.store.commit import Ticket
from eventflow.store.reader import EventReader
from eventflow.store.record import Draft, StoredEvent
from eventflow.store.store import EventStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eventflow.events import BaseEvent

_LATE = 4  # appends that a store which acknowledges too early keeps to itself


@contextmanager
def synchronous(level: str) -> Iterator[None]:
    """Let SQLite sync less often than at each commit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "SYNCHRONOUS", level)
        yield


@contextmanager
def acknowledged_before_commit() -> Iterator[None]:
    """Return from `append_many` before the commit, which follows a few appends later."""
    waiting: list[Ticket] = []

    def append_many(self: EventStore, events: Iterable[BaseEvent]) -> list[int]:
        waiting.append(Ticket([Draft.of(event, self._largest) for event in events]))
        if len(waiting) > _LATE:
            self._commit(waiting)
            waiting.clear()
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EventStore, "append_many", append_many)
        yield


@contextmanager
def ids_unchecked() -> Iterator[None]:
    """Store an event as often as it is appended."""
    tables = tuple(table.replace("UNIQUE INDEX", "INDEX") for table in layout.TABLES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "TABLES", tables)
        yield


@contextmanager
def checksums_unchecked() -> Iterator[None]:
    """Replay what the file says, whether or not it fits its checksum."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EventReader, "_checked", lambda self, row, expected: StoredEvent(*row))
        yield
