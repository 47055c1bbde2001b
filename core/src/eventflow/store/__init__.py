"""The event store: an append-only file of events, durable when `append` returns.

`EventStore` writes, `EventReader` reads, `verify` audits; `ReadModel` keeps tables that are built
from events. Promises and their limits: docs/explanation/reliability.md.
"""

from __future__ import annotations

from eventflow.store.projection import Projection, ReadModel
from eventflow.store.reader import EventReader, Extent
from eventflow.store.record import StoredEvent
from eventflow.store.run_table import Run, RunTable
from eventflow.store.store import EventStore
from eventflow.store.verify import Audit, verify

__all__ = [
    "Audit",
    "EventReader",
    "EventStore",
    "Extent",
    "Projection",
    "ReadModel",
    "Run",
    "RunTable",
    "StoredEvent",
    "verify",
]
