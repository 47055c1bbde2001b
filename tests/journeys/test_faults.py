"""Runs that are killed, interrupted, refused by the system or out of disk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import polars as pl
import pytest

from bad_input import COPY, assert_failed_well, outputs, problems, put, record
from command_line import PROGRAM, Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from command_line import CommandLine, Process

DEDUPLICATED = COPY + "steps:\n  - use: deduplicate\n"
ROWS = 4_000_000


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file that takes seconds to read and deduplicate."""
    path = tmp_path_factory.mktemp("big") / "in.csv"
    n = pl.int_range(ROWS)
    pl.select(a=n, b=n * 7919 % 1_000_003, c=(n * 31 % 997).cast(pl.Float64)).write_csv(path)
    yield path
    path.unlink()


@pytest.fixture
def slow(eventflow: CommandLine, big: Path) -> str:
    """A pipeline over the big file, with an old output in place."""
    (eventflow.folder / "in.csv").symlink_to(big)
    (eventflow.folder / "out").mkdir()
    eventflow.write("out/result.csv", "old")
    return eventflow.write("pipeline.yaml", DEDUPLICATED)


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def _reading(eventflow: CommandLine) -> bool:
    return any((eventflow.folder / ".eventflow").glob("runs/*/log.jsonl"))


def _writing(eventflow: CommandLine) -> bool:
    return any((eventflow.folder / "out").glob(".*.part"))


def _only_run(eventflow: CommandLine) -> dict[str, str]:
    [row] = eventflow("runs", "list", "--json").document["runs"]
    return dict(row)


@pytest.mark.parametrize("moment", [_reading, _writing])
def test_a_killed_run_leaves_the_old_output(
    eventflow: CommandLine, slow: str, moment: Callable[[CommandLine], bool]
) -> None:
    """It is listed as failed; the next run works and removes what was left behind."""
    process = eventflow.start("run", slow)
    _until(lambda: moment(eventflow))
    process.kill()
    process.communicate()
    assert (eventflow.folder / "out" / "result.csv").read_text(encoding="utf-8") == "old"
    assert _only_run(eventflow)["state"] == "FAILED"
    assert [p["code"] for p in record(eventflow)["problems"]] == ["EF524"]
    (eventflow.folder / "in.csv").unlink()
    ended = eventflow("run", put(eventflow, "a\n1\n"))
    assert ended.code == 0, ended.stdout
    assert outputs(eventflow) == ["result.csv"]


