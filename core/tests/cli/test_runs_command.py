from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import jsonschema  # type: ignore[import-untyped] # it has no stubs of its own
import pytest
from attrs import evolve
from click.testing import CliRunner, Result

from eventflow.cli import runs
from eventflow.runs.encode import record_to_dict
from eventflow.runs.store import RunStore
from eventflow.runs.store_errors import UnknownRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.runs.record import RunRecord


@pytest.fixture
def home(tmp_path: Path, samples: Mapping[str, RunRecord]) -> Path:
    """Give a store with three runs: a failed one, one with warnings, a good one (the newest)."""
    store = RunStore(tmp_path / "home")
    for i, kind in enumerate(("failed", "warnings", "success")):
        record = evolve(
            samples[kind],
            run_id=f"019aa3f0-5b1c-7c2e-9d41-0000{i}aaaaaaa",
            started_at=datetime.now(UTC) - timedelta(days=30 - i),
            report_path=None,
        )
        store.update(record)
    return store.home


def invoke(home: Path, *arguments: str) -> Result:
    """Run `eventflow runs …` on this store."""
    command, *others = arguments
    return CliRunner().invoke(
        runs.command, [command, "--home", str(home), *others], catch_exceptions=False
    )


def document(home: Path, *arguments: str) -> dict[str, Any]:
    """Run a command with ``--json`` and read what it prints."""
    return dict(json.loads(invoke(home, *arguments, "--json").stdout))


def test_list_shows_the_newest_first(home: Path) -> None:
    """One line a run: id, how it ended, start, time, rows, pipeline; 80 columns."""
    lines = invoke(home, "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["run", "2aaaaaaa", "1aaaaaaa", "0aaaaaaa"]
    assert "✓ done" in lines[1]
    assert "▲ done" in lines[2]
    assert "✗ failed" in lines[3]
    assert "1,067,371" in lines[1]
    assert max(map(len, lines)) <= 80


def test_list_filters(home: Path) -> None:
    """Limit and state narrow the list; nothing found says so and what to do."""
    assert len(document(home, "list", "--limit", "2")["runs"]) == 2
    (row,) = document(home, "list", "--state", "failed")["runs"]
    assert row["short_id"] == "0aaaaaaa"
    assert row["problem"].startswith("EF501 ")
    assert "no runs in" in invoke(home, "list", "--name", "nope").stdout
    assert "eventflow run" in invoke(home / "empty", "list").stdout


def test_list_json_names_its_schema(home: Path) -> None:
    """The document is versioned, times are ISO 8601."""
    found = document(home, "list")
    assert found["schema"] == "eventflow.runs/1"
    assert datetime.fromisoformat(found["runs"][0]["started_at"]).tzinfo is not None


def test_show_prints_the_summary_again(home: Path) -> None:
    """The newest run by default, or the one asked for."""
    assert "✓ done in 1.4 s" in invoke(home, "show").stdout
    assert "✗ EF501" in invoke(home, "show", "0aaa").stdout


def test_show_json_is_the_run_document(home: Path) -> None:
    """What `run --json` printed, `show --json` prints again; it fits the published schema."""
    found = document(home, "show", "latest")
    assert found == record_to_dict(RunStore(home).get("latest"))
    schema = json.loads(files("eventflow.runs").joinpath("run.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(found)


def test_show_log_prints_the_log(home: Path) -> None:
    """Line by line, harmless to the terminal; a run without a log says so on stderr."""
    log = home / "runs" / "2aaaaaaa" / "log.jsonl"
    log.write_text('{"message": "a\\u001b"}\n{"raw": "\x1b[31m"}\n', encoding="utf-8")
    out = invoke(home, "show", "--log").stdout
    assert len(out.splitlines()) == 2
    assert "\x1b" not in out
    assert "has no log" in invoke(home, "show", "0aaa", "--log").stderr


def test_open_prints_the_path_and_writes_a_lost_report_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a display nothing is launched; the report is made from the record."""
    monkeypatch.setattr(click, "launch", lambda *_: pytest.fail("launched without a display"))
    path = Path(invoke(home, "open").stdout.strip())
    assert path == home / "runs" / "2aaaaaaa" / "report.html"
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert document(home, "open")["path"] == str(path)


def test_open_launches_a_browser_where_there_is_a_display(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person at a terminal with a display sees the page."""
    launched: list[str] = []
    monkeypatch.setattr(click, "launch", launched.append)
    monkeypatch.setattr(runs, "_has_display", lambda: True)
    invoke(home, "open")
    assert launched == [(home / "runs" / "2aaaaaaa" / "report.html").as_uri()]


def test_a_pipe_and_ci_are_no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """No browser is opened from a pipe, in CI, or on a machine without a screen."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("CI", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert not runs._has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert runs._has_display()
    monkeypatch.setenv("CI", "true")
    assert not runs._has_display()


def test_diff_tells_what_changed(home: Path) -> None:
    """Changed rows with both values; equal runs say that nothing differs."""
    out = invoke(home, "diff", "0aaa", "2aaa").stdout
    assert "  + read  1,067,371" in out
    assert "  + account_tenure_days  f64" in out
    assert "no difference" in invoke(home, "diff", "2aaa", "2aaa").stdout
    found = document(home, "diff", "0aaa", "2aaa")
    assert found["schema"] == "eventflow.runs.diff/1"
    assert found["ledger"][0] == {"what": "read", "before": None, "after": "1,067,371"}


def test_gc_removes_what_it_said_it_would(home: Path) -> None:
    """A dry run lists, the real one removes, and one of the two conditions is needed."""
    assert "would remove 2 runs" in invoke(home, "gc", "--keep-last", "1", "--dry-run").stdout
    assert len(RunStore(home).list()) == 3
    assert "removed 1 run\n" in invoke(home, "gc", "--older-than", "29d12h").stdout
    removed = document(home, "gc", "--keep-last", "0")["removed"]
    assert [r["short_id"] for r in removed] == ["2aaaaaaa", "1aaaaaaa"]
    assert not any((home / "runs").iterdir())
    assert invoke(home, "gc").exit_code == 2


@pytest.mark.parametrize("age", ["", "30", "d", "1x", "3 d", "-1d"])
def test_an_age_that_is_none_is_refused(home: Path, age: str) -> None:
    """The message shows how to write one."""
    done = invoke(home, "gc", "--older-than", age)
    assert done.exit_code == 2
    assert "30d" in done.stderr


def test_an_unknown_run_is_a_coded_error(home: Path) -> None:
    """With the nearest id."""
    with pytest.raises(UnknownRunError, match='did you mean "2aaaaaaa"'):
        invoke(home, "show", "2aabaaaa")
