"""Results of a batch, kept in a folder, so that a batch that was stopped goes on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import polars as pl
from attrs import frozen

from eventflow.errors import EventflowError
from eventflow.facade.state import FeatureEngineering, PipelineState
from eventflow.runs.encode import record_from_json, record_to_json

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping


@frozen
class KeptResults:
    """A folder of finished results.

    Two files for each: the features as Parquet, and the run's record as JSON, which is written last
    and tells that the result is whole. A result stands for the bytes of its file, as far as path,
    size and time of change tell, and for everything that was asked of it.

    Attributes:
        folder: The folder; it is made when it is needed.
    """

    folder: Path

    def key(self, path: Path, asked: Mapping[str, Any]) -> str | None:
        """Return the name of a file's result; None where the file cannot be looked at."""
        try:
            found = path.stat()
        except OSError:
            return None
        told = [str(path.resolve()), found.st_size, found.st_mtime_ns, dict(asked)]
        digest = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode())
        return f"{path.name.partition('.')[0]}-{digest.hexdigest()[:16]}"

    def find(self, key: str) -> tuple[pl.DataFrame, PipelineState] | None:
        """Return a result that is whole; None if there is none."""
        try:
            record = record_from_json(self._record(key).read_bytes())
            data = pl.read_parquet(self._data(key))
        except (OSError, EventflowError, pl.exceptions.PolarsError):
            return None
        made = tuple(f.name for f in record.features if f.formula)
        return data, PipelineState(
            record.state, FeatureEngineering(made, dict(record.left_out)), record
        )

    def keep(self, key: str, data: pl.DataFrame, state: PipelineState) -> None:
        """Write a result: the features first, each file whole or not at all.

        Raises:
            OSError: The folder cannot be written to.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        aside = self.folder / f".{key}-{uuid4().hex}"
        try:
            data.write_parquet(aside)
            aside.replace(self._data(key))
            aside.write_text(record_to_json(state.record), encoding="utf-8")
            aside.replace(self._record(key))
        finally:
            aside.unlink(missing_ok=True)

    def _data(self, key: str) -> Path:
        return self.folder / f"{key}.parquet"

    def _record(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def kept_in(folder: str | os.PathLike[str] | None, as_of: object) -> KeptResults | None:
    """Return where results are kept, if they are.

    Raises:
        ValueError: There is no `as_of`: features of several moments would stand side by side.
    """
    if folder is None:
        return None
    if as_of is None:
        msg = "results that are kept need as_of: another day, the same file has other features"
        raise ValueError(msg)
    return KeptResults(Path(folder))
