"""Which records a CSV file has, and what becomes of those that are not well formed."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventflow_files.badrows import NOT_TEXT, NUL, QUOTING, TOO_FEW, TOO_LONG, TOO_MANY
from eventflow_files.csv import CsvSource
from eventflow_files.errors import BadRowError, TooManyBadRowsError
from eventflow_files.reading import BlockReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Read = Callable[..., Any]

ABC = dict.fromkeys("abc", "str")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,2", TOO_FEW),
        (b"1,2,3,4", TOO_MANY),
        (b'1,"2,3', QUOTING),
        (b'1,"2"x,3', QUOTING),
        (b"1,2\x00,3", NUL),
        (b"1,\xff,3", NOT_TEXT),
    ],
)
def test_a_malformed_row_is_quarantined_with_line_reason_and_raw_text(
    read_csv: Read, line: bytes, reason: str
) -> None:
    """One bad row among good ones leaves the others alone, and is kept as it was written."""
    out = read_csv("a,b,c\ngé,o,d\n".encode() + line + b"\nx,y,z\n", schema=ABC)
    assert sorted(out.rows.rows()) == [("gé", "o", "d"), ("x", "y", "z")]
    assert out.counts == {None: 2, reason: 1}
    [row] = out.rejected.to_dicts()
    assert row["line"] == 3
    assert row["raw"] == line.decode("utf-8", errors="backslashreplace")
    assert row["__eventflow_reason"] == reason
    assert row["file"].endswith("data.csv")


@pytest.mark.parametrize("asked", [(), ("b",), ("c",), ("a", "b", "c")], ids=str)
def test_the_same_rows_are_bad_whatever_columns_are_asked_for(
    tmp_path: Path, asked: tuple[str, ...]
) -> None:
    """Rows are counted alike by a query that needs no column: a long and a short one, both bad."""
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b,c\n1,2,3\n1,2,3,4\n1,2\n")
    frame = CsvSource(path=str(path), schema=ABC, max_bad_rows=1.0).scan()
    assert frame.lazy.select(pl.len(), *(pl.col(c).count() for c in asked)).collect().row(0) == (
        (1,) * (1 + len(asked))
    )
    counts = dict(frame.accounts[0].counts.collect().select("reason", "rows").iter_rows())
    assert counts == {None: 1, TOO_MANY: 1, TOO_FEW: 1}


def test_a_quote_that_is_never_closed_costs_one_line(read_csv: Read) -> None:
    """Reading resumes at the next line: a stray quote does not swallow the rest of the file."""
    body = b"a,b,c\n" + b'1,"2,3\n' + b"x,y,z\n" * 50_000
    out = read_csv(body, schema=ABC)
    assert out.counts == {None: 50_000, QUOTING: 1}


def test_quoted_fields_may_hold_separators_quotes_and_line_ends(read_csv: Read) -> None:
    """RFC 4180: a quoted field holds anything, quotes doubled; line numbers count its lines."""
    out = read_csv(b'a,b,c\n"1,5","say ""hi""","x\r\ny"\n1\n', schema=ABC)
    assert out.rows.rows() == [("1,5", 'say "hi"', "x\r\ny")]
    assert out.rejected["line"].to_list() == [4]


def test_empty_lines_are_no_records(read_csv: Read) -> None:
    """Lines without anything are skipped, in files of one column too."""
    assert read_csv(b"a,b\n\n1,2\n\n\n3,4\n").rows.height == 2
    assert read_csv(b"word\n\nx\n\ny\n").rows.height == 2


def test_the_last_line_needs_no_end(read_csv: Read) -> None:
    """A file may end without a line feed, and a too short last row is still found."""
    assert read_csv(b"a,b\n1,2\n3,4").rows.height == 2
    assert read_csv(b"a,b\n1,2\n3").counts == {None: 1, TOO_FEW: 1}


def test_empty_last_fields_are_nulls_not_short_rows(read_csv: Read) -> None:
    """A null in the last column and a missing last field are told apart."""
    out = read_csv(b"a,b,c\n1,2,\n1,2\n,,\n", schema=ABC)
    assert out.counts == {None: 2, TOO_FEW: 1}


def test_a_line_longer_than_the_limit_is_quarantined_in_bounded_memory(read_csv: Read) -> None:
    """A huge line is skipped whole; what follows is read, with the right line number."""
    body = b"a,b,c\n1,2,3\n" + b"x" * 3_000_000 + b"\n4,5,6\n7,8\n"
    out = read_csv(body, schema=ABC, max_line_bytes=65_536)
    assert out.rows.height == 2
    assert out.counts == {None: 2, TOO_LONG: 1, TOO_FEW: 1}
    kept = dict(zip(out.rejected["line"], out.rejected["raw"].str.len_bytes(), strict=True))
    assert kept == {3: 4096, 5: 3}


def test_old_line_ends_are_read(read_csv: Read) -> None:
    """CR alone and CRLF end lines too."""
    assert read_csv(b"a,b\r1,2\r3,4\r").rows.rows() == [(1, 2), (3, 4)]
    assert read_csv(b"a,b\r\n1,2\r\n3,4\r\n").rows.rows() == [(1, 2), (3, 4)]


