"""A batch of files as one run in trackers, with a run for each file within it."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from eventflow.config.secrets import Secrets
from eventflow.ids import uuid7
from eventflow.plugins import PluginHost
from eventflow.runs.orchestrate import RunFailedError
from eventflow.runs.record import RunState
from eventflow.trackers.fanout import TrackerFanOut
from eventflow.trackers.single import one_tracker

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping, Sequence
    from pathlib import Path

    from eventflow.facade.state import PipelineState
    from eventflow.runs.record import RunRecord

    Result = tuple[pl.DataFrame, PipelineState] | Exception

_log = logging.getLogger(__name__)

_FILES = {
    "file": pl.String, "blueprint": pl.String, "run": pl.String, "state": pl.String,
    "rows_read": pl.Int64, "rows_result": pl.Int64, "quality_score": pl.Float64,
}  # fmt: skip


class TrackedBatch:
    """The run that stands for a batch.

    Attributes:
        run_id: Its id, which the runs of the files name as their parent.
    """

    def __init__(self, trackers: Sequence[Mapping[str, Any]], host: PluginHost | None) -> None:
        """Build trackers as the configuration of a pipeline names them.

        Raises:
            ConfigError: There is no such tracker, or an option is wrong.
        """
        self.run_id = str(uuid7())
        built = [one_tracker(each, host or PluginHost()) for each in trackers]
        hidden = Secrets(set[str]().union(*(one.secrets.values for one in built)))
        self._fan = TrackerFanOut([one.asked for one in built], hidden.hide)

    async def around(
        self,
        files: Sequence[tuple[str | Path, str]],
        as_of: object,
        work: Iterable[Coroutine[Any, Any, Result]],
    ) -> list[Result]:
        """Do the work on all files at once, and tell of it; stopped work ends as cancelled."""
        await asyncio.to_thread(self._begin, files, as_of)
        results: list[Result] | None = None
        try:
            results = list(await asyncio.gather(*work))
        finally:
            if results is None:
                self._finish("CANCELLED")
        await asyncio.to_thread(self._end, files, results)
        return results

    def _begin(self, files: Sequence[tuple[str | Path, str]], as_of: object) -> None:
        self._fan.start(self.run_id, "batch", datetime.now(UTC))
        blueprints = ", ".join(sorted({name for _, name in files}))
        self._fan.params({"files": len(files), "blueprints": blueprints, "as_of": as_of})

    def _end(self, files: Sequence[tuple[str | Path, str]], results: Sequence[Result]) -> None:
        told = [_line(file, result) for file, result in zip(files, results, strict=True)]
        rows = pl.DataFrame(told, _FILES)
        failed = sum(isinstance(result, Exception) for result in results)
        numbers = rows.select(pl.col("rows_read", "rows_result").sum()).row(0, named=True)
        self._fan.metrics({"files": len(files), "files_failed": failed, **numbers})
        self._fan.table("files", rows)
        self._finish("FAILED" if files and failed == len(files) else "COMPLETED")

    def _finish(self, status: str) -> None:
        self._fan.finish(status)
        for failure in (*self._fan.failures, *self._fan.late):
            _log.warning("a tracker of a batch: %s", failure)


def _line(file: tuple[str | Path, str], result: Result) -> dict[str, Any]:
    record = _record(result)
    ledger, verdict = (record.ledger, record.verdict) if record else (None, None)
    return {
        "file": str(file[0]),
        "blueprint": file[1],
        "run": record.short_id if record else None,
        "state": record.state.value if record else RunState.FAILED.value,
        "rows_read": ledger.read if ledger else None,
        "rows_result": ledger.result if ledger else None,
        "quality_score": verdict.score if verdict else None,
    }


def _record(result: Result) -> RunRecord | None:
    if isinstance(result, RunFailedError):
        return result.record
    return None if isinstance(result, Exception) else result[1].record
