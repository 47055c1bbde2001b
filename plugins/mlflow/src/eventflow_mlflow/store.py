"""One run in MLflow's store, through its client: nothing here touches MLflow's active run."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

from attrs import evolve, frozen
from mlflow import MlflowClient
from mlflow.entities import Dataset as MlflowDataset
from mlflow.entities import DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from eventflow.tracking import CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow.entities import Run

    from eventflow.tracking import Dataset

RUN_ID = "eventflow.run_id"
"""Tag by which a run is found again."""

_TABLES = "mlflow.loggedArtifacts"
_PARENT = "mlflow.parentRunId"
_CONTEXT = "mlflow.data.context"
_TYPES = {
    "str": "string", "bool": "boolean", "date": "datetime", "f32": "float", "f64": "double",
    "i8": "integer", "i16": "integer", "i32": "integer", "u8": "integer", "u16": "integer",
    "i64": "long", "u32": "long", "u64": "long", "binary": "binary",
}  # fmt: skip


@frozen
class Store:
    """A run, and the client that reaches it.

    Attributes:
        client: The client.
        run_id: MLflow's id of the run; empty before there is one.
        experiment_id: Its experiment.
    """

    client: MlflowClient
    run_id: str = ""
    experiment_id: str = ""

    @classmethod
    def at(cls, uri: str | None) -> Self:
        """Return the store at an address."""
        return cls(MlflowClient(tracking_uri=uri))

    def opened(
        self, experiment: str, run_id: str, name: str, started_at: int, parent: str | None
    ) -> Store:
        """Return the run of Eventflow's id; it is made if it is not there, else it goes on."""
        store = evolve(self, experiment_id=self._experiment(experiment))
        found = store.find(run_id)
        if found is None:
            tags = {RUN_ID: run_id, "mlflow.source.type": "JOB", "mlflow.source.name": "eventflow"}
            if parent is not None:
                tags |= store.within(parent)
            found = self.client.create_run(store.experiment_id, started_at, tags, name)
        return evolve(store, run_id=found.info.run_id)

    def find(self, run_id: str) -> Run | None:
        """Return the run of Eventflow's id, in any experiment."""
        experiments = [e.experiment_id for e in self.client.search_experiments()]
        wanted = f"tags.`{RUN_ID}` = '{run_id}'"
        return next(iter(self.client.search_runs(experiments, wanted, max_results=1)), None)

    def within(self, parent: str) -> dict[str, str]:
        """Return the tags of a run within another; MLflow nests it if it knows the other."""
        found = self.find(parent)
        tags = {"eventflow.parent": parent}
        return tags | ({_PARENT: found.info.run_id} if found else {})

    def log(
        self,
        *,
        params: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        metrics: Mapping[str, float] | None = None,
        step: int = 0,
        at: int = 0,
    ) -> None:
        """Record a part that MLflow takes at once."""
        self.client.log_batch(
            self.run_id,
            metrics=[Metric(key, number, at, step) for key, number in (metrics or {}).items()],
            params=[Param(key, text) for key, text in (params or {}).items()],
            tags=[RunTag(key, text) for key, text in (tags or {}).items()],
        )

    def table(self, path: str, rows: Mapping[str, Any]) -> None:
        """Record a table, in place of one of the same name, and have MLflow show it."""
        self.client.log_dict(self.run_id, dict(rows), path)
        tags = self.client.get_run(self.run_id).data.tags
        known = json.loads(tags.get(_TABLES, "[]"))
        entry = {"path": path, "type": "table"}
        if entry not in known:
            self.client.set_tag(self.run_id, _TABLES, json.dumps([*known, entry]))

    def text(self, path: str, text: str) -> None:
        """Record a text as a file."""
        self.client.log_text(self.run_id, text, path)

    def file(self, path: Path) -> None:
        """Record a file, or a folder."""
        if path.is_dir():
            self.client.log_artifacts(self.run_id, str(path), path.name)
        else:
            self.client.log_artifact(self.run_id, str(path))

    def inputs(self, inputs: Sequence[Dataset]) -> None:
        """Record what was read as dataset inputs."""
        found = [DatasetInput(_dataset(data), [InputTag(_CONTEXT, data.role)]) for data in inputs]
        if found:
            self.client.log_inputs(self.run_id, found)

    def model(self, name: str) -> None:
        """Leave the fitted pipeline as a model, made of what the run has recorded so far.

        A run that has its model already gets no second one.
        """
        from eventflow_mlflow import model  # noqa: PLC0415 - delayed: seconds more of MLflow

        run = self.client.get_run(self.run_id)
        wanted = f"name = '{name}' AND source_run_id = '{self.run_id}'"
        if self.client.search_logged_models([self.experiment_id], filter_string=wanted):
            return
        with TemporaryDirectory(prefix="eventflow-model-") as folder:
            files = Path(folder, "files")
            files.mkdir()
            for wanted in model.FILES:
                self._fetch(wanted, files)
            if not (files / CONFIG).is_file():
                return
            saved = Path(folder, "model")
            model.save(saved, files, run.data.tags.get("eventflow.as_of"))
            self._leave(name, saved)

    def ended(self, status: str, at: int) -> None:
        """Say how the run ended, and when."""
        self.client.set_terminated(self.run_id, status, at)

    def _leave(self, name: str, saved: Path) -> None:
        made = self.client.create_logged_model(
            self.experiment_id, name=name, source_run_id=self.run_id, model_type="eventflow"
        )
        self.client.log_model_artifacts(made.model_id, str(saved))
        self.client.finalize_logged_model(made.model_id, "READY")
        self.client.set_tag(self.run_id, "eventflow.model_id", made.model_id)

    def _fetch(self, name: str, folder: Path) -> None:
        there = {file.path for file in self.client.list_artifacts(self.run_id)}
        if name in there:
            self.client.download_artifacts(self.run_id, name, str(folder))

    def _experiment(self, name: str) -> str:
        found = self.client.get_experiment_by_name(name)
        if found is None:
            try:
                return str(self.client.create_experiment(name))
            except MlflowException:  # another run of the same name was faster
                found = self.client.get_experiment_by_name(name)
                if found is None:
                    raise
        return str(found.experiment_id)


def _dataset(data: Dataset) -> MlflowDataset:
    """Return a dataset in MLflow's words; its digest is of what tells that the data changed."""
    digest = hashlib.sha256((data.fingerprint or data.uri).encode()).hexdigest()
    spec = [{"name": name, "type": _TYPES.get(dtype, "string")} for name, dtype in data.columns]
    kind = "http" if data.uri.startswith(("http://", "https://")) else "local"
    return MlflowDataset(
        name=data.name,
        digest=digest[:16],
        source_type=kind,
        source=json.dumps({"uri": data.uri}),
        schema=json.dumps({"mlflow_colspec": spec}) if spec else None,
        profile=json.dumps({"num_rows": data.rows}) if data.rows is not None else None,
    )
