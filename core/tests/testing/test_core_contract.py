"""Core's own components keep the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.bus.memory import InMemoryTransport
from eventflow.bus.noop import NoOpTransport
from eventflow.engines.local import LocalEngine
from eventflow.store.transport import StoreTransport
from eventflow.testing import contract
from eventflow.trackers.jsonl import JsonlTracker

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = "it carries nothing, which is what it is for"


def _lines(folder: Path) -> dict[str, str]:
    return {file.stem: file.read_text(encoding="utf-8") for file in folder.glob("*.jsonl")}


TestInMemoryTransport = contract(InMemoryTransport, config={"keep": 100})
TestStoreTransport = contract(
    StoreTransport, config=lambda folder: {"path": folder / "events.sqlite"}
)
TestNoOpTransport = contract(
    NoOpTransport,
    patience_seconds=0,
    exclude={
        "delivers-events": NOTHING,
        "patterns": NOTHING,
        "unsubscribe": NOTHING,
        "handler-isolation": NOTHING,
        "publish-from-threads": NOTHING,
    },
)
TestJsonlTracker = contract(JsonlTracker, config=lambda folder: {"path": folder}, recorded=_lines)
TestLocalEngine = contract(LocalEngine)
TestInMemoryEngine = contract(LocalEngine, config={"polars": "in-memory", "memory_share": 0})
