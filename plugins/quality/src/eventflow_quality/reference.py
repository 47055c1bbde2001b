"""What later data are compared with: a Parquet file, or what a run saved of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.runs.encode import record_from_json
from eventflow.runs.store_errors import RecordFormatError
from eventflow_quality.errors import NoReferenceError
from eventflow_quality.spread import OTHERS, ZEROS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from eventflow.quality import Distribution


@frozen(kw_only=True)
class FileReference:
    """The rows of a Parquet file.

    Attributes:
        lazy: The rows.
        columns: Their columns.
    """

    lazy: pl.LazyFrame
    columns: Mapping[str, pl.DataType]


@frozen(kw_only=True)
class RunReference:
    """What the gate of a run saved.

    Attributes:
        path: The run's folder.
        distributions: Column → how it was spread.
    """

    path: Path
    distributions: Mapping[str, Distribution]

    def bins(self, column: str, *, number: bool) -> tuple[pl.LazyFrame, pl.LazyFrame]:
        """Return what bins are made of (edges, or the values), and the bins with their counts.

        Raises:
            NoReferenceError: The run did not watch the column, or it was of another kind (EF415).
        """
        saved = self.distributions.get(column)
        if saved is None:
            raise NoReferenceError.for_path(self.path, f'its gate did not watch "{column}"')
        if not any(saved.counts):
            raise NoReferenceError.for_path(self.path, f'"{column}" had no values there')
        if number is not bool(saved.edges):
            raise NoReferenceError.for_path(self.path, f'"{column}" was of another type there')
        names = ZEROS if number else (*saved.values, OTHERS)
        schema = {"bin": pl.String, "count": pl.Int64}
        bins = pl.LazyFrame({"bin": names, "count": saved.counts}, schema=schema)
        if not number:
            return pl.LazyFrame({"bin": saved.values}, schema={"bin": pl.String}), bins
        edges = pl.LazyFrame({"edges": [list(saved.edges)]}, schema={"edges": pl.List(pl.Float64)})
        return edges, bins


def reference_of(path: Path) -> FileReference | RunReference:
    """Return the reference at a path: a run's folder, or a Parquet file. Reads no rows.

    Raises:
        NoReferenceError: It is neither (EF415).
    """
    if (path / "record.json").exists():
        return _run(path)
    try:
        lazy = pl.scan_parquet(path)
        return FileReference(lazy=lazy, columns=lazy.collect_schema())
    except (OSError, pl.exceptions.PolarsError) as error:
        raise NoReferenceError.for_path(path, str(error).splitlines()[0]) from error


def _run(path: Path) -> RunReference:
    try:
        record = record_from_json((path / "record.json").read_bytes())
    except (OSError, RecordFormatError) as error:
        raise NoReferenceError.for_path(path, str(error).splitlines()[0]) from error
    found = record.verdict.distributions if record.verdict else ()
    return RunReference(path=path, distributions={d.column: d for d in found})
