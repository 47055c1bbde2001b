"""One definition: a file, a dictionary, steps in Python, sync, async and the facade agree."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
import yaml

import eventflow
from eventflow.blueprint import Binding
from eventflow.facade import DataPipeline
from eventflow.pipeline import Pipeline
from eventflow.plugins import PluginHost
from eventflow_datasets.retail import OnlineRetail
from law_kit import MAIN_JOB, assert_same_features, counted, inside

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eventflow.runs.result import RunResult

DEFINITION = """\
name: customers
source: {use: csv, path: customers.csv}
quality: {}
blueprint: {use: customer_churn, as_of: 2020-06-01}
"""
HEADER = "customer_id,last_activity_date,account_created_date,total_value,plan_type"
LINES = [
    f"{n:04},2020-05-{1 + n % 28:02},2019-0{1 + n % 9}-01,{n * 7 % 101},{('free', 'basic')[n % 2]}"
    for n in range(300)
]


@pytest.fixture
def customers(here: Path) -> Path:
    """A customer table; some customers are active too late, one line is too short."""
    lines = [HEADER, *LINES, "late,2020-07-01,2019-01-01,5,free", "short,2020-05-01", ""]
    (here / "pipeline.yaml").write_text(DEFINITION, encoding="utf-8")
    (here / "customers.csv").write_text("\n".join(lines), encoding="utf-8")
    return here / "customers.csv"


def assert_equal(ours: RunResult, theirs: RunResult) -> None:
    """Compare rows by key, ledger and quality."""
    assert ours.data is not None
    assert theirs.data is not None
    assert_same_features(ours.data, theirs.data, "customer_id")
    assert counted(ours) == counted(theirs)
    assert ours.quality == theirs.quality


def test_a_dictionary_says_what_the_file_says(here: Path, main_job: RunResult) -> None:
    """The main job from its YAML file and as the same dictionary."""
    written = yaml.safe_load(MAIN_JOB.read_text(encoding="utf-8"))
    assert_equal(eventflow.run(written, overrides=inside(here)), main_job)


def test_steps_made_by_hand_give_the_same_rows(main_job: RunResult) -> None:
    """The main job's steps and blueprint, built in Python from the options in its file."""
    host = PluginHost()
    written: dict[str, Any] = yaml.safe_load(MAIN_JOB.read_text(encoding="utf-8"))

    def made(kind: Any, options: dict[str, Any]) -> Any:
        return host.load(host.find(kind, options.pop("use")))(**options)

    cleaned = Pipeline([made("step", options) for options in written["steps"]]).run(
        OnlineRetail().scan()
    )
    moment = datetime.fromisoformat(str(written["blueprint"].pop("as_of"))).replace(tzinfo=UTC)
    blueprint = made("blueprint", written["blueprint"])
    found = blueprint.compatibility(cleaned.schema, cleaned.columns())
    binding = Binding(columns=found.columns, as_of=moment, schema=cleaned.schema)
    features = Pipeline(blueprint.steps(binding)).run(cleaned)
    assert main_job.data is not None
    assert_same_features(features.collect(), main_job.data, "customer_id")


async def test_sync_async_and_facade_give_the_same(customers: Path) -> None:
    """One customer file through `run`, `run_async` and `DataPipeline.process_file`."""
    plain = await asyncio.to_thread(eventflow.run, "pipeline.yaml")
    other = await eventflow.run_async("pipeline.yaml")
    data, state = await DataPipeline().process_file(
        file_path=customers, blueprint_name="customer_churn", as_of="2020-06-01"
    )
    assert_equal(other, plain)
    assert plain.data is not None
    assert plain.data.height == len(LINES)
    assert_same_features(data, plain.data, "customer_id")
    assert state.record.ledger is not None
    assert state.record.ledger.read == plain.ledger.read == len(LINES) + 2
    assert state.feature_engineering.features_created == plain.features_created


async def test_runs_at_once_do_not_disturb_each_other(customers: Path) -> None:
    """Six runs of one definition in one process: the same rows, each with its own record."""
    results = await asyncio.gather(*(eventflow.run_async("pipeline.yaml") for _ in range(6)))
    assert len({result.run_id for result in results}) == len(results)
    for result in results[1:]:
        assert_equal(result, results[0])


def test_what_a_sink_writes_is_what_python_gets(customers: Path) -> None:
    """Each official file sink holds the very rows of the result."""
    read: dict[str, Callable[..., pl.DataFrame]] = {
        "csv": lambda path: pl.read_csv(path, schema_overrides={"customer_id": pl.String}),
        "ndjson": pl.read_ndjson,
        "parquet": pl.read_parquet,
        "ipc": pl.read_ipc,
    }
    assert set(read) == {ref.name for ref in PluginHost().refs("sink")}
    for name, reader in read.items():
        sink = f"sink={{use: {name}, path: out.{name}}}"
        result = eventflow.run("pipeline.yaml", overrides=(sink,))
        assert result.data is not None
        assert_same_features(reader(f"out.{name}"), result.data, "customer_id")
