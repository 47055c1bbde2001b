"""Durable appends per second: the event store, plain SQLite, and a bare file, with the disk's sync.

Every contestant turns the same events into JSON and returns when the disk has them; what each has
kept is read back and compared before anything is told. The store keeps more than the others: four
indices, a checksum and a link of the chain for each event, and the refusal of what it has already.
"""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from statistics import median, quantiles
from time import perf_counter
from typing import TYPE_CHECKING

from attrs import define, field

from eventflow.events import BaseEvent
from eventflow.store import EventStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

SINGLE, BATCHES, BATCH = 300, 20, 1_000
ROUNDS, THREADS = 5, 16


class BareFile:
    """Lines of JSON, with `fdatasync` after each batch."""

    def __init__(self, folder: Path) -> None:
        """Make the file."""
        self._path = folder / "bare.ndjson"
        self._file = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def append(self, events: Sequence[BaseEvent]) -> None:
        """Write, sync."""
        os.write(self._file, "".join(event.to_json() + "\n" for event in events).encode())
        os.fdatasync(self._file)

    def bodies(self) -> list[str]:
        """Read everything back."""
        os.close(self._file)
        return self._path.read_text(encoding="utf-8").splitlines()


class PlainSqlite:
    """The standard library's SQLite: one column, no index, WAL with full sync."""

    def __init__(self, folder: Path) -> None:
        """Make the table."""
        self._db = sqlite3.connect(folder / "plain.sqlite", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE event (position INTEGER PRIMARY KEY, body TEXT)")

    def append(self, events: Sequence[BaseEvent]) -> None:
        """Insert in one transaction."""
        self._db.execute("BEGIN IMMEDIATE")
        rows = ((event.to_json(),) for event in events)
        self._db.executemany("INSERT INTO event (body) VALUES (?)", rows)
        self._db.execute("COMMIT")

    def bodies(self) -> list[str]:
        """Read everything back."""
        found = [body for (body,) in self._db.execute("SELECT body FROM event ORDER BY position")]
        self._db.close()
        return found


class Ours:
    """The event store."""

    def __init__(self, folder: Path) -> None:
        """Make the store."""
        self._store = EventStore(folder / "events.sqlite")

    def append(self, events: Sequence[BaseEvent]) -> None:
        """Append."""
        self._store.append_many(events)

    def bodies(self) -> list[str]:
        """Read everything back."""
        found = [event.body.decode() for event in self._store.replay()]
        self._store.close()
        return found


CONTESTANTS: dict[str, Callable[[Path], BareFile | PlainSqlite | Ours]] = {
    "append + fdatasync": BareFile,
    "plain sqlite3, WAL, FULL": PlainSqlite,
    "event store": Ours,
}


@define
class Times:
    """Seconds that a contestant's rounds took."""

    single: list[float] = field(factory=list)
    batched: list[float] = field(factory=list)


def bench(folder: Path) -> Iterable[str]:
    """Let all append the same events in turn, one at a time and in batches."""
    syncs = _syncs(folder)
    times = {name: Times() for name in CONTESTANTS}
    for number in range(ROUNDS + 1):
        place = folder / f"round-{number}"
        place.mkdir()
        events = [
            BaseEvent(event_type="order.placed", source="bench", correlation_id=f"r{n % 50}")
            for n in range(SINGLE + BATCHES * BATCH)
        ]
        kept = [_round(name, place, events, times[name]) for name in CONTESTANTS]
        assert kept[0] == kept[1] == kept[2] == [event.to_json() for event in events]
    yield "\n## Event store\n"
    yield f"One `fdatasync` of 300 bytes here: median {median(syncs) * 1e3:.2f} ms, "
    yield f"99th percentile {quantiles(syncs, n=100)[98] * 1e3:.2f} ms.\n"
    yield f"| | single events/s | × | batches of {BATCH:,}: events/s | × |"
    yield "|---|---:|---:|---:|---:|"
    base = times["append + fdatasync"]
    for name, took in times.items():
        single, batched = median(took.single[1:]), median(took.batched[1:])
        yield (
            f"| {name} | {SINGLE / single:,.0f} | {single / median(base.single[1:]):.2f} "
            f"| {BATCHES * BATCH / batched:,.0f} | {batched / median(base.batched[1:]):.2f} |"
        )
    shared = median(_shared(folder / f"shared-{number}.sqlite") for number in range(ROUNDS))
    yield f"\n{THREADS} threads that append single events to one store: {shared:,.0f} events/s."


def _shared(place: Path) -> float:
    """Return single events per second when threads share a store, and so its commits."""
    events = [BaseEvent(event_type="order.placed", source="bench") for _ in range(10 * SINGLE)]
    with EventStore(place) as store, ThreadPoolExecutor(THREADS) as pool:
        began = perf_counter()
        positions = list(pool.map(store.append, events))
        took = perf_counter() - began
    assert sorted(positions) == list(range(1, len(events) + 1))
    return len(events) / took


def _round(name: str, place: Path, events: list[BaseEvent], times: Times) -> list[str]:
    contestant = CONTESTANTS[name](place)
    began = perf_counter()
    for event in events[:SINGLE]:
        contestant.append((event,))
    middle = perf_counter()
    for first in range(SINGLE, len(events), BATCH):
        contestant.append(events[first : first + BATCH])
    times.single.append(middle - began)
    times.batched.append(perf_counter() - middle)
    return contestant.bodies()


def _syncs(folder: Path) -> list[float]:
    handle = os.open(folder / "syncs", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    took = []
    for _ in range(SINGLE):
        began = perf_counter()
        os.write(handle, b"x" * 300)
        os.fdatasync(handle)
        took.append(perf_counter() - began)
    os.close(handle)
    return took
