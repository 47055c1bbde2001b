"""The tracker: what a run tells, in MLflow's words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from attrs import asdict
from pydantic import Field

from eventflow.base import BaseTracker, ComponentConfig
from eventflow_mlflow.names import batches, clean, milliseconds, plain_rows, value
from eventflow_mlflow.reach import ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from eventflow.tracking import Dataset
    from eventflow_mlflow.store import Store

STATES = {"COMPLETED": "FINISHED", "CANCELLED": "KILLED"}
"""State of a run → status in MLflow; any other is ``FAILED``."""

PREFIX = "eventflow."
"""What labels begin with among MLflow's tags."""


class MlflowTracker(BaseTracker):
    """Records runs in MLflow: parameters, metrics with steps, tags, tables, files and datasets.

    Each run of Eventflow is one run of MLflow, found by its tag ``eventflow.run_id``, so that what
    is sent later, or twice, goes to the same run. A run within another is nested in it. Tables are
    files under ``tables/`` that MLflow shows as tables, lineage is MLflow's dataset inputs and
    ``lineage.json``, and the fitted pipeline is a model in the pyfunc flavour.

    Errors: whatever MLflow raises; ConnectionError when a server does not answer at the start.
    Source: the REST API of MLflow 3.
    """

    apart = True

    class Config(ComponentConfig):
        """Options.

        Attributes:
            uri: Where runs are kept: ``http://…``, ``sqlite:///runs.db``, or what MLflow itself
                takes by default, from MLFLOW_TRACKING_URI.
            experiment: Experiment the runs belong to; the pipeline's name by default.
            model: Name of the model that a completed run leaves; null leaves none.
            patience_seconds: How long a server may take to answer at the start of a run.
        """

        uri: str | None = None
        experiment: str | None = None
        model: str | None = "pipeline"
        patience_seconds: float = Field(default=5.0, gt=0)

    def __init__(self, **options: Any) -> None:
        """MLflow is not imported before a run starts."""
        super().__init__(**options)
        self._store: Store | None = None

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        """Find the run, or make it; `resume` does the same."""
        self._store = None
        ask(self.config.uri, self.config.patience_seconds)
        from eventflow_mlflow.store import Store  # noqa: PLC0415 - delayed: MLflow takes seconds

        store = Store.at(self.config.uri)
        experiment = self.config.experiment or name
        self._store = store.opened(experiment, run_id, name, milliseconds(started_at), parent)

    def params(self, params: Mapping[str, Any]) -> None:
        """Record parameters, a hundred at a time; what is longer than MLflow takes is cut."""
        told = {clean(key): value(item) for key, item in params.items()}
        for part in batches(told, 100):
            self._open.log(params=part)

    def labels(self, labels: Mapping[str, str]) -> None:
        """Record labels as tags ``eventflow.…``."""
        told = {PREFIX + clean(key): value(label) for key, label in labels.items()}
        for part in batches(told, 100):
            self._open.log(tags=part)

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers under the moment at which they were told."""
        told = {clean(key): float(number) for key, number in metrics.items()}
        for part in batches(told, 1000):
            self._open.log(metrics=part, step=step or 0, at=milliseconds(self.told_at))

    def table(self, name: str, rows: pl.DataFrame) -> None:
        """Record a table as ``tables/NAME.json``, which MLflow shows as one."""
        self._open.table(f"tables/{clean(name)}.json", plain_rows(rows))

    def figure(self, name: str, markup: str) -> None:
        """Record a picture as ``figures/NAME``."""
        self._open.text(f"figures/{clean(name)}", markup)

    def artifact(self, path: Path, name: str) -> None:
        """Record a file; one that is gone, or whose path may not be shown, is left out."""
        if path.exists() and name == path.name:
            self._open.file(path)

    def lineage(self, inputs: Sequence[Dataset], outputs: Sequence[Dataset]) -> None:
        """Record what was read as inputs, and everything in ``lineage.json``."""
        self._open.inputs(inputs)
        both = {"inputs": inputs, "outputs": outputs}
        told = {side: [asdict(data) for data in found] for side, found in both.items()}
        self._open.text("lineage.json", json.dumps(told, indent=2))

    def finish(self, status: str) -> None:
        """Leave the model of a completed run, and end the run; without a run, do nothing."""
        if self._store is None:
            return
        if status == "COMPLETED" and self.config.model is not None:
            self._store.model(self.config.model)
        self._store.ended(STATES.get(status, "FAILED"), milliseconds(self.told_at))
        self._store = None

    @property
    def _open(self) -> Store:
        if self._store is None:
            msg = "the tracker was not started"
            raise RuntimeError(msg)
        return self._store
