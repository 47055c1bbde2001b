"""What Parquet and Arrow IPC sources share: native scans of files with the same columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import polars as pl
from attrs import evolve
from pydantic import Field

from eventflow.base import BaseSource, ComponentConfig
from eventflow.frame import EventFrame
from eventflow.schema import EventMetadata
from eventflow.zones import TimeZone  # noqa: TC001 - pydantic reads it at run time
from eventflow_files.errors import (
    CorruptFileError,
    DifferentColumnsError,
    EmptyFileError,
    UnknownColumnError,
)
from eventflow_files.fingerprint import fingerprint
from eventflow_files.likeness import refuse_text_or_other
from eventflow_files.options import Paths  # noqa: TC001 - pydantic reads it at run time
from eventflow_files.paths import called, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_TEXT_WIDTH = 32
_NESTED_WIDTH = 64
_SHOWN = 4


class BinaryOptions(ComponentConfig):
    """Options that Parquet and IPC sources share.

    Attributes:
        path: A file, a glob, a directory (with its sub-directories), or a list of these.
        columns: The only columns to deliver; None for all.
        timezone: IANA zone in which naive timestamps are read.
        hive: Whether ``key=value`` folders become columns; None: if there are any.
    """

    path: Paths = Field(examples=["data/events.parquet"])
    columns: tuple[str, ...] | None = None
    timezone: TimeZone | None = None
    hive: bool | None = None


class BinarySource(BaseSource):
    """A source of files that carry their schema.

    Attributes:
        suffixes: Endings of such files.
        format: What the format is called.
    """

    Config: ClassVar[type[BinaryOptions]] = BinaryOptions
    config: BinaryOptions
    suffixes: ClassVar[tuple[str, ...]]
    format: ClassVar[str]

    def scan(self) -> EventFrame:
        """Return the rows, lazily; only the files' schemas are read.

        Raises:
            FileError: A file is missing, unreadable or damaged, or the files' columns differ.
        """
        files = self.files()
        self._check_same(files)
        lazy = self.lazy(files, hive=self._hive(files))
        names = lazy.collect_schema().names()
        for name in self.config.columns or ():
            if name not in names:
                raise UnknownColumnError.named("columns", name, names)  # noqa: EM101 - an option
        if self.config.columns is not None:
            lazy = lazy.select(self.config.columns)
        about = EventMetadata(
            dataset=called(self.config.path) or None, timezone=self.config.timezone
        )
        return evolve(EventFrame(lazy), metadata=about)

    def lazy(self, files: Sequence[Path], *, hive: bool) -> pl.LazyFrame:
        """Scan files natively."""
        raise NotImplementedError

    def schema_of(self, file: Path) -> Mapping[str, pl.DataType]:
        """Read the schema that a file carries."""
        raise NotImplementedError

    def files(self) -> tuple[Path, ...]:
        """Return the files the path means."""
        return resolve(self.config.path, self.suffixes, recursive=True)

    def estimated_bytes(self) -> int | None:
        """Return rows, from the files' footers, times the widths of the columns' dtypes."""
        files = self.files()
        lazy = self.lazy(files, hive=self._hive(files))
        rows = lazy.select(pl.len()).collect().item()
        schema = lazy.collect_schema()
        wanted = schema.names() if self.config.columns is None else self.config.columns
        return int(rows * sum(_width(schema[name]) for name in wanted))

    def fingerprint(self) -> str | None:
        """Return a hash over each file's path, size, time, beginning and end."""
        return fingerprint(self.files())

    def paths_read(self) -> Sequence[Path | str]:
        """Return the files the path means now."""
        return self.files()

    def _hive(self, files: Sequence[Path]) -> bool:
        if self.config.hive is not None:
            return self.config.hive
        given = [self.config.path] if isinstance(self.config.path, str) else self.config.path
        stated = "".join(given)
        return any("=" in part and part not in stated for f in files for part in f.parts[:-1])

    def _check_same(self, files: Sequence[Path]) -> None:
        first = self._schema(files[0])
        for other in files[1:]:
            if facts := _differences(first, self._schema(other)):
                raise DifferentColumnsError.between(files[0], other, facts)

    def _schema(self, file: Path) -> Mapping[str, pl.DataType]:
        if file.stat().st_size == 0:
            raise EmptyFileError.at(file)
        try:
            return self.schema_of(file)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            refuse_text_or_other(file, self.format)
            raise CorruptFileError.at(file, str(error).splitlines()[0]) from error


def _differences(first: Mapping[str, pl.DataType], other: Mapping[str, pl.DataType]) -> list[str]:
    facts = [f"missing: {name}" for name in first if name not in other]
    facts += [f"not in the first: {name}" for name in other if name not in first]
    facts += [
        f"{name}: {other[name]} instead of {first[name]}"
        for name in first
        if name in other and other[name] != first[name]
    ]
    rest = len(facts) - _SHOWN
    return facts if rest <= 0 else [*facts[:_SHOWN], f"and {rest} more"]


def _width(dtype: pl.DataType) -> int:
    if dtype.is_numeric() or dtype.is_temporal() or dtype == pl.Boolean:
        return 8
    return _NESTED_WIDTH if dtype.is_nested() else _TEXT_WIDTH
