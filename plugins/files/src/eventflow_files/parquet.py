"""The Parquet source and sink."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from eventflow_files.atomic import FileSink, SinkOptions
from eventflow_files.binary import BinarySource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ZSTD_LEVEL: Final = 1
"""Features are mostly floats, which level 3 makes 9 % smaller and takes twice as long for."""


class ParquetSource(BinarySource):
    """Rows of Parquet files, as one frame; dtypes are the files' own.

    Polars scans them natively: only the columns and row groups that a run needs are read. A
    directory is read with its sub-directories, and ``key=value`` folders become columns.
    Source of the format: https://parquet.apache.org/docs/file-format/.

    Raises:
        FileError: EF601 to EF603, EF605, EF608, EF612, EF613.
    """

    suffixes = (".parquet", ".pq")
    format = "Parquet file"

    def lazy(self, files: Sequence[Path], *, hive: bool) -> pl.LazyFrame:
        """Scan files natively."""
        return pl.scan_parquet(list(files), hive_partitioning=hive, glob=False)

    def schema_of(self, file: Path) -> Mapping[str, pl.DataType]:
        """Read the schema from a file's footer."""
        return pl.read_parquet_schema(file)


class ParquetSink(FileSink):
    """Writes one Parquet file with statistics.

    The file appears whole, in one step, when the run has succeeded.

    Raises:
        FileError: EF614 to EF616, EF618, EF619.
    """

    class Config(SinkOptions):
        """Options of the Parquet sink.

        Attributes:
            compression: Compression of the pages.
            compression_level: Level of the compression; None for 1 of zstd, which is fast, and else
                for the default of the compression.
            row_group_size: Rows in a row group; None lets Polars choose.
        """

        compression: Literal["zstd", "snappy", "lz4", "gzip", "brotli", "uncompressed"] = "zstd"
        compression_level: int | None = None
        row_group_size: int | None = None

    config: Config
    example = "result.parquet"

    def sink(self, lazy: pl.LazyFrame, target: Path) -> pl.LazyFrame:
        """Return the lazy sink node."""
        node = lazy.sink_parquet(
            target,
            compression=self.config.compression,
            compression_level=self._level,
            row_group_size=self.config.row_group_size,
            lazy=True,
        )
        assert node is not None  # noqa: S101 - lazy sinks return a plan
        return node

    @property
    def _level(self) -> int | None:
        level = self.config.compression_level
        return ZSTD_LEVEL if level is None and self.config.compression == "zstd" else level
