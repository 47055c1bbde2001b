"""Parquet and Arrow IPC sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow_files import errors
from eventflow_files.ipc import IpcSource
from eventflow_files.parquet import ParquetSource

if TYPE_CHECKING:
    from pathlib import Path

CASES = [(ParquetSource, "write_parquet", ".parquet"), (IpcSource, "write_ipc", ".arrow")]
FRAME = pl.DataFrame({"id": ["001", "2"], "n": [1, 2]})

pytestmark = pytest.mark.parametrize(("source", "write", "suffix"), CASES)


def test_a_file_is_scanned_with_its_own_dtypes(
    tmp_path: Path, source: Any, write: str, suffix: str
) -> None:
    """Rows, dtypes, an estimate without reading data, and a fingerprint."""
    path = tmp_path / f"a{suffix}"
    getattr(FRAME, write)(path)
    made = source(path=str(path))
    assert made.scan().collect().equals(FRAME)
    assert made.estimated_bytes() == 2 * (32 + 8)
    assert made.fingerprint() == made.fingerprint()
    assert source(path=str(path), columns=["n"]).scan().collect().columns == ["n"]
    with pytest.raises(errors.UnknownColumnError, match="EF613"):
        source(path=str(path), columns=["m"]).scan()


def test_directories_with_key_value_folders_are_partitions(
    tmp_path: Path, source: Any, write: str, suffix: str
) -> None:
    """Hive partitions become a column."""
    for year in (2023, 2024):
        folder = tmp_path / f"year={year}"
        folder.mkdir()
        getattr(FRAME, write)(folder / f"a{suffix}")
    rows = source(path=str(tmp_path)).scan().collect()
    assert sorted(rows["year"]) == [2023, 2023, 2024, 2024]


def test_files_with_different_columns_are_an_error(
    tmp_path: Path, source: Any, write: str, suffix: str
) -> None:
    """Both files are named, and every column that differs in name or dtype."""
    getattr(FRAME, write)(tmp_path / f"a{suffix}")
    other = FRAME.select(pl.col("id").alias("key"), pl.col("n").cast(pl.Float64))
    getattr(other, write)(tmp_path / f"b{suffix}")
    pattern = r"EF612[\s\S]*missing: id[\s\S]*first: key[\s\S]*n: Float64 instead of Int64"
    with pytest.raises(errors.DifferentColumnsError, match=pattern):
        source(path=str(tmp_path)).scan()


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.95])
def test_damaged_files_are_an_error_while_planning(
    tmp_path: Path, source: Any, write: str, suffix: str, keep: float
) -> None:
    """A file that was cut short has no footer."""
    path = tmp_path / f"a{suffix}"
    getattr(FRAME, write)(path)
    body = path.read_bytes()
    path.write_bytes(body[: keep if isinstance(keep, int) else int(len(body) * keep)])
    with pytest.raises((errors.CorruptFileError, errors.EmptyFileError), match=r"EF60[58]"):
        source(path=str(path)).scan()


def test_what_is_another_format_is_an_error(
    tmp_path: Path, source: Any, write: str, suffix: str
) -> None:
    """Text, JSON and the other binary format are told as what they are, with what to write."""
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"a,b\n1,2\n" * 100)
    with pytest.raises(
        errors.SchemaUnreadableError, match=r"looks like text\s+fix: write use: csv"
    ):
        source(path=str(path)).scan()
    path.write_bytes(b'{"a": 1}\n')
    with pytest.raises(errors.SchemaUnreadableError, match="use: ndjson"):
        source(path=str(path)).scan()
    other = "write_ipc" if write == "write_parquet" else "write_parquet"
    getattr(FRAME, other)(path)
    with pytest.raises(errors.SchemaUnreadableError, match=f"write use: {other[6:]}"):
        source(path=str(path)).scan()


def test_missing_and_empty_places_are_errors(
    tmp_path: Path, source: Any, write: str, suffix: str
) -> None:
    """As for text files."""
    del write
    with pytest.raises(errors.MissingFileError):
        source(path=str(tmp_path / f"a{suffix}")).scan()
    with pytest.raises(errors.NoMatchingFileError):
        source(path=str(tmp_path)).scan()
