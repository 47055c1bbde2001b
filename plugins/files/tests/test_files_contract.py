"""Sources and sinks for files keep the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from eventflow.testing import contract, sample_events
from eventflow_files.csv import CsvSink, CsvSource
from eventflow_files.ipc import IpcSink, IpcSource
from eventflow_files.ndjson import NdjsonSink, NdjsonSource
from eventflow_files.parquet import ParquetSink, ParquetSource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    "csv": pl.DataFrame.write_csv,
    "ndjson": pl.DataFrame.write_ndjson,
    "parquet": pl.DataFrame.write_parquet,
    "ipc": pl.DataFrame.write_ipc,
}


def _said(kind: str) -> dict[str, Any]:
    """Say how a source of files is built, changed, and given nothing."""

    def config(folder: Path) -> dict[str, Any]:
        path = folder / f"events.{kind}"
        if not path.exists():
            WRITERS[kind](sample_events().collect(), path)
        return {"path": str(path)}

    def changed(folder: Path) -> None:
        WRITERS[kind](sample_events(50).collect(), folder / f"events.{kind}")

    return {"config": config, "changed": changed, "missing": {"path": f"not-there.{kind}"}}


def _written(kind: str, source: type) -> dict[str, Any]:
    """Say where a sink writes, and how its file is read again."""

    def read_back(places: Sequence[Path | str]) -> pl.DataFrame:
        rows: pl.DataFrame = source(path=str(places[0])).scan().collect()
        return rows

    return {
        "config": lambda folder: {"path": str(folder / "out" / f"result.{kind}")},
        "read_back": read_back,
    }


TestCsvSource = contract(CsvSource, **_said("csv"))
TestNdjsonSource = contract(NdjsonSource, **_said("ndjson"))
TestParquetSource = contract(ParquetSource, **_said("parquet"))
TestIpcSource = contract(IpcSource, **_said("ipc"))
TestCsvSink = contract(CsvSink, **_written("csv", CsvSource))
TestNdjsonSink = contract(NdjsonSink, **_written("ndjson", NdjsonSource))
TestParquetSink = contract(ParquetSink, **_written("parquet", ParquetSource))
TestIpcSink = contract(IpcSink, **_written("ipc", IpcSource))
