"""What it costs a run to be observed: MLflow and Redis attached, and both of them dead.

Whole processes, ``eventflow run`` on 5 million customers. CPU counts everything that a run starts,
what outlives it too; the servers are other processes, at low priority: they would be another
machine's.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import customers
import polars as pl
from harness import Contestant, compete, interpreter, ratio
from polars.testing import assert_frame_equal
from redis import Redis
from servers import free_port, mlflow_server, redis_server

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROWS = 5_000_000
LAUNCH = Path(__file__).with_name("launch_tree.py")
PLANS = ["free", "basic", "pro", "enterprise"]


def bench(folder: Path, *, rounds: int = 7) -> Iterable[str]:
    """Time a run with none, with both, with either, and with both dead; results must be equal."""
    python = interpreter("mlflow")
    if python is None:
        yield "\nobserved runs: MLflow's server is not installed"
        return
    customers.write(folder / "observed.csv", ROWS)
    with mlflow_server(python, folder) as mlflow, redis_server(folder) as port:
        alive = {"mlflow": mlflow, "redis": f"redis://127.0.0.1:{port}"}
        nobody = free_port()
        dead = {"mlflow": f"http://127.0.0.1:{nobody}", "redis": f"redis://127.0.0.1:{nobody}"}
        alone = _contestant(folder, "alone", {})
        observed = [
            _contestant(folder, "both", alive),
            _contestant(folder, "mlflow", {"mlflow": mlflow}),
            _contestant(folder, "redis", {"redis": alive["redis"]}),
            _contestant(folder, "dead", dead),
        ]
        compete([alone, *observed], folder, rounds=rounds)
        told = 2 * (rounds + 1)  # two contestants are told to each server
        _check_mlflow(mlflow, told)
        _check_redis(port, told)
    for contestant in observed:
        assert_frame_equal(_result(folder, contestant.name), _result(folder, "alone"))
    yield from _table([alone, *observed], against=alone)


def _contestant(folder: Path, name: str, servers: Mapping[str, str]) -> Contestant:
    config: dict[str, Any] = {
        "name": "observed",
        "source": {"use": "csv", "path": "observed.csv"},
        "quality": {"minimum_score": 80},
        "blueprint": {"use": "customer_churn", "as_of": "2024-12-10", "plans": PLANS},
        "sink": {"use": "parquet", "path": f"{name}.parquet"},
        "runs": {"path": f"{name}-runs"},
    }
    if "mlflow" in servers:
        config["trackers"] = [{"use": "mlflow", "uri": servers["mlflow"]}]
    if "redis" in servers:
        config["transport"] = {"use": "redis", "url": servers["redis"]}
    (folder / f"{name}.yaml").write_text(json.dumps(config))
    command = str(Path(sys.executable).parent / "eventflow")
    return Contestant(name, [command, "run", f"{name}.yaml"], launch=LAUNCH)


def _result(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_parquet(folder / f"{name}.parquet").sort("customer_id")


def _check_mlflow(address: str, runs: int) -> None:
    """Make sure that the server has every run whole: its end, its numbers and its model."""
    ours = _asked(address, "experiments/get-by-name?experiment_name=observed")["experiment"]
    wanted = {"experiment_ids": [ours["experiment_id"]], "max_results": 1000}
    found = _asked(address, "runs/search", wanted)["runs"]
    for run in found:
        numbers = {m["key"]: m["value"] for m in run["data"]["metrics"]}
        tags = {t["key"] for t in run["data"]["tags"]}
        if run["info"]["status"] != "FINISHED" or numbers["rows_result"] != ROWS:
            _differ(f"MLflow's run {run['info']['run_id']} is not whole")
        if "eventflow.model_id" not in tags:
            _differ(f"MLflow's run {run['info']['run_id']} has no model")
    if len(found) != runs:
        _differ(f"MLflow has {len(found)} runs, not {runs}")


def _check_redis(port: int, runs: int) -> None:
    """Make sure that the server has the end of every run."""
    client: Any = Redis(port=port)
    events = b"".join(field for key in client.scan_iter() for field in _fields(client, key))
    if events.count(b"pipeline.completed") < runs:
        _differ(f"Redis has {events.count(b'pipeline.completed')} ends of {runs} runs")


def _fields(client: Any, key: bytes) -> Sequence[bytes]:
    if client.type(key) != b"stream":
        return []
    return [name for _, fields in client.xrange(key) for name in fields]


def _asked(address: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    words = {"Content-Type": "application/json"}
    request = Request(f"{address}/api/2.0/mlflow/{path}", data, words)  # noqa: S310 - our own http
    with urlopen(request) as answer:  # noqa: S310 - our own http
        return json.load(answer)


def _differ(why: str) -> None:
    raise AssertionError(why)


def _table(contestants: Sequence[Contestant], *, against: Contestant) -> Iterable[str]:
    yield f"\n## Observed runs, {ROWS:,} customers, CSV to Parquet, whole processes"
    yield f"{len(against.seconds)} interleaved rounds; ratios are medians of pairs\n"
    yield "| told to | seconds | ratio | CPU s of the run | ratio | CPU s of all | all done, s |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for c in contestants:
        yield (
            f"| {c.name} | {median(c.seconds):.3f} | {ratio(c.seconds, against.seconds)} "
            f"| {median(c.own):.2f} | {ratio(c.own, against.own)} "
            f"| {median(c.cpu):.2f} | {median(c.settled):.2f} |"
        )
