"""Read and write CSV, NDJSON, Parquet and Arrow IPC files for Eventflow pipelines.

Names are imported on first use: a pipeline of Parquet files does not load the CSV reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.imports import on_first_use

if TYPE_CHECKING:
    from eventflow_files.csv import CsvSink, CsvSource
    from eventflow_files.ipc import IpcSink, IpcSource
    from eventflow_files.ndjson import NdjsonSink, NdjsonSource
    from eventflow_files.parquet import ParquetSink, ParquetSource
    from eventflow_files.table import TableSource

__all__ = [
    "CsvSink",
    "CsvSource",
    "IpcSink",
    "IpcSource",
    "NdjsonSink",
    "NdjsonSource",
    "ParquetSink",
    "ParquetSource",
    "TableSource",
]

__getattr__, __dir__ = on_first_use(
    __name__,
    {
        "csv": ["CsvSink", "CsvSource"],
        "ipc": ["IpcSink", "IpcSource"],
        "ndjson": ["NdjsonSink", "NdjsonSource"],
        "parquet": ["ParquetSink", "ParquetSource"],
        "table": ["TableSource"],
    },
)
