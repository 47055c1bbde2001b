"""Sources whose data lies in this package as Parquet."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import ClassVar

import polars as pl

from eventflow.base import BaseSource
from eventflow.frame import EventFrame
from eventflow.schema import ColumnSchema, EventMetadata, EventSchema

TEXT = "str"
WHOLE = "i64"
REAL = "f64"
UTC = "datetime[us, UTC]"


def column(  # noqa: PLR0913 - one argument per constraint, all but the first two by keyword
    dtype: str,
    description: str,
    *,
    unit: str | None = None,
    low: float | None = None,
    high: float | None = None,
    pattern: str | None = None,
    allowed: tuple[str, ...] | None = None,
) -> ColumnSchema:
    """Describe a column that has a value in every row."""
    return ColumnSchema(
        dtype=dtype,
        nullable=False,
        minimum=low,
        maximum=high,
        pattern=pattern,
        allowed=allowed,
        unit=unit,
        description=description,
    )


def key(description: str) -> ColumnSchema:
    """Describe a column of text whose values are present and distinct."""
    return ColumnSchema(dtype=TEXT, nullable=False, unique=True, description=description)


def gappy(
    dtype: str,
    description: str,
    *,
    unit: str | None = None,
    low: float | None = None,
    high: float | None = None,
) -> ColumnSchema:
    """Describe a column in which missing values are ordinary; `nullable` is set, not left out."""
    return ColumnSchema(
        dtype=dtype, nullable=True, minimum=low, maximum=high, unit=unit, description=description
    )


class PackagedSource(BaseSource):
    """A source that scans one Parquet file of this package. It has no options.

    Attributes:
        memory: Bytes the parsed rows take, as `polars.DataFrame.estimated_size` says.
        schema: Roles and columns.
        metadata: Data set, zone, CRS, licence, origin.
    """

    memory: ClassVar[int]
    schema: ClassVar[EventSchema]
    metadata: ClassVar[EventMetadata]

    def scan(self) -> EventFrame:
        """Return the rows, lazily; nothing is read."""
        return EventFrame(pl.scan_parquet(self._path()), self.schema, self.metadata)

    def estimated_bytes(self) -> int:
        """Return what the parsed rows take in memory. Reads no data."""
        return self.memory

    def fingerprint(self) -> str:
        """Return the SHA-256 of the file, so that a run names the very bytes it read."""
        with open(self._path(), "rb") as file:  # noqa: PTH123 - the path is a string, see _path
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"

    def paths_read(self) -> list[str]:
        """Return the file of this package."""
        return [self._path()]

    def _path(self) -> str:
        name = f"{self.metadata.dataset}.parquet"
        return str(files("eventflow_datasets").joinpath("data", name))
