"""What the tests of the laws share: sources over tables, the main job, and how results compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import field, frozen
from polars.io.plugins import register_io_source

from eventflow.base import BaseSource
from eventflow.frame import EventFrame
from eventflow.plugins import PluginHost
from eventflow.schema import EventMetadata, EventSchema
from eventflow_churn.blueprint import CustomerChurn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.runs.result import RunResult

MAIN_JOB = Path(__file__).parents[2] / "docs" / "examples" / "churn.yaml"
PARITY = {feature.name: feature.parity for feature in CustomerChurn.features}


@frozen
class Probe:
    """A table behind a scan that notes, for each time it is read, which columns are pulled."""

    data: pl.DataFrame
    reads: list[frozenset[str]] = field(factory=list)

    def scan(self) -> pl.LazyFrame:
        """Return the table, lazily."""
        return register_io_source(self._read, schema=self.data.schema, is_pure=True)

    def _read(
        self, names: list[str] | None, predicate: pl.Expr | None, most: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        used = () if predicate is None else predicate.meta.root_names()
        self.reads.append(frozenset(self.data.columns if names is None else names).union(used))
        rows = self.data if most is None else self.data.head(most)
        rows = rows if predicate is None else rows.filter(predicate)
        yield rows if names is None else rows.select(names)


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
    """Compare by key: nulls and exact features are equal, the others to their tolerance."""
    assert set(ours.columns) == set(theirs.columns)
    ours, theirs = ours.sort(key), theirs.sort(key)
    assert ours[key].equals(theirs[key])
    for name in (c for c in ours.columns if c != key):
        parity = PARITY[name]
        assert ours[name].is_null().equals(theirs[name].is_null()), name
        left, right = (f[name].drop_nulls().cast(pl.Float64) for f in (ours, theirs))
        far = (left - right).abs() > parity.tolerance * right.abs()
        assert not far.any(), f"{name} is not {parity}"


def counted(result: RunResult) -> Sequence[tuple[Any, ...]]:
    """Return the ledger without the places where rows are kept, which name the run."""
    ledger = result.ledger
    entries = [(e.stage, e.kind, e.reason, e.rows) for e in ledger.entries]
    return [("read", ledger.read), ("result", ledger.result), *entries]
