"""CSV files as files: header, dialect, encoding, compression, several at once, laziness."""

from __future__ import annotations

import gzip
import lzma
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.columns import PatternNameError
from eventflow_files import errors
from eventflow_files.badrows import NOT_TEXT
from eventflow_files.csv import CsvSource

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[..., Any]

TEXT = "name;price\nCafé;1\nThé;2\n"


@pytest.mark.parametrize("body", [b"", b"\n\n"])
def test_an_empty_file_is_an_error(read_csv: Read, body: bytes) -> None:
    """Nothing names the columns of an empty file."""
    with pytest.raises(errors.EmptyFileError, match="EF605"):
        read_csv(body)


def test_a_header_alone_gives_no_rows(read_csv: Read) -> None:
    """Header only: the columns, as text, and no rows."""
    out = read_csv(b"a,b\n")
    assert out.rows.columns == ["a", "b"]
    assert out.rows.height == 0
    assert out.counts.get(None, 0) == 0


def test_duplicate_and_empty_names_are_an_error_with_a_way_out(read_csv: Read) -> None:
    """The error names them; rename_duplicates numbers them."""
    with pytest.raises(errors.HeaderError, match=r"more than once: a[\s\S]*column 3"):
        read_csv(b"a,a,\n1,2,3\n")
    out = read_csv(b"a,a,\n1,2,3\n", rename_duplicates=True)
    assert out.rows.columns == ["a", "a_2", "column_2"]


def test_a_name_that_stands_for_several_columns_is_refused(read_csv: Read) -> None:
    """Before a plan is made in which it would mean others."""
    with pytest.raises(PatternNameError, match=r'called "\^a\$"'):
        read_csv(b"a,^a$\n1,2\n")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_detected(read_csv: Read, separator: str) -> None:
    """Comma, semicolon, tab and bar; decimal commas do not mislead."""
    body = f"a{separator}b\n" + f'"1,5"{separator}x\n' * 3
    assert read_csv(body.encode()).rows.columns == ["a", "b"]


def test_a_file_without_header_gets_numbered_columns(read_csv: Read) -> None:
    """A first line with a number or a date is data; has_header says otherwise."""
    assert read_csv(b"1,2024-01-01\n2,2024-01-02\n").rows.columns == ["column_0", "column_1"]
    assert read_csv(b"1,2\n3,4\n", has_header=True).rows.columns == ["1", "2"]
    assert read_csv(b"x,y\nz,w\n", has_header=False).rows.height == 2


def test_skip_rows_skips_lines_before_the_header(read_csv: Read) -> None:
    """Preambles are skipped, and line numbers still count them."""
    out = read_csv(b"made by x\n\na,b\n1,2\n3\n", skip_rows=2)
    assert out.rows.rows() == [(1, 2)]
    assert out.rejected["line"].to_list() == [5]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"]
)
def test_encodings_are_detected(read_csv: Read, encoding: str) -> None:
    """The same text in every encoding gives the same rows, detected or stated."""
    body = TEXT.encode(encoding)
    for options in ({}, {"encoding": encoding}):
        out = read_csv(body, **options)
        assert sorted(out.rows.rows()) == [("Café", 1), ("Thé", 2)]
        assert out.rows.columns == ["name", "price"]


def test_cp1252_is_told_from_latin1(read_csv: Read) -> None:
    """A euro sign exists in CP1252 only."""
    assert read_csv("a,b\n5 €,“x”\n".encode("cp1252")).rows.rows() == [("5 €", "“x”")]


@pytest.mark.parametrize(
    ("written", "stated", "named"),
    [
        ("cp1252", "utf-8", "cp1252|latin-1"),
        ("utf-8", "latin-1", "utf-8"),
        ("utf-16", "utf-8", "utf-16"),
    ],
)
def test_a_wrong_stated_encoding_is_an_error(
    read_csv: Read, written: str, stated: str, named: str
) -> None:
    """The error names the encoding that was detected."""
    with pytest.raises(errors.EncodingMismatchError, match=named):
        read_csv(TEXT.encode(written), encoding=stated)


def test_bytes_of_another_encoding_after_the_head_are_quarantined(read_csv: Read) -> None:
    """Text that turns into another encoding late is set aside, visibly, not garbled."""
    body = b"a,b\n" + b"x,1\n" * 300_000 + "é,1\n".encode("latin-1")
    out = read_csv(body)
    assert out.counts == {None: 300_000, NOT_TEXT: 1}


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress, lzma.compress])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_compressed_files_are_told_by_their_bytes(
    read_csv: Read, pack: Callable[[bytes], bytes], encoding: str
) -> None:
    """gzip, zstd and xz, whatever the name says, members one after another, in any encoding."""
    first, second = TEXT.encode(encoding)[:20], TEXT.encode(encoding)[20:]
    out = read_csv(pack(first) + pack(second))
    assert sorted(out.rows.rows()) == [("Café", 1), ("Thé", 2)]