def test_many_blocks_with_bad_rows_add_up(read_csv: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small blocks, each with bad rows and quoted line ends, lose and repeat nothing."""
    monkeypatch.setattr("eventflow_files.reading.BLOCK", 4096)
    monkeypatch.setattr("eventflow_files.reading._CAREFUL", 256)
    lines = [
        f'{i},"x\n{i}",y' if i % 7 == 0 else f"{i},x" if i % 97 == 0 else f"{i},x,y"
        for i in range(1, 5000)
    ]
    out = read_csv("\n".join(["a,b,c", *lines]).encode(), schema=ABC)
    short = [i for i in range(1, 5000) if i % 97 == 0 and i % 7]
    assert out.rows.height == 4999 - len(short)
    assert out.rows["a"].n_unique() == out.rows.height
    assert sorted(out.rejected["raw"]) == sorted(f"{i},x" for i in short)
    expected = [1 + i + sum(1 for j in range(1, i) if j % 7 == 0) for i in short]
    assert sorted(out.rejected["line"]) == expected


def test_bad_rows_fail_stops_at_the_first(read_csv: Read) -> None:
    """`bad_rows: fail` names file, line, reason and text."""
    with pytest.raises(BadRowError, match=r"data\.csv:3  too few fields: 1 instead of 2: '3'"):
        read_csv(b"a,b\n1,2\n3\n", bad_rows="fail")


@pytest.mark.parametrize("limit", [0, 1, 0.2])
def test_more_bad_rows_than_allowed_fail(read_csv: Read, limit: float) -> None:
    """The limit is a number of rows (int) or a share (float)."""
    with pytest.raises(TooManyBadRowsError, match="EF610"):
        read_csv(b"a,b\n1,2\n3\n4\n5,6\n", max_bad_rows=limit)
    assert read_csv(b"a,b\n1,2\n3\n4\n5,6\n", max_bad_rows=0.5).bad == 2
    assert read_csv(b"a,b\n1,2\n3\n4\n5,6\n", max_bad_rows=2).bad == 2


def test_rows_and_account_share_one_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows, counts and quarantine of one execution read the file once."""
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n1,2\n3\n")
    frame = CsvSource(path=str(path), max_bad_rows=1.0).scan()
    opened = []

    def counted(*given: Any) -> BlockReader:
        opened.append(given)
        return BlockReader(*given)

    monkeypatch.setattr("eventflow_files.text_source.BlockReader", counted)
    [account] = frame.accounts
    assert account.rejected is not None
    pl.collect_all([frame.lazy, account.counts, account.rejected])
    assert len(opened) == 1


def _naive(  # noqa: C901, PLR0912 - one plain loop is the point of an oracle
    text: bytes,
) -> tuple[list[tuple[str | None, ...]], int]:
    """Cut CSV of three columns byte by byte; return the good rows and the number of bad ones."""
    good: list[tuple[str | None, ...]] = []
    bad = at = 0
    while at < len(text):
        fields, here, broken = [], at, False
        while True:
            value, quoted = b"", text[here : here + 1] == b'"'
            if quoted:
                here += 1
                while here < len(text) and (text[here] != 34 or text[here : here + 2] == b'""'):
                    value += text[here : here + 1]
                    here += 2 if text[here] == 34 else 1
                here += 1
                rest = text[here:]
                ends = not rest or rest[:1] in (b",", b"\n") or rest[:2] == b"\r\n" or rest == b"\r"
                broken = here > len(text) or not ends
                if broken:
                    break
                here += rest[:1] == b"\r"
            else:
                while here < len(text) and text[here : here + 1] not in (b",", b"\n"):
                    value += text[here : here + 1]
                    here += 1
                if text[here : here + 1] != b",":
                    value = value.removesuffix(b"\r")
            fields.append((value, quoted))
            if text[here : here + 1] != b",":
                break
            here += 1
        if broken:
            here = text.find(b"\n", at)
            here = len(text) if here < 0 else here
        raw = text[at:here].removesuffix(b"\r")
        at = here + 1
        if not raw:
            continue
        try:
            raw.decode()
            clean = b"\0" not in raw and not broken and len(fields) == 3
        except UnicodeDecodeError:
            clean = False
        if clean:
            good.append(tuple(v.decode() if v or q else None for v, q in fields))
        else:
            bad += 1
    return good, bad


_PIECES = st.sampled_from(
    [b"a", b"1", b",", b",", b'"', b'""', b"\n", b"\n", b"\r\n", b"\r", b" ", "é".encode(), b"\xe9",
     b"\0", b"x,y,z\n", b'"q,\n",', b"x,y,z\n"]
)  # fmt: skip


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(pieces=st.lists(_PIECES, max_size=60), block=st.sampled_from([64, 300, 2**24]))
def test_random_bytes_give_the_rows_a_naive_reader_finds(
    read_csv: Read, pieces: list[bytes], block: int
) -> None:
    """Any bytes at all: the same good rows and as many bad ones as a byte-by-byte reader."""
    body = "é,y,z\n".encode() * 70 + b"".join(pieces) + b"\nx,y,z"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eventflow_files.reading.BLOCK", block)
        patch.setattr("eventflow_files.reading._CAREFUL", min(block, 64))
        out = read_csv(b"a,b,c\n" + body, schema=ABC, separator=",")
    good, bad = _naive(body)
    assert sorted(out.rows.rows(), key=str) == sorted(good, key=str)
    assert out.bad == bad


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8),
            min_size=3,
            max_size=3,
        ),
        max_size=30,
    )
)
def test_what_the_csv_module_writes_is_read_as_the_csv_module_reads_it(
    read_csv: Read, rows: list[list[str]]
) -> None:
    """Well-formed files agree with Python's csv module, cell by cell; nothing is quarantined."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([["a", "b", "c"], *rows])
    out = read_csv(buffer.getvalue().encode(), schema=ABC, separator=",", has_header=True)
    oracle = list(csv.reader(io.StringIO(buffer.getvalue(), newline="")))[1:]
    found = [[cell or "" for cell in row] for row in out.rows.rows()]
    assert sorted(found) == sorted(row for row in oracle if row)
    assert out.bad == 0
