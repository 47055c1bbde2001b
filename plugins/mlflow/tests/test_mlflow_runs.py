"""Runs on a real MLflow server: what it shows is what the run's record says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
import polars as pl
import pytest
from mlflow import MlflowClient

import eventflow
from eventflow import DataPipeline
from eventflow.report.figures import figures
from mlflow_server import PATIENCE
from sending import sent_all

if TYPE_CHECKING:
    from mlflow.entities import Run

    from mlflow_server import Server


def found(server: Server, run_id: str) -> Run:
    """Return the one run of MLflow that has this id of ours."""
    client = MlflowClient(server.uri)
    experiments = [e.experiment_id for e in client.search_experiments()]
    [run] = client.search_runs(experiments, f"tags.`eventflow.run_id` = '{run_id}'")
    return run


def text_of(server: Server, run: Run, path: str, folder: Path) -> str:
    """Return the text of a file of a run."""
    fetched = MlflowClient(server.uri).download_artifacts(run.info.run_id, path, str(folder))
    return Path(fetched).read_text(encoding="utf-8")


def tracker(server: Server, **options: Any) -> list[dict[str, Any]]:
    """Return the section that uses the server."""
    return [{"use": "mlflow", "uri": server.uri, "experiment": "tests", **options}]


def test_a_run_is_found_in_mlflow(
    mlflow_server: Server, customers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters, numbers, steps, tags, tables, files, datasets and times; no secret."""
    monkeypatch.setenv("CANARY", "canary-90aa")
    steps = [{"use": "filter", "where": "customer_id <> '${env:CANARY}'"}]
    result = eventflow.run({**customers, "steps": steps, "trackers": tracker(mlflow_server)})
    assert not {"EF702", "EF704"} & {w.code for w in result.record.warnings}
    run, client = found(mlflow_server, result.run_id), MlflowClient(mlflow_server.uri)
    assert run.info.status == "FINISHED"
    assert abs(run.info.start_time / 1000 - result.record.started_at.timestamp()) < 1
    assert run.data.params["quality.minimum_score"] == "50"
    assert run.data.params["steps.0.where"] == "customer_id <> '${env:CANARY}'"
    assert run.data.tags["eventflow.version.polars"] == pl.__version__
    seconds = client.get_metric_history(run.info.run_id, "pass_seconds")
    told = {m.step: m.value for m in seconds}
    assert told == pytest.approx({i: p.seconds for i, p in enumerate(result.record.passes)})
    assert run.data.metrics["rows_result"] == 60
    assert run.inputs is not None
    [dataset] = run.inputs.dataset_inputs
    assert json.loads(dataset.dataset.source) == {"uri": "customers.csv"}
    assert dataset.dataset.schema is not None
    names = [c["name"] for c in json.loads(dataset.dataset.schema)["mlflow_colspec"]]
    assert names[0] == "customer_id"
    table = json.loads(text_of(mlflow_server, run, "tables/features.json", Path()))
    at = table["columns"].index("median")
    medians = [feature.median for feature in result.record.features]
    assert [row[at] for row in table["data"]] == medians
    picture = text_of(mlflow_server, run, "figures/features.svg", Path())
    assert picture == figures(result.record)["features.svg"]
    assert "input: completeness" in text_of(mlflow_server, run, "figures/quality.svg", Path())
    for path in ("config.yaml", "report.html", "lineage.json"):
        assert "canary-90aa" not in text_of(mlflow_server, run, path, Path())


def test_the_model_makes_the_same_features(
    mlflow_server: Server, customers: dict[str, Any]
) -> None:
    """Loaded by either address, of pandas or Polars, in any order: the run's own columns.

    On other rows nothing is learned anew: each gets what it gets among all.
    """
    result = eventflow.run({**customers, "trackers": tracker(mlflow_server)})
    run = found(mlflow_server, result.run_id)
    mlflow.set_tracking_uri(mlflow_server.uri)
    rows = pl.read_csv("customers.csv", try_parse_dates=True).sample(fraction=1, shuffle=True)
    assert result.data is not None
    wanted = result.data.sort("customer_id")
    model = mlflow.pyfunc.load_model(f"models:/{run.data.tags['eventflow.model_id']}")
    assert model.predict(rows).sort("customer_id").equals(wanted)
    again = mlflow.pyfunc.load_model(f"runs:/{run.info.run_id}/pipeline")
    made = pl.from_pandas(again.predict(rows.to_pandas())).sort("customer_id")
    assert made.columns == wanted.columns
    assert made["engagement_score"].to_list() == pytest.approx(wanted["engagement_score"].to_list())
    few = model.predict(rows.filter(pl.col("customer_id").is_in(["c7", "c41"])))
    assert few.sort("customer_id").equals(wanted.filter(pl.col("customer_id").is_in(["c7", "c41"])))


async def test_a_batch_is_nested(mlflow_server: Server, customers: dict[str, Any]) -> None:
    """The runs of files are children of the run of the batch."""
    pipeline = DataPipeline(trackers=tracker(mlflow_server, model=None))
    await pipeline.process_batch([("customers.csv", "customer_churn")] * 2, as_of="2020-06-01")
    assert all(sent.error is None for sent in sent_all())
    children = [found(mlflow_server, record.run_id) for record in pipeline.records]
    [parent] = {run.data.tags["mlflow.parentRunId"] for run in children}
    batch = MlflowClient(mlflow_server.uri).get_run(parent)
    assert batch.data.metrics["files"] == 2
    assert {run.data.tags["eventflow.parent"] for run in children} == {
        batch.data.tags["eventflow.run_id"]
    }
    assert "eventflow.model_id" not in children[0].data.tags


def test_a_server_that_dies_in_the_middle_gets_the_rest_later(
    mlflow_server: Server, customers: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run finishes; once the server is back, `sync` makes the record whole, once."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")  # else it tries for minutes
    died: list[bool] = []

    def kill(_: object) -> None:
        if not died:
            died.append(True)
            mlflow_server.kill()

    config = {**customers, "trackers": tracker(mlflow_server), "runs": {"trackers_wait": 0.5}}
    try:
        result = eventflow.run(config, on_pass=kill)
        assert {"EF702", "EF704"} & {w.code for w in result.record.warnings}
    finally:
        mlflow_server.start()
    assert [sent.error for sent in sent_all()] == [None]
    run, client = found(mlflow_server, result.run_id), MlflowClient(mlflow_server.uri)
    assert run.info.status == "FINISHED"
    assert run.data.metrics["rows_result"] == 60
    history = client.get_metric_history(run.info.run_id, "pass_seconds")
    assert sorted(m.step for m in history) == list(range(len(result.record.passes)))
    assert "eventflow.model_id" in run.data.tags
    assert not list(Path(".eventflow", "spool").glob("*/spool.json"))


def test_a_server_that_is_away_is_told_of_at_once(customers: dict[str, Any]) -> None:
    """MLflow would try for minutes; the tracker asks once, and its error names the host."""
    config = {
        **customers,
        "trackers": [{"use": "mlflow", "uri": "http://127.0.0.1:9"}],
        "runs": {"trackers_wait": PATIENCE},
    }
    result = eventflow.run(config)
    [warning] = [w for w in result.record.warnings if w.code == "EF702"]
    assert "no MLflow server answers at 127.0.0.1" in warning.message
    assert "eventflow runs sync" in warning.message
