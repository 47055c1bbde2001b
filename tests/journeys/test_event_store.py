"""Runs whose events are stored: watched, replayed, audited, and counted from them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

import eventflow
from eventflow.runs.store import RunStore
from eventflow.store import EventReader, ReadModel, RunTable

if TYPE_CHECKING:
    from pathlib import Path

    from command_line import CommandLine


def pipeline(tmp_path: Path, source: str) -> dict[str, object]:
    """Return a pipeline over a small file that stores its events."""
    (tmp_path / "in.csv").write_text("a,b\n1,2\n3,4\n5,6\n", encoding="utf-8")
    return {
        "name": "copy",
        "source": {"use": "csv", "path": str(tmp_path / source)},
        "sink": {"use": "csv", "path": str(tmp_path / "out.csv")},
        "runs": {"path": str(tmp_path / "home")},
        "transport": {"use": "store", "path": str(tmp_path / "events.sqlite")},
    }


def test_the_run_table_tells_what_the_run_store_tells(tmp_path: Path) -> None:
    """Runs that went well and one that failed: the same facts, from the events alone."""
    for _ in range(2):
        eventflow.run(pipeline(tmp_path, "in.csv"))
    with pytest.raises(eventflow.EventflowError):
        eventflow.run(pipeline(tmp_path, "absent.csv"))
    with EventReader(tmp_path / "events.sqlite") as store, ReadModel(":memory:", RunTable()) as m:
        m.catch_up(store)
        runs = RunTable.runs(m)
    kept = RunStore(tmp_path / "home").list(10)
    assert [run.run_id for run in runs] == [row.run_id for row in kept]
    assert [run.name for run in runs] == [row.name for row in kept]
    assert [run.state for run in runs] == [row.state.value for row in kept]
    assert [run.problem for run in runs] == [row.problem for row in kept]
    done = [row for row in kept if row.problem is None]
    assert len(done) == 2
    assert [r.rows_read for r in runs if r.problem is None] == [row.rows_read for row in done]
    assert [r.rows_result for r in runs if r.problem is None] == [row.rows_result for row in done]
    for run, row in zip(runs, kept, strict=True):
        assert abs(run.started_at - row.started_at) < timedelta(seconds=5)


def test_a_run_is_replayed_and_audited_from_the_terminal(eventflow: CommandLine) -> None:
    """A pipeline with the transport as it comes; the commands find its store by themselves."""
    eventflow.write("in.csv", "a,b\n1,2\n")
    eventflow.write(
        "p.yaml",
        "name: copy\nsource: {use: csv, path: in.csv}\nsink: {use: csv, path: out.csv}\n"
        "transport: {use: store}\n",
    )
    run = eventflow("run", "p.yaml", "--json")
    assert run.code == 0, run.stderr
    lines = eventflow("events", "replay", "--run", run.document["run_id"]).stdout.splitlines()
    types = [json.loads(line)["event_type"] for line in lines]
    assert (types[0], types[-1]) == ("pipeline.started", "pipeline.completed")
    audit = eventflow("events", "verify", "--json")
    assert audit.document["events"] == len(types)
