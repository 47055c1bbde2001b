"""File sinks: the whole result or nothing."""

from __future__ import annotations

import gzip
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow.frame import EventFrame
from eventflow_files import errors
from eventflow_files.csv import CsvSink
from eventflow_files.ipc import IpcSink
from eventflow_files.ndjson import NdjsonSink
from eventflow_files.parquet import ParquetSink

if TYPE_CHECKING:
    from pathlib import Path

FRAME = pl.DataFrame({"a": [1, 2], "b": ["x", None]})
SINKS = [
    (CsvSink, pl.read_csv),
    (NdjsonSink, pl.read_ndjson),
    (ParquetSink, pl.read_parquet),
    (IpcSink, pl.read_ipc),
]


@pytest.mark.parametrize(("sink", "read"), SINKS)
def test_nothing_is_visible_before_commit(tmp_path: Path, sink: Any, read: Any) -> None:
    """Writing goes aside; commit shows the whole file in one step and leaves nothing else."""
    path = tmp_path / "deep" / "out.dat"
    made = sink(path=str(path))
    made.write(EventFrame.of(FRAME)).collect()
    assert not path.exists()
    assert made.commit() == [path]
    assert read(path).equals(FRAME)
    assert os.listdir(path.parent) == ["out.dat"]  # noqa: PTH208 - hidden files count


def test_parquet_is_written_at_a_quick_level_unless_told_otherwise(tmp_path: Path) -> None:
    """By default the pages are those of zstd at level 1; another level makes others."""
    rows = EventFrame.of({"x": [i * 7919 % 1013 / 7 for i in range(20_000)]})
    sizes = {}
    for level in (None, 1, 19):
        path = tmp_path / f"{level}.parquet"
        made = ParquetSink(path=str(path), compression_level=level)
        made.write(rows).collect()
        made.commit()
        sizes[level] = path.stat().st_size
    assert sizes[None] == sizes[1] != sizes[19]


@pytest.mark.parametrize(
    ("sink", "values"),
    [
        (CsvSink, pl.Series([timedelta(hours=1)])),
        (CsvSink, pl.Series([[1, 2]])),
        (CsvSink, pl.Series([{"a": 1}])),
        (CsvSink, pl.Series([b"x"])),
        (NdjsonSink, pl.Series([b"x"])),
    ],
)
def test_a_column_that_a_format_cannot_hold_is_refused_before_anything_is_read(
    tmp_path: Path, sink: Any, values: pl.Series
) -> None:
    """The error names the column; nothing is written, and an old output stays."""
    path = tmp_path / "out.dat"
    path.write_text("old")
    frame = EventFrame.of({"id": [1], "what": values})
    with pytest.raises(errors.UnwritableColumnError, match=r'EF619.*"what" is') as caught:
        sink(path=str(path)).write(frame)
    assert "what" in (caught.value.problems[0].fix or "")
    assert [p.name for p in tmp_path.iterdir()] == ["out.dat"]
    assert path.read_text() == "old"
    sink(path=str(path)).write(EventFrame.of({"id": [1]})).collect()


@pytest.mark.parametrize(("sink", "read"), SINKS)
def test_abort_leaves_the_old_output(tmp_path: Path, sink: Any, read: Any) -> None:
    """Aborting, any number of times, removes what was written and nothing else."""
    del read
    path = tmp_path / "out.dat"
    path.write_text("old")
    made = sink(path=str(path))
    made.write(EventFrame.of(FRAME)).collect()
    made.abort()
    made.abort()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.dat"]  # noqa: PTH208 - hidden files count
    assert made.commit() == []


def test_exists_fail_keeps_the_output(tmp_path: Path) -> None:
    """`exists: fail` refuses before anything is written."""
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(errors.OutputExistsError, match="EF615"):
        CsvSink(path=str(path), exists="fail").write(EventFrame.of(FRAME))
    made = CsvSink(path=str(path))
    made.write(EventFrame.of(FRAME)).collect()
    made.commit()
    assert path.read_text() == "a,b\n1,x\n2,\n"


def test_a_folder_is_no_output(tmp_path: Path) -> None:
    """The error proposes a file inside."""
    with pytest.raises(errors.OutputIsFolderError, match=r"EF616[\s\S]*result\.parquet"):
        ParquetSink(path=str(tmp_path)).write(EventFrame.of(FRAME))


@pytest.mark.parametrize(("sink", "read"), SINKS)
@pytest.mark.parametrize("linked", [False, True], ids=["itself", "by a link"])
def test_a_named_pipe_stays(tmp_path: Path, sink: Any, read: Any, *, linked: bool) -> None:
    """A pipe, or a link to one, is refused by name and is a pipe afterwards."""
    del read
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    made = sink(path=str(link if linked else pipe))
    with pytest.raises(errors.OutputIsSpecialError, match=r"EF618.*is a named pipe"):
        made.write(EventFrame.of(FRAME))
    assert pipe.is_fifo()
    assert sorted(os.listdir(tmp_path)) == ["link", "pipe"]  # noqa: PTH208 - hidden files count


