"""Processing files with blueprints in one call each."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from eventflow.api import run_async
from eventflow.facade.batches import TrackedBatch
from eventflow.facade.ingestion import DataIngestionService
from eventflow.facade.kept import kept_in
from eventflow.facade.settings import PipelineConfig, PreprocessingConfig
from eventflow.facade.state import FeatureEngineering, PipelineState
from eventflow.frame import EventFrame
from eventflow.pipeline import Pipeline
from eventflow.plugins import PluginHost
from eventflow.runs.orchestrate import RunFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import polars as pl

    from eventflow.facade.kept import KeptResults
    from eventflow.runs.record import RunRecord

Processed = tuple["pl.DataFrame", PipelineState]
_REMEMBERED: Final = 1000


class DataPipeline:
    """Processes files with blueprints: reads, validates, makes features, checks them.

    Args:
        config: What is checked, and how good data must be.
        ingestion: Takes files in, within limits.
        max_concurrent_pipelines: How many files are worked on at once, over all calls.
        enable_monitoring: Whether `records` keeps the records of the last thousand runs.
        host: The plugin host; a new one per file by default.
        trackers: What records the runs, as a pipeline's configuration names it. A batch is a run
            with the runs of its files within it.

    Raises:
        ValueError: `max_concurrent_pipelines` is below 1.
    """

    def __init__(  # noqa: PLR0913 - all are options
        self,
        config: PipelineConfig | None = None,
        *,
        ingestion: DataIngestionService | None = None,
        max_concurrent_pipelines: int = 3,
        enable_monitoring: bool = True,
        host: PluginHost | None = None,
        trackers: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Take the options; nothing is read."""
        self._trackers = tuple(trackers)
        self._config = config or PipelineConfig()
        self._ingestion = ingestion or DataIngestionService()
        self._concurrent = _at_least_one(max_concurrent_pipelines)
        self._gates: WeakKeyDictionary[Any, asyncio.Semaphore] = WeakKeyDictionary()
        self._records: deque[RunRecord] = deque(maxlen=_REMEMBERED if enable_monitoring else 0)
        self._host = host

    @property
    def records(self) -> tuple[RunRecord, ...]:
        """Records of the runs so far, failed ones included: times, rows, quality, problems."""
        return tuple(self._records)

    async def process_file(  # noqa: PLR0913 - all but the file are names and options
        self,
        file_path: str | Path,
        blueprint_name: str,
        *,
        as_of: datetime | str | None = None,
        columns: dict[str, str] | None = None,
        preprocessing_config: Mapping[str, str] | PreprocessingConfig | None = None,
        parent: str | None = None,
    ) -> Processed:
        """Process one file.

        Args:
            file_path: CSV, NDJSON, Parquet or Arrow IPC; text files also compressed.
            blueprint_name: Name of an installed blueprint, for example ``customer_churn``.
            as_of: Moment the features speak of; now by default.
            columns: Blueprint field → column of the file, where the names differ.
            preprocessing_config: What is done to the data, in place of the pipeline's own.
            parent: The run that trackers show this one within.

        Returns:
            The features and the state.

        Raises:
            pydantic.ValidationError: An option of `preprocessing_config` is unknown.
            UnknownFileTypeError: The file's name does not say what it holds.
            FileTooLargeError: The file is larger than `ingestion` takes.
            CompressedFileError: It is compressed, which `ingestion` does not take.
            ConfigError: The blueprint is not installed, or an option is wrong.
            RunFailedError: Reading failed, the data is wanting, or cannot serve the blueprint.
        """
        path = Path(file_path)
        preparing = _preparing(preprocessing_config, self._config.preprocessing_config)
        blueprint: dict[str, Any] = {"use": blueprint_name}
        if as_of is not None:
            blueprint["as_of"] = str(as_of)
        if columns:
            blueprint["columns"] = columns
        definition = {
            "name": path.name.partition(".")[0] or "file",
            "source": {**self._config.source, **self._ingestion.source(path)},
            "steps": preparing.before(),
            "blueprint": blueprint,
            **self._config.gate(self._numbers(blueprint_name, columns or {})),
            "trackers": [dict(tracker) for tracker in self._trackers],
        }
        async with self._gate():
            data, state = await self._run(definition, parent)
            return await asyncio.to_thread(self._finished, data, state, preparing), state

    async def process_stream(  # noqa: PLR0913 - all but the stream are names and options
        self,
        file_stream: Any,
        filename: str,
        blueprint_name: str,
        *,
        content_length: int | None = None,
        as_of: datetime | str | None = None,
        columns: dict[str, str] | None = None,
        preprocessing_config: Mapping[str, str] | PreprocessingConfig | None = None,
    ) -> Processed:
        """Process an upload: it is put aside in a temporary file, which is always removed.

        Args:
            file_stream: Something with `read(size)`, plain or async, or an iterable of chunks.
            filename: Name that says what the stream holds.
            blueprint_name: Name of an installed blueprint.
            content_length: Bytes that were announced; more than allowed are refused before any is
                read, and an upload of another length fails.
            as_of: Moment the features speak of; now by default.
            columns: Blueprint field → column of the file, where the names differ.
            preprocessing_config: What is done to the data, in place of the pipeline's own.

        Returns:
            The features and the state.

        Raises:
            IncompleteUploadError: Not as many bytes came as were announced.
            EventflowError: Whatever `process_file` raises.
        """
        async with self._ingestion.received(file_stream, filename, content_length) as path:
            return await self.process_file(
                path,
                blueprint_name,
                as_of=as_of,
                columns=columns,
                preprocessing_config=preprocessing_config,
            )

    async def process_batch(
        self,
        files: Sequence[tuple[str | Path, str]],
        *,
        max_concurrent: int | None = None,
        as_of: datetime | str | None = None,
        results: str | Path | None = None,
    ) -> list[Processed | Exception]:
        """Process several files at once; one that fails does not stop the others.

        With `results` a batch can be resumed: each finished file's features (Parquet) and record
        (JSON) are kept in that folder, and a later call takes from there what has not changed.

        Args:
            files: Pairs of file path and blueprint name.
            max_concurrent: How many at once, within the pipeline's own limit.
            as_of: Moment the features of every file speak of; now by default.
            results: Folder of finished results; needs `as_of`.

        Returns:
            For each file, in order, what `process_file` returns, or the error it raised.

        Raises:
            ValueError: `max_concurrent` is below 1, or `results` is given without `as_of`.
            ConfigError: There is no such tracker, or an option of it is wrong.
        """
        limit = self._concurrent if max_concurrent is None else max_concurrent
        gate = asyncio.Semaphore(_at_least_one(limit))
        kept = kept_in(results, as_of)
        batch = TrackedBatch(self._trackers, self._host) if self._trackers else None
        parent = batch.run_id if batch else None

        async def one(path: str | Path, name: str) -> Processed | Exception:
            async with gate:
                try:
                    return await self._resumed(kept, Path(path), name, as_of, parent)
                except Exception as error:  # noqa: BLE001 - the caller gets it in the file's place
                    return error

        work = (one(path, name) for path, name in files)
        if batch is None:
            return list(await asyncio.gather(*work))
        return await batch.around(files, as_of, work)

    async def _resumed(
        self,
        kept: KeptResults | None,
        path: Path,
        name: str,
        as_of: datetime | str | None,
        parent: str | None,
    ) -> Processed:
        """Process a file, unless its result is kept."""
        asked = {"blueprint": name, "as_of": str(as_of), **self._config.model_dump()}
        key = await asyncio.to_thread(kept.key, path, asked) if kept is not None else None
        if kept is None or key is None:
            return await self.process_file(path, name, as_of=as_of, parent=parent)
        if (found := await asyncio.to_thread(kept.find, key)) is not None:
            return found
        data, state = await self.process_file(path, name, as_of=as_of, parent=parent)
        await asyncio.to_thread(kept.keep, key, data, state)
        return data, state

    def _gate(self) -> asyncio.Semaphore:
        """Return what limits the files at once; one for each event loop that uses the pipeline."""
        limit = asyncio.Semaphore(self._concurrent)
        return self._gates.setdefault(asyncio.get_running_loop(), limit)

    async def _run(self, definition: dict[str, Any], parent: str | None) -> Processed:
        try:
            result = await run_async(definition, host=self._host, parent=parent)
        except RunFailedError as error:
            self._records.append(error.record)
            raise
        self._records.append(result.record)
        made = FeatureEngineering(result.features_created, dict(result.record.left_out))
        if result.data is None:
            msg = "a run without a sink keeps its rows"
            raise AssertionError(msg)
        return result.data, PipelineState(result.status, made, result.record)

    def _numbers(self, blueprint: str, columns: Mapping[str, str]) -> tuple[str, ...]:
        """Return the columns that serve the numbers a blueprint cannot do without."""
        if not self._config.validation_config.statistical_validation:
            return ()
        host = self._host or PluginHost()
        fields = host.load(host.find("blueprint", blueprint)).fields
        needed = (f.name for f in fields if f.required and "numeric" in f.families)
        return tuple(columns.get(name, name) for name in needed)

    def _finished(
        self, data: pl.DataFrame, state: PipelineState, preparing: PreprocessingConfig
    ) -> pl.DataFrame:
        """Encode and scale the features; keys and what is carried along stay as they are."""
        steps = preparing.after()
        if not steps:
            return data
        host = self._host or PluginHost()
        made = set(state.feature_engineering.features_created)
        carried = tuple(name for name in data.columns if name not in made)
        built = [
            host.load(host.find("step", name))(**options, exclude=carried)
            for name, options in steps.items()
        ]
        return Pipeline(built).run(EventFrame.of(data)).collect()


def _preparing(
    given: Mapping[str, str] | PreprocessingConfig | None, usual: PreprocessingConfig
) -> PreprocessingConfig:
    if given is None or isinstance(given, PreprocessingConfig):
        return given or usual
    return PreprocessingConfig.model_validate(dict(given))


def _at_least_one(limit: int) -> int:
    if limit < 1:
        msg = f"at least one file must be worked on at once, not {limit}"
        raise ValueError(msg)
    return limit
