"""What trackers are told of a run, of a run that fails, and of a batch."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import eventflow
from eventflow import DataPipeline
from eventflow.runs.orchestrate import RunFailedError

if TYPE_CHECKING:
    from eventflow.runs.record import RunRecord

CANARY = "canary-3be1"
HEADER = "customer_id,last_activity_date,account_created_date,total_value"
LINES = [f"c{n},2020-05-{1 + n % 28:02},2019-05-01,{n * 10}" for n in range(100)]
PIPELINE: dict[str, Any] = {
    "name": "told",
    "source": {"use": "csv", "path": "customers.csv"},
    "steps": [{"use": "filter", "where": "customer_id <> '${env:CANARY}'"}],
    "quality": {"minimum_score": 50},
    "blueprint": {"use": "customer_churn", "as_of": "2020-06-01"},
    "sink": {"use": "parquet", "path": "out.parquet"},
    "trackers": [{"use": "jsonl", "path": "tracked"}],
}


@pytest.fixture(autouse=True)
def customers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with a file of a hundred customers, a secret in the environment."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CANARY", CANARY)
    Path("customers.csv").write_text("\n".join([HEADER, *LINES, ""]), encoding="utf-8")


def told(run_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return what the tracker has of a run, by the kind of fact."""
    facts = defaultdict(list)
    for line in Path("tracked", f"{run_id}.jsonl").read_text(encoding="utf-8").splitlines():
        fact = json.loads(line)
        facts[fact["kind"]].append(fact)
    return facts


def recorded() -> list[str]:
    """Return the ids of the runs that the tracker knows."""
    return sorted(path.stem for path in Path("tracked").iterdir())


def tables(run_id: str) -> dict[str, pl.DataFrame]:
    """Return the tables of a run by their names."""
    return {fact["name"]: pl.DataFrame(fact["rows"]) for fact in told(run_id)["table"]}


def assert_tables_tell_the_record(found: dict[str, pl.DataFrame], record: RunRecord) -> None:
    """Compare tables with the record, value by value."""
    passes, checks, features = found["passes"], found["quality_checks"], found["features"]
    assert passes["seconds"].to_list() == [p.seconds for p in record.passes]
    assert passes["label"].to_list() == [p.label for p in record.passes]
    assert record.verdict is not None
    gate = checks.filter(pl.col("node") == "quality")
    assert gate["share"].to_list() == [c.share for c in record.verdict.checks]
    assert features["name"].to_list() == [f.name for f in record.features]
    for name in ("missing", "mean", "median", "minimum", "maximum", "parity"):
        assert features[name].to_list() == [getattr(f, name) for f in record.features]
    if record.ledger is not None and record.ledger.entries:
        assert found["ledger"]["rows"].to_list() == [e.rows for e in record.ledger.entries]


def test_a_run_tells_everything_that_its_record_has() -> None:
    """Parameters, labels, passes with steps, quality, features, lineage, files; no secret."""
    result = eventflow.run(PIPELINE)
    facts, record = told(result.run_id), result.record
    [params] = facts["params"]
    assert params["params"]["quality.minimum_score"] == 50
    assert params["params"]["steps.0.where"] == "customer_id <> '${env:CANARY}'"
    [labels] = facts["labels"]
    assert labels["labels"]["version.polars"] == pl.__version__
    steps = {m["step"]: m["metrics"] for m in facts["metrics"] if m["step"] is not None}
    assert [steps[i]["pass_seconds"] for i in range(len(record.passes))] == [
        p.seconds for p in record.passes
    ]
    [final] = [m["metrics"] for m in facts["metrics"] if m["step"] is None]
    assert record.verdict is not None
    assert final["quality_score"] == record.verdict.score
    assert result.data is not None
    for name in (f.name for f in record.features if f.mean is not None):
        assert final[f"feature.{name}.mean"] == pytest.approx(result.data[name].mean())
    assert_tables_tell_the_record(tables(result.run_id), record)
    [lineage] = facts["lineage"]
    assert lineage["inputs"][0]["uri"] == "customers.csv"
    assert lineage["inputs"][0]["fingerprint"] == record.inputs["csv"]
    assert [c[0] for c in lineage["inputs"][0]["columns"]] == HEADER.split(",")
    assert (lineage["outputs"][0]["uri"], lineage["outputs"][0]["rows"]) == ("out.parquet", 100)
    assert {"config.yaml", "report.html"} <= {a["name"] for a in facts["artifact"]}
    assert [f["status"] for f in facts["finish"]] == ["COMPLETED"]
    assert CANARY not in Path("tracked", f"{result.run_id}.jsonl").read_text(encoding="utf-8")


def test_a_run_that_fails_its_gate_tells_why() -> None:
    """The checks of the gate are among its tables, and it ends as FAILED."""
    Path("customers.csv").write_text(f"{HEADER}\n,,,\n,,,\n", encoding="utf-8")
    with pytest.raises(RunFailedError) as caught:
        eventflow.run(PIPELINE)
    record = caught.value.record
    assert [f["status"] for f in told(record.run_id)["finish"]] == [record.state.value]
    if record.verdict is not None:
        checks = tables(record.run_id)["quality_checks"]
        assert checks["passed"].to_list() == [c.passed for c in record.verdict.checks]


async def test_a_batch_is_a_run_with_the_runs_of_its_files_within() -> None:
    """Each file's run names the batch as its parent; the batch tells of every file."""
    pipeline = DataPipeline(trackers=PIPELINE["trackers"])
    files = [("customers.csv", "customer_churn"), ("gone.csv", "customer_churn")]
    done = await pipeline.process_batch(files, as_of="2020-06-01")
    assert [isinstance(result, Exception) for result in done] == [False, True]
    runs = {name: told(name) for name in recorded()}
    [(batch, facts)] = [(i, f) for i, f in runs.items() if "parent" not in f["start"][0]]
    parents = [f["start"][0]["parent"] for i, f in runs.items() if i != batch]
    assert parents == [batch] * (len(runs) - 1)
    assert {r.run_id for r in pipeline.records} == set(runs) - {batch}
    assert facts["metrics"][0]["metrics"] == {
        "files": 2, "files_failed": 1, "rows_read": 100, "rows_result": 100,
    }  # fmt: skip
    assert tables(batch)["files"]["state"].to_list() == ["COMPLETED", "FAILED"]
    assert facts["finish"][0]["status"] == "COMPLETED"
