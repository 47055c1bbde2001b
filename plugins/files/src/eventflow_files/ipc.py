"""The Arrow IPC (Feather) source and sink."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl

from eventflow_files.atomic import FileSink, SinkOptions
from eventflow_files.binary import BinarySource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class IpcSource(BinarySource):
    """Rows of Arrow IPC files (Feather version 2), as one frame; dtypes are the files' own.

    Source of the format: https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format.

    Raises:
        FileError: EF601 to EF603, EF605, EF608, EF612, EF613.
    """

    suffixes = (".arrow", ".ipc", ".feather")
    format = "Arrow IPC file"

    def lazy(self, files: Sequence[Path], *, hive: bool) -> pl.LazyFrame:
        """Scan files natively."""
        return pl.scan_ipc(list(files), hive_partitioning=hive, glob=False)

    def schema_of(self, file: Path) -> Mapping[str, pl.DataType]:
        """Read the schema from a file's footer."""
        return pl.read_ipc_schema(file)


class IpcSink(FileSink):
    """Writes one Arrow IPC file.

    The file appears whole, in one step, when the run has succeeded.

    Raises:
        FileError: EF614 to EF616, EF618, EF619.
    """

    class Config(SinkOptions):
        """Options of the IPC sink.

        Attributes:
            compression: Compression of the buffers; ``uncompressed`` files can be memory-mapped.
        """

        compression: Literal["uncompressed", "lz4", "zstd"] = "uncompressed"

    config: Config
    example = "result.arrow"

    def sink(self, lazy: pl.LazyFrame, target: Path) -> pl.LazyFrame:
        """Return the lazy sink node."""
        node = lazy.sink_ipc(target, compression=self.config.compression, lazy=True)
        assert node is not None  # noqa: S101 - lazy sinks return a plan
        return node