@pytest.mark.parametrize("pack", [gzip.compress, zstd.compress, lzma.compress])
def test_a_truncated_compressed_file_is_an_error(
    read_csv: Read, pack: Callable[[bytes], bytes]
) -> None:
    """Half a file is damaged, not short."""
    body = pack(b"a,b\n" + os.urandom(50_000).hex().encode() + b",1\n")
    with pytest.raises(errors.CorruptFileError, match="EF608"):
        read_csv(body[: len(body) // 2])


def test_decompression_is_bounded(read_csv: Read) -> None:
    """A small file that expands beyond the limits is refused while it is read."""
    body = zstd.compress(b"a,b\n" + b"1,2\n" * 20_000_000)
    with pytest.raises(errors.TooLargeError, match="max_expansion"):
        read_csv(body)
    with pytest.raises(errors.TooLargeError, match="max_bytes"):
        read_csv(body, max_bytes=10_000_000)


def test_max_bytes_holds_for_plain_files(read_csv: Read) -> None:
    """The size limit is checked before anything is read."""
    with pytest.raises(errors.TooLargeError, match="EF609"):
        read_csv(b"a,b\n" + b"1,2\n" * 100, max_bytes=100)


def test_several_files_are_one_frame(tmp_path: Path, execute: Callable[..., Any]) -> None:
    """A directory, a glob and a list give the same rows; columns may stand in another order."""
    (tmp_path / "a.csv").write_bytes(b"x,y\n1,2\n")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"y,x\n4,3.5\n"))
    (tmp_path / ".hidden.csv").write_bytes(b"no\n")
    given = [
        str(tmp_path),
        str(tmp_path / "*.csv*"),
        [str(tmp_path / n) for n in ("a.csv", "b.csv.gz")],
    ]
    for path in given:
        out = execute(CsvSource(path=path).scan())
        assert sorted(out.rows.rows()) == [(1.0, 2), (3.5, 4)]


def test_files_with_different_columns_are_an_error(tmp_path: Path) -> None:
    """Both files and the columns are named."""
    (tmp_path / "a.csv").write_bytes(b"x,y\n1,2\n")
    (tmp_path / "b.csv").write_bytes(b"x,z\n1,2\n")
    with pytest.raises(
        errors.DifferentColumnsError, match=r"b\.csv[\s\S]*missing: y[\s\S]*first: z"
    ):
        CsvSource(path=str(tmp_path)).scan()


def test_missing_files_name_the_nearest(tmp_path: Path) -> None:
    """A typo in a path is met with the file that was meant."""
    (tmp_path / "customers.csv").write_bytes(b"a\n1\n")
    with pytest.raises(errors.MissingFileError, match=r"EF601[\s\S]*did you mean .*customers\.csv"):
        CsvSource(path=str(tmp_path / "custmers.csv")).scan()


@pytest.mark.parametrize("name", ["", "*.csv"])
def test_nothing_to_read_is_an_error(tmp_path: Path, name: str) -> None:
    """An empty directory and a glob without a match."""
    with pytest.raises(errors.NoMatchingFileError, match="EF602"):
        CsvSource(path=str(tmp_path / name)).scan()


@pytest.mark.usefixtures("unprivileged")
def test_a_file_without_permission_is_an_error() -> None:
    """The system's refusal is told, with a fix."""
    with pytest.raises(errors.UnreadableFileError, match="EF603"):
        CsvSource(path="/etc/shadow").scan()


def test_what_is_no_regular_file_is_an_error(tmp_path: Path) -> None:
    """A named pipe would hang; it is refused."""
    os.mkfifo(tmp_path / "p.csv")
    with pytest.raises(errors.UnreadableFileError, match="not a regular file"):
        CsvSource(path=str(tmp_path / "p.csv")).scan()


def test_planning_reads_a_bounded_head_only(tmp_path: Path) -> None:
    """Planning reads at most 1 MiB: rubbish after it is met only when the frame is executed."""
    path = tmp_path / "d.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 300_000 + b"\xff\n")
    frame = CsvSource(path=str(path), bad_rows="fail").scan()
    frame.columns()
    with pytest.raises(errors.BadRowError):
        frame.collect()


def test_the_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    """Same file, same fingerprint; other content, another."""
    path = tmp_path / "d.csv"
    path.write_bytes(b"a\n1\n")
    source = CsvSource(path=str(path))
    before = source.fingerprint()
    assert before == source.fingerprint()
    path.write_bytes(b"a\n2\n")
    assert before != source.fingerprint()
    assert source.estimated_bytes() == 4
