"""What the tests of the laws share: sources over tables, the main job, and how results compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

from eventflow.base import BaseSource
from eventflow.frame import EventFrame
from eventflow.plugins import PluginHost
from eventflow.schema import EventMetadata, EventSchema
from eventflow.testing import differences
from eventflow_churn.blueprint import CustomerChurn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.runs.result import RunResult

MAIN_JOB = Path(__file__).parents[2] / "docs" / "examples" / "churn.yaml"
PARITY = {feature.name: feature.parity for feature in CustomerChurn.features}


def source_of(
    scan: Any, schema: EventSchema | None = None, *, nbytes: int | None = 0
) -> type[BaseSource]:
    """Return a source over a lazy frame, or over what a function returns."""

    class Given(BaseSource):
        """Rows that a test gives."""

        def scan(self) -> EventFrame:
            lazy = scan() if callable(scan) else scan
            return EventFrame(lazy, schema or EventSchema(), EventMetadata())

        def estimated_bytes(self) -> int | None:
            return nbytes

    return Given


def host_with(**sources: type[BaseSource]) -> PluginHost:
    """Return a host that offers these sources beside what is installed."""
    host = PluginHost()
    for name, source in sources.items():
        host.register(source, name=name, kind="source")
    return host


def inside(folder: Path, *more: str) -> tuple[str, ...]:
    """Return the overrides that keep the main job's output and records in a folder."""
    return (f"sink.path={folder}/out.parquet", f"runs.path={folder}/.eventflow", *more)


def assert_same_features(ours: pl.DataFrame, theirs: pl.DataFrame, key: str) -> None:
    """Compare by key, each feature to its parity class."""
    assert set(ours.columns) == set(theirs.columns)
    wide = (cs.integer().cast(pl.Int64), (cs.float() | cs.decimal()).cast(pl.Float64))
    told = differences(ours.with_columns(wide), theirs.with_columns(wide), key=[key], parity=PARITY)
    assert told is None, told


def counted(result: RunResult) -> Sequence[tuple[Any, ...]]:
    """Return the ledger without the places where rows are kept, which name the run."""
    ledger = result.ledger
    entries = [(e.stage, e.kind, e.reason, e.rows) for e in ledger.entries]
    return [("read", ledger.read), ("result", ledger.result), *entries]
