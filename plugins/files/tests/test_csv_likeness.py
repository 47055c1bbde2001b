"""Files that are called CSV and are something else, or begin with something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventflow_files.csv import CsvSource
from eventflow_files.errors import SchemaUnreadableError

if TYPE_CHECKING:
    from pathlib import Path

TABLE = b"date;revenue\n2024-03-01;5\n2024-03-02;6\n"


def _refused(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(SchemaUnreadableError) as raised:
        CsvSource(path=str(path)).scan()
    return str(raised.value)


@pytest.mark.parametrize(
    ("data", "what", "fix"),
    [
        (b"PAR1\x15\x04", "a Parquet file", "use: parquet"),
        (b"ARROW1\0\0", "an Arrow IPC file", "use: ipc"),
        (b"PK\x03\x04\x14\0", ".xlsx", "save its sheet as CSV"),
        (b'{"a": 1}\n{"a": 2}\n', "JSON", "use: ndjson"),
        (b' [{"a": 1}]', "a JSON array", "use: ndjson"),
        (b"\xef\xbb\xbf<!DOCTYPE HTML><html></html>\n", "a web page", "fetch the file again"),
    ],
)
def test_another_format_is_named(tmp_path: Path, data: bytes, what: str, fix: str) -> None:
    """With what to write or to do instead."""
    told = _refused(tmp_path / "a.csv", data)
    assert "EF617" in told
    assert what in told
    assert fix in told


@pytest.mark.parametrize(("lines", "skip"), [(b"# exported\n", 1), (b"Report\nMarch\n", 2)])
def test_lines_before_the_header_are_told(tmp_path: Path, lines: bytes, skip: int) -> None:
    """And with `skip_rows` as it is told, the header is found."""
    path = tmp_path / "a.csv"
    assert f"skip_rows: {skip}" in _refused(path, lines + TABLE)
    frame = CsvSource(path=str(path), skip_rows=skip).scan()
    assert frame.columns().names() == ["date", "revenue"]


@pytest.mark.parametrize(
    "data",
    [
        b"<TICKER>,<CLOSE>\nA,5\nB,6\n",
        b"note\nfine, thanks\nwell\nnone, of, it\n",
        b"a\n1\n2\n3\n",
        b"a\n",
    ],
)
def test_what_may_well_be_csv_is_taken(tmp_path: Path, data: bytes) -> None:
    """A name in brackets, text with commas, one column."""
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    assert CsvSource(path=str(path)).scan().columns().names()[0] in {"<TICKER>", "note", "a"}
