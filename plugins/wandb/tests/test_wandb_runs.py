"""Runs in Weights & Biases: offline files say what the record says; a server away hurts nobody."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

import eventflow
from eventflow import DataPipeline
from eventflow.report.figures import figures
from eventflow.runs.record import RunState
from eventflow_wandb.tracker import WandbTracker
from sending import sent_all
from wandb_files import finished_runs

HEADER = "customer_id,last_activity_date,account_created_date,total_value"
LINES = [f"c{n},2020-05-{1 + n % 28:02},2019-05-01,{n * 10}" for n in range(60)]
CANARY = "canary-55d1"
TRACKER: dict[str, Any] = {"use": "wandb", "mode": "offline", "path": "files", "project": "tests"}
PIPELINE: dict[str, Any] = {
    "name": "churn",
    "source": {"use": "csv", "path": "customers.csv"},
    "steps": [{"use": "filter", "where": "customer_id <> '${env:CANARY}'"}],
    "quality": {"minimum_score": 50},
    "blueprint": {"use": "customer_churn", "as_of": "2020-06-01"},
    "sink": {"use": "parquet", "path": "out.parquet"},
    "trackers": [TRACKER],
    "runs": {"trackers_wait": 240},
}


@pytest.fixture(autouse=True)
def customers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with a file of customers, without any key for a server."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CANARY", CANARY)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    Path("customers.csv").write_text("\n".join([HEADER, *LINES, ""]), encoding="utf-8")


def test_an_offline_run_holds_what_the_record_says() -> None:
    """Configuration, history under the moments of the passes, summary, tables, artifacts."""
    result = eventflow.run(PIPELINE)
    assert not {"EF702", "EF704"} & {w.code for w in result.record.warnings}
    run = finished_runs(Path("files"))[result.run_id]
    assert (run.name, run.exit_code) == ("churn", 0)
    assert run.config["quality.minimum_score"] == 50
    assert run.config["steps.0.where"] == "customer_id <> '${env:CANARY}'"
    passes = [h for h in run.history if "pass_seconds" in h]
    assert [h["pass"] for h in passes] == list(range(len(result.record.passes)))
    assert [h["pass_seconds"] for h in passes] == [p.seconds for p in result.record.passes]
    began = result.record.started_at.timestamp()
    assert all(began <= h["_timestamp"] <= began + result.record.seconds + 1 for h in passes)
    assert run.summary["rows_result"] == 60
    assert run.summary["status"] == "COMPLETED"
    tables = {name: value for h in run.history for name, value in h.items() if "tables/" in name}
    assert tables["tables/features/nrows"] == len(result.record.features)
    drawn = figures(result.record)
    shown = {
        name: next(Path("files").rglob(h[f"figures/{name}/path"])).read_text(encoding="utf-8")
        for name in drawn
        for h in run.history
        if f"figures/{name}/path" in h
    }
    assert shown == drawn
    assert run.artifacts["churn-config.yaml"] == ["config.yaml"]
    assert {"churn-report.html", "churn-lineage.json"} <= set(run.artifacts)
    kept = [path for path in Path("files").rglob("*") if path.is_file()]
    assert not [path for path in kept if CANARY.encode() in path.read_bytes()]


def test_another_process_goes_on_with_a_run() -> None:
    """What was told before the process died, and what is told later, are one run of one id."""
    began = datetime(2020, 6, 1, tzinfo=UTC)
    program = (
        "import os, sys; from datetime import UTC, datetime; from pathlib import Path\n"
        "from eventflow_wandb.tracker import WandbTracker\n"
        "tracker = WandbTracker(mode='offline', path=Path('files'), project='tests')\n"
        "tracker.start('0190-on', 'run', datetime(2020, 6, 1, tzinfo=UTC))\n"
        "tracker.params({'whose': 'mark-of-first'})\n"
        "tracker.finish('FAILED')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    tracker = WandbTracker(mode="offline", path=Path("files"), project="tests")
    tracker.resume("0190-on", "run", began)
    tracker.metrics({"number_of_second": 2.0})
    tracker.finish("COMPLETED")
    run = finished_runs(Path("files"))["0190-on"]
    assert run.config["whose"] == "mark-of-first"
    assert run.summary["number_of_second"] == 2.0


async def test_a_batch_is_a_group() -> None:
    """The runs of files are in the group of the batch's id."""
    pipeline = DataPipeline(trackers=[TRACKER])
    await pipeline.process_batch([("customers.csv", "customer_churn")], as_of="2020-06-01")
    assert all(sent.error is None for sent in sent_all())
    runs = finished_runs(Path("files"))
    [child] = [runs.pop(record.run_id) for record in pipeline.records]
    [batch] = runs.values()
    assert child.group == batch.run_id


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"base_url": "http://127.0.0.1:9"}, "ConnectionError: no W&B server answers at 127.0.0.1"),
        ({"base_url": "ftp://127.0.0.1"}, "ValueError: ftp://127.0.0.1 is no address"),
    ],
    ids=["refused", "scheme"],
)
def test_a_server_that_refuses_does_not_hurt_the_run(options: dict[str, str], said: str) -> None:
    """The run completes, its warning says why, and what was to be told waits."""
    tracker = {**TRACKER, "mode": "online", **options}
    began = monotonic()
    result = eventflow.run({**PIPELINE, "trackers": [tracker], "runs": {"trackers_wait": 20}})
    assert monotonic() - began < 120  # the SDK would wait for its own reasons
    assert result.status is RunState.COMPLETED
    assert Path("out.parquet").is_file()
    [warning] = [w for w in result.record.warnings if w.code == "EF702"]
    assert said in warning.message
    assert "eventflow runs sync" in warning.message
