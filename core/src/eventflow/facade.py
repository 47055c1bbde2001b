"""The facade: process a file, or several, with a blueprint in one call."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from eventflow.api import run_async
from eventflow.errors import EventflowError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import polars as pl

    from eventflow.plugins import PluginHost
    from eventflow.runs.record import RunRecord, RunState

_SOURCES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
    ".arrow": "ipc",
    ".ipc": "ipc",
    ".feather": "ipc",
}
_COMPRESSED = frozenset({".gz", ".zst", ".xz"})


class UnknownFileTypeError(EventflowError):
    """A file's name does not say what it holds."""

    code = "EF604"

    @classmethod
    def by(cls, path: Path) -> UnknownFileTypeError:
        """Build the error for a path."""
        near = nearest(path.suffix, _SOURCES)
        return cls.of(
            f'"{path.name}" has no known file type',
            detail=[f"known: {', '.join(sorted(_SOURCES))}, also compressed with .gz .zst .xz"],
            fix=f"did you mean {near}?" if near else "rename the file, or write a pipeline for it",
        )


@frozen
class FeatureEngineering:
    """What feature engineering did.

    Attributes:
        features_created: Names of the features that were made.
        features_left_out: Feature → fields the data lacks for it.
    """

    features_created: tuple[str, ...]
    features_left_out: dict[str, tuple[str, ...]]


@frozen
class PipelineState:
    """State of a processed file.

    Attributes:
        status: State in which processing ended.
        feature_engineering: What was made.
        record: Everything else.
    """

    status: RunState
    feature_engineering: FeatureEngineering
    record: RunRecord


class DataPipeline:
    """Processes files with blueprints: reads, validates, makes features, checks them.

    Args:
        max_concurrent_pipelines: How many files `process_batch` works on at once.
        host: The plugin host; a new one per file by default.
    """

    def __init__(
        self, *, max_concurrent_pipelines: int = 3, host: PluginHost | None = None
    ) -> None:
        """Take the options; nothing is read."""
        self._concurrent = max_concurrent_pipelines
        self._host = host

    async def process_file(
        self,
        file_path: str | Path,
        blueprint_name: str,
        *,
        as_of: datetime | str | None = None,
        columns: dict[str, str] | None = None,
    ) -> tuple[pl.DataFrame, PipelineState]:
        """Process one file.

        Args:
            file_path: CSV, NDJSON, Parquet or Arrow IPC; text files also compressed.
            blueprint_name: Name of an installed blueprint, for example ``customer_churn``.
            as_of: Moment the features speak of; now by default.
            columns: Blueprint field → column of the file, where the names differ.

        Returns:
            The features, one row per entity, and the state.

        Raises:
            UnknownFileTypeError: The file's name does not say what it holds.
            ConfigError: The blueprint is not installed, or an option is wrong.
            RunFailedError: Reading failed, the data is wanting, or cannot serve the blueprint.
        """
        definition = self._definition(Path(file_path), blueprint_name, as_of, columns)
        result = await run_async(definition, host=self._host)
        made = FeatureEngineering(result.features_created, dict(result.record.left_out))
        if result.data is None:
            msg = "a run without a sink keeps its rows"
            raise AssertionError(msg)
        return result.data, PipelineState(result.status, made, result.record)

    async def process_batch(
        self, files: Sequence[tuple[str | Path, str]], *, max_concurrent: int | None = None
    ) -> list[tuple[pl.DataFrame, PipelineState] | EventflowError]:
        """Process several files at once; one that fails does not stop the others.

        Args:
            files: Pairs of file path and blueprint name.
            max_concurrent: How many at once; the pipeline's own limit by default.

        Returns:
            For each file, in order, what `process_file` returns, or the error it raised.
        """
        gate = asyncio.Semaphore(max_concurrent or self._concurrent)

        async def one(path: str | Path, name: str) -> tuple[pl.DataFrame, PipelineState]:
            async with gate:
                return await self.process_file(path, name)

        done = await asyncio.gather(*(one(p, n) for p, n in files), return_exceptions=True)
        return [_known(result) for result in done]

    def _definition(
        self,
        path: Path,
        blueprint: str,
        as_of: datetime | str | None,
        columns: dict[str, str] | None,
    ) -> dict[str, Any]:
        made: dict[str, Any] = {"use": blueprint}
        if as_of is not None:
            made["as_of"] = str(as_of)
        if columns:
            made["columns"] = columns
        return {
            "name": path.name.partition(".")[0] or "file",
            "source": {"use": source_for(path), "path": str(path)},
            "quality": {},
            "blueprint": made,
        }


def source_for(path: Path) -> str:
    """Return the name of the source that reads a file, from its suffix.

    Raises:
        UnknownFileTypeError: The suffix is unknown.
    """
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSED:
        suffixes.pop()
    source = _SOURCES.get(suffixes[-1]) if suffixes else None
    if source is None:
        raise UnknownFileTypeError.by(path)
    return source


def _known(
    result: tuple[pl.DataFrame, PipelineState] | BaseException,
) -> tuple[pl.DataFrame, PipelineState] | EventflowError:
    if isinstance(result, BaseException) and not isinstance(result, EventflowError):
        raise result
    return result