@pytest.mark.parametrize("request_to_end", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_request_to_end_is_answered_within_a_query(
    eventflow: CommandLine, slow: str, request_to_end: str
) -> None:
    """Soon, with exit code 130, the old output in place, and the run listed as cancelled."""
    process = eventflow.start("run", slow)
    _until(lambda: _reading(eventflow))
    time.sleep(1)  # well inside the first query
    began = time.monotonic()
    process.send_signal(signal.Signals[request_to_end])
    ended = _end(process)
    assert ended.code == 130, ended.stdout
    assert time.monotonic() - began < 15  # the query alone would take longer
    assert "Traceback" not in ended.stdout + ended.stderr
    assert problems(ended)[0]["code"] == "EF503"
    assert (eventflow.folder / "out" / "result.csv").read_text(encoding="utf-8") == "old"
    assert outputs(eventflow) == ["result.csv"]
    assert _only_run(eventflow)["state"] == "CANCELLED"


def test_two_runs_that_write_one_output_leave_one_whole_result(
    eventflow: CommandLine,
) -> None:
    """Whoever ends last wins; nothing is mixed, nothing is left over."""
    names = []
    for n in (1, 2):
        (eventflow.folder / f"{n}.csv").write_text("a\n" + f"{n}\n" * 200_000, encoding="utf-8")
        names.append(eventflow.write(f"{n}.yaml", COPY.replace("in.csv", f"{n}.csv")))
    started = [eventflow.start("run", name) for name in names]
    ended = [_end(process) for process in started]
    assert [e.code for e in ended] == [0, 0], ended
    written = pl.read_csv(eventflow.folder / "out" / "result.csv")
    assert written.height == 200_000
    assert written["a"].n_unique() == 1
    assert outputs(eventflow) == ["result.csv"]


def _end(process: Process) -> Ended:
    stdout, stderr = process.communicate(timeout=120)
    return Ended(process.returncode, stdout, stderr)


def _without_privileges(eventflow: CommandLine, *arguments: str) -> Ended:
    """Run as someone whom file modes stop: root is made to obey them."""
    prefix: list[str] = []
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root cannot give up its privileges without setpriv")
        prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    done = subprocess.run(
        [*prefix, PROGRAM, *arguments],
        cwd=eventflow.folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr)


def test_an_unreadable_file_is_refused(eventflow: CommandLine) -> None:
    """With the system's reason."""
    name = put(eventflow, "a\n1\n")
    (eventflow.folder / "in.csv").chmod(0)
    ended = _without_privileges(eventflow, "run", name)
    assert ended.code == 1
    assert_failed_well(eventflow, ended, "EF603", "Permission denied", "in.csv")


def test_an_output_folder_that_may_not_be_written_is_refused(eventflow: CommandLine) -> None:
    """With the place of the sink."""
    name = put(eventflow, "a\n1\n")
    (eventflow.folder / "out").mkdir(mode=0o555)
    ended = _without_privileges(eventflow, "run", name)
    assert ended.code == 1
    assert_failed_well(eventflow, ended, "EF614", "Permission denied", "pipeline.yaml:7:3")


def test_a_run_folder_that_may_not_be_written_fails_no_run(eventflow: CommandLine) -> None:
    """The result is written, and a warning says that nothing is recorded."""
    name = put(eventflow, "a\n1\n")
    (eventflow.folder / ".eventflow").mkdir(mode=0o555)
    ended = _without_privileges(eventflow, "run", name)
    assert ended.code == 0, ended.stdout
    assert outputs(eventflow) == ["result.csv"]
    assert "EF523" in ended.stdout
    assert "runs open" not in ended.stdout
    assert ended.stderr == ""


@pytest.fixture
def full(eventflow: CommandLine) -> Iterator[Callable[[str, int], Path]]:
    """Mount a small disk on a folder; it is gone after the test."""
    mounted: list[Path] = []

    def mount(name: str, kibibytes: int) -> Path:
        path = eventflow.folder / name
        path.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(path)]
        if os.geteuid() != 0 or subprocess.run(command, check=False).returncode != 0:
            pytest.skip("needs the right to mount a small disk")
        mounted.append(path)
        return path

    yield mount
    for path in mounted:
        subprocess.run(["umount", str(path)], check=True)


FORMATS = ["csv", "ndjson", "parquet", "ipc"]
ENGINES = {"kept in memory": "", "streamed": "engine:\n  use: local\n  memory_share: 0.0\n"}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("form", FORMATS)
def test_a_full_disk_leaves_nothing_half_written(
    eventflow: CommandLine, full: Callable[[str, int], Path], form: str, engine: str
) -> None:
    """The error names the output, and the disk has its room again."""
    out = full("out", 64)
    rows = "".join(f"{n},{n * 7919 % 1_000_003}\n" for n in range(100_000))
    text = COPY.replace("use: csv\n  path: out", f"use: {form}\n  path: out") + engine
    ended = eventflow("run", put(eventflow, "a,b\n" + rows, text))
    assert ended.code == 1
    assert_failed_well(eventflow, ended, "EF614", "No space left", "pipeline.yaml:7:3")
    assert shutil.disk_usage(out).used == 0


@pytest.mark.parametrize("kibibytes", [4, 80, 300])
def test_a_full_run_folder_fails_no_run(
    eventflow: CommandLine, full: Callable[[str, int], Path], kibibytes: int
) -> None:
    """Not even when the quarantine does not fit: its rows are counted, and a warning says it."""
    full(".eventflow", kibibytes)
    rows = "".join(f"{n},{n},{n * 7919}\n" for n in range(50_000))
    text = COPY.replace("path: in.csv", "path: in.csv\n  max_bad_rows: 1.0")
    ended = eventflow("run", put(eventflow, "a,b\n1,2\n" + rows, text), "--json")
    assert ended.code == 0, ended.stderr
    assert outputs(eventflow) == ["result.csv"]
    ledger = ended.document["ledger"]
    assert (ledger["read"], ledger["result"], ledger["adds_up"]) == (50_001, 1, True)
    assert {w["code"] for w in ended.document["warnings"]} & {"EF508", "EF523"}
    assert "Traceback" not in ended.stderr