def test_a_pipe_that_comes_while_rows_are_written_stays(tmp_path: Path) -> None:
    """The target is looked at again before it is replaced."""
    made = CsvSink(path=str(tmp_path / "out.csv"))
    made.write(EventFrame.of(FRAME)).collect()
    os.mkfifo(tmp_path / "out.csv")
    with pytest.raises(errors.OutputIsSpecialError, match="EF618"):
        made.commit()
    assert (tmp_path / "out.csv").is_fifo()


def test_a_socket_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone may be listening there."""
    monkeypatch.chdir(tmp_path)  # a socket's whole path is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("out.csv")
        with pytest.raises(errors.OutputIsSpecialError, match=r"EF618.*is a socket"):
            CsvSink(path="out.csv").check()
        assert (tmp_path / "out.csv").is_socket()


def test_links_in_a_circle_are_no_output(tmp_path: Path) -> None:
    """The system's refusal has a code, before anything is read."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(errors.WriteError, match=r"EF614.*symbolic links"):
        CsvSink(path=str(tmp_path / "a")).check()


def test_a_file_where_a_folder_should_be_is_an_error(tmp_path: Path) -> None:
    """The system's refusal has a code."""
    (tmp_path / "f").write_text("")
    with pytest.raises(errors.WriteError, match="EF614"):
        CsvSink(path=str(tmp_path / "f" / "out.csv")).write(EventFrame.of(FRAME))


@pytest.mark.usefixtures("unprivileged")
def test_a_folder_without_permission_is_an_error() -> None:
    """Found before any data is read."""
    with pytest.raises(errors.WriteError, match="EF614"):
        CsvSink(path="/etc/eventflow-test.csv").write(EventFrame.of(FRAME))


@pytest.mark.parametrize(("name", "open_"), [("out.csv.gz", gzip.open), ("out.csv", open)])
def test_compression_follows_the_name(tmp_path: Path, name: str, open_: Any) -> None:
    """`.gz` and `.zst` compress, unless `compression` says otherwise."""
    made = CsvSink(path=str(tmp_path / name), separator=";", null_value="NA")
    made.write(EventFrame.of(FRAME)).collect()
    made.commit()
    with open_(tmp_path / name, "rt") as file:
        assert file.read() == "a;b\n1;x\n2;NA\n"


def test_links_stay_links(tmp_path: Path) -> None:
    """What a link points to is replaced, not the link."""
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("old")
    link.symlink_to(real)
    made = CsvSink(path=str(link))
    made.write(EventFrame.of(FRAME)).collect()
    made.commit()
    assert link.is_symlink()
    assert real.read_text().startswith("a,b")


@pytest.mark.parametrize(("sink", "read"), SINKS)
def test_a_full_disk_leaves_nothing(tmp_path: Path, sink: Any, read: Any) -> None:
    """Writing beyond the space there is: an error the sink explains, and no partial output.

    The kernel's limit on the size of files stands in for a full disk: it needs no privileges.
    """
    del read
    script = textwrap.dedent(f"""
        import os, resource, signal, sys
        import polars as pl
        from eventflow.frame import EventFrame
        from {sink.__module__} import {sink.__name__} as Sink
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        sink = Sink(path={str(tmp_path / "out.dat")!r})
        frame = pl.LazyFrame({{"n": range(200_000)}}).with_columns(pl.col("n").hash().alias("h"))
        try:
            sink.write(EventFrame(frame)).collect()
        except Exception as error:
            print(sink.explain(error).code)
            sink.abort()
        print(os.listdir({str(tmp_path)!r}))
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stdout.split("\n")[:2] == ["EF614", "[]"], done.stderr


def test_kill_while_writing_leaves_the_old_output(tmp_path: Path) -> None:
    """After kill -9 the old output is whole; the next write removes what was left aside."""
    path = tmp_path / "out.csv"
    path.write_text("old")
    script = textwrap.dedent(f"""
        import polars as pl
        from eventflow.frame import EventFrame
        from eventflow_files.csv import CsvSink
        many, few = pl.LazyFrame({{"n": range(2_000_000)}}), pl.LazyFrame({{"m": range(500)}})
        frame = many.join(few, how="cross")
        CsvSink(path={str(path)!r}).write(EventFrame(frame)).collect()
    """)
    writer = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if any(p.stat().st_size > 1_000_000 for p in tmp_path.glob(".out.csv.*.part")):
            break
        time.sleep(0.01)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert path.read_text() == "old"
    assert list(tmp_path.glob(".out.csv.*.part"))
    made = CsvSink(path=str(path))
    made.write(EventFrame.of(FRAME)).collect()
    made.commit()
    assert os.listdir(tmp_path) == ["out.csv"]  # noqa: PTH208 - hidden files count
    assert path.read_text().startswith("a,b")
