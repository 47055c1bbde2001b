"""Every law of a tracker, on a file of runs."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from mlflow import MlflowClient

from eventflow.testing import contract
from eventflow_mlflow.tracker import MlflowTracker


@cache
def _options() -> dict[str, Any]:
    """Make one file of runs for all checks: making its tables takes seconds."""
    folder = Path(mkdtemp(prefix="eventflow-mlflow-"))
    uri = f"sqlite:///{folder}/runs.db"
    MlflowClient(uri).create_experiment("contract", str(folder / "files"))
    return {"uri": uri, "experiment": "contract"}


def _recorded(folder: Path) -> dict[str, str]:
    client = MlflowClient(_options()["uri"])
    experiment = client.get_experiment_by_name("contract")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    return {run.data.tags["eventflow.run_id"]: json.dumps(run.to_dictionary()) for run in runs}


TestMlflowTracker = contract(
    MlflowTracker, config=lambda _: _options(), recorded=_recorded, level=1
)
