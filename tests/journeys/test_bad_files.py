"""Files that are not what they should be: a coded error, or a visible outcome, never a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from bad_input import COPY, assert_adds_up, assert_failed_well, kept, outputs, problems, put

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine

STATED = COPY.replace("path: in.csv", "path: in.csv\n  encoding: utf-8")
PLACES = {"EF605": "4:3", "EF617": "4:3", "EF607": "5:3"}
"""Where the option at fault is written; errors of rows and columns are the source's as a whole."""
REFUSED = {
    "empty": (b"", COPY, "EF605", "in.csv"),
    "only NUL bytes": (b"\0" * 1000, COPY, "EF617", "NUL"),
    "NUL in every second row": (b"a,b\n1,x\0y\n2,z\n", COPY, "EF610", "in.csv:2"),
    "wrong encoding": ("a,b\n1,café\n".encode("latin-1"), STATED, "EF607", "cp1252"),
    "columns twice and without name": (b"a,a,\n1,2,3\n", COPY, "EF606", "column 3"),
    "a name for several columns": (b"a,*\n1,2\n", COPY, "EF302", '"*"'),
    "mostly ragged": (b"a,b\n1,2\n3\n4,5,6\n", COPY, "EF610", "in.csv:3"),
}


@pytest.mark.parametrize(("data", "text", "code", "said"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_read_is_refused(
    eventflow: CommandLine, data: bytes, text: str, code: str, said: str
) -> None:
    """With the file, the place in the configuration and a fix; nothing is written."""
    ended = eventflow("run", put(eventflow, data, text))
    assert ended.code == 1
    assert_failed_well(eventflow, ended, code, said)
    assert problems(ended)[0]["where"] == f"pipeline.yaml:{PLACES.get(code, '3:8')}"


def test_a_header_alone_gives_a_result_without_rows(eventflow: CommandLine) -> None:
    """That is no error for a copy: the columns are there, and a warning says it."""
    ended = eventflow("run", put(eventflow, "a,b\n"))
    assert ended.code == 0, ended.stdout
    assert "EF306" in ended.stdout
    assert "a header) and no rows" in ended.stdout
    assert (eventflow.folder / "out" / "result.csv").read_text(encoding="utf-8") == "a,b\n"


def test_a_few_bad_rows_are_set_aside_and_counted(eventflow: CommandLine) -> None:
    """Every row is in the result or in the quarantine, with line, reason and text."""
    rows = [f"{n},{n}" for n in range(100)]
    rows[40], rows[60] = "40", "60,60,60"
    ended = eventflow("run", put(eventflow, "a,b\n" + "\n".join(rows) + "\n"), "--json")
    assert ended.code == 0, ended.stderr
    ledger = ended.document["ledger"]
    assert_adds_up(ledger)
    assert (ledger["read"], ledger["result"]) == (100, 98)
    aside = pl.concat([pl.read_parquet(p) for p in set(kept(ledger, eventflow.folder))])
    told = " ".join(str(row) for row in aside.iter_rows())
    assert aside.height == 2
    assert "42" in told
    assert "60,60,60" in told


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_the_encoding_is_found(eventflow: CommandLine, encoding: str) -> None:
    """The same text comes out, as UTF-8."""
    text = "name,town\n" + "Renée,Besançon\nJosé,Málaga\n" * 20
    ended = eventflow("run", put(eventflow, text.encode(encoding)))
    assert ended.code == 0, ended.stdout
    assert (eventflow.folder / "out" / "result.csv").read_text(encoding="utf-8") == text


def test_a_missing_file_is_looked_for_nearby(eventflow: CommandLine) -> None:
    """The name that was probably meant is offered."""
    eventflow.write("ins.csv", "a\n1\n")
    ended = eventflow("run", eventflow.write("pipeline.yaml", COPY))
    assert ended.code == 1
    assert_failed_well(eventflow, ended, "EF601", "ins.csv")


def test_an_empty_folder_holds_no_rows(eventflow: CommandLine) -> None:
    """A folder means the files in it; there is none."""
    (eventflow.folder / "in.csv").mkdir()
    ended = eventflow("run", eventflow.write("pipeline.yaml", COPY))
    assert ended.code == 1
    assert_failed_well(eventflow, ended, "EF602", "in.csv")


@pytest.mark.parametrize(("columns", "code"), [(2_000, 0), (100_000, 1), (1_000_000, 1)])
def test_a_very_wide_file_is_read_or_refused_at_once(
    eventflow: CommandLine, columns: int, code: int
) -> None:
    """Neither a crash nor a wait of minutes."""
    header = ",".join(f"c{n}" for n in range(columns))
    ended = eventflow("run", put(eventflow, f"{header}\n{'1,' * (columns - 1)}1\n"))
    assert ended.code == code, ended.stdout[-2000:]
    if code:
        assert_failed_well(eventflow, ended, "EF617", "in.csv")


def _old(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("old", encoding="utf-8")


def test_an_output_that_exists_stays_if_that_is_asked(eventflow: CommandLine) -> None:
    """`exists: fail` refuses, and the old output is as it was."""
    old = eventflow.folder / "out" / "result.csv"
    _old(old)
    ended = eventflow("run", put(eventflow, "a\n1\n", COPY + "  exists: fail\n"))
    assert ended.code == 1
    assert problems(ended)[0]["code"] == "EF615"
    assert problems(ended)[0]["where"] == "pipeline.yaml:8:3"
    assert (outputs(eventflow), old.read_text(encoding="utf-8")) == (["result.csv"], "old")


def test_a_folder_in_the_place_of_the_output_is_refused(eventflow: CommandLine) -> None:
    """It is not replaced, and a path inside it is offered."""
    (eventflow.folder / "out" / "result.csv").mkdir(parents=True)
    ended = eventflow("run", put(eventflow, "a\n1\n"))
    assert ended.code == 1
    assert_failed_well(eventflow, ended, "EF616", "out/result.csv/")


def test_a_file_in_the_place_of_the_output_folder_is_refused(eventflow: CommandLine) -> None:
    """It is left alone."""
    eventflow.write("out", "mine")
    ended = eventflow("run", put(eventflow, "a\n1\n"))
    assert ended.code == 1
    assert_failed_well(eventflow, ended, "EF614")
    assert (eventflow.folder / "out").read_text(encoding="utf-8") == "mine"


def test_a_line_of_a_gigabyte_is_set_aside(eventflow: CommandLine) -> None:
    """With its length and its beginning; the rows around it are read, in bounded memory."""
    with (eventflow.folder / "in.csv").open("wb") as file:
        file.write(b"a,b\n" + b"1,2\n" * 20)
        file.seek(10**9, 1)  # a hole, which takes no room on the disk
        file.write(b"\n3,4\n")
    ended = eventflow("run", eventflow.write("pipeline.yaml", COPY), "--json")
    assert ended.code == 0, ended.stderr
    ledger = ended.document["ledger"]
    assert_adds_up(ledger)
    [entry] = ledger["entries"]
    assert (entry["reason"], entry["rows"], ledger["result"]) == ("line too long", 1, 21)
    assert ended.document["peak_bytes"] < 500 * 2**20


def test_a_first_line_of_a_gigabyte_names_no_columns(eventflow: CommandLine) -> None:
    """It is refused at once."""
    with (eventflow.folder / "in.csv").open("wb") as file:
        file.seek(10**9, 1)
        file.write(b"\n3,4\n")
    ended = eventflow("run", eventflow.write("pipeline.yaml", COPY))
    assert ended.code == 1
    assert_failed_well(eventflow, ended, "EF617", "its first line is longer")
