"""The tracker: what a run tells, in the words of Weights & Biases."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from attrs import asdict
from pydantic import Field, SecretStr

from eventflow.base import BaseTracker, ComponentConfig
from eventflow_wandb.reach import ask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import polars as pl
    import wandb

    from eventflow.tracking import Dataset

SERVER = "https://api.wandb.ai"
"""Where runs go unless the environment or the options say otherwise."""

STEP = "pass"
"""Number under which the numbers of a pass are drawn."""

_NOT_IN_NAMES = re.compile(r"[^\w.\-]+", re.ASCII)


class WandbTracker(BaseTracker):
    """Records runs in Weights & Biases: configuration, numbers, tables, figures and artifacts.

    A run of Eventflow is the run of the same id. Runs within another are a group of the other's id.
    Numbers of a pass are its history, drawn over `pass`; all other numbers are its summary.

    Errors: whatever wandb raises; ConnectionError when the server does not answer at the start, and
    PermissionError when there is no key for it.
    Source: the Python SDK of Weights & Biases.
    """

    apart = True

    class Config(ComponentConfig):
        """Options.

        Attributes:
            project: Project the runs belong to; the pipeline's name by default.
            entity: User or team; the key's own by default.
            mode: ``online``, or ``offline``: everything goes to files, for ``wandb sync``.
            path: Folder for the files; wandb makes a folder ``wandb`` in it.
            base_url: Address of the server, from WANDB_BASE_URL by default.
            api_key: Key for the server; from WANDB_API_KEY, or what ``wandb login`` keeps, by
                default.
            patience_seconds: How long the server may take to answer at the start of a run.
        """

        project: str | None = None
        entity: str | None = None
        mode: Literal["online", "offline"] = "online"
        path: Path = Path(".eventflow")
        base_url: str | None = None
        api_key: SecretStr | None = None
        patience_seconds: float = Field(default=5.0, gt=0)

    def __init__(self, **options: Any) -> None:
        """The SDK is not imported before a run starts."""
        super().__init__(**options)
        self._run: wandb.Run | None = None
        self._name = ""

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        """Begin the run of this id, or go on with it; `resume` does the same."""
        self._run = None
        if self.config.mode == "online":
            ask(self._server, self.config.patience_seconds, self._key)
        import wandb  # noqa: PLC0415 - delayed: it takes seconds

        self.config.path.mkdir(parents=True, exist_ok=True)
        self._name = _plain(name) or "run"
        self._run = wandb.init(
            id=_plain(run_id),
            name=name,
            project=self.config.project or self._name,
            entity=self.config.entity,
            group=parent,
            job_type="eventflow",
            config={"eventflow.started_at": started_at.isoformat()},
            mode=self.config.mode,
            dir=str(self.config.path.absolute()),  # the SDK's process stands elsewhere
            resume="allow" if self.config.mode == "online" else None,
            reinit="create_new",
            settings=self._settings(),
        )
        self._run.define_metric("pass_*", step_metric=STEP)

    def params(self, params: Mapping[str, Any]) -> None:
        """Record parameters as the run's configuration."""
        told = {key: _value(value) for key, value in params.items()}
        self._open.config.update(told, allow_val_change=True)  # type: ignore[no-untyped-call] # theirs

    def labels(self, labels: Mapping[str, str]) -> None:
        """Record labels as configuration ``eventflow.…``."""
        self.params({f"eventflow.{key}": label for key, label in labels.items()})

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers: those of a step in the history, under their moment, others as summary."""
        told = {key: float(number) for key, number in metrics.items()}
        if step is None:
            self._open.summary.update(told)
            return
        at = {"_timestamp": self.told_at.timestamp()} if self.told_at else {}
        self._open.log({**told, STEP: step, **at})

    def table(self, name: str, rows: pl.DataFrame) -> None:
        """Record a table."""
        import wandb  # noqa: PLC0415 - delayed, as in `start`

        cells = [[_value(cell) for cell in row] for row in rows.iter_rows()]
        table = wandb.Table(
            columns=list[str | int](rows.columns), data=cells, allow_mixed_types=True
        )
        self._open.log({f"tables/{name}": table})

    def figure(self, name: str, markup: str) -> None:
        """Record a picture."""
        import wandb  # noqa: PLC0415 - delayed, as in `start`

        self._open.log({f"figures/{name}": wandb.Html(markup, inject=False, data_is_not_path=True)})

    def artifact(self, path: Path, name: str) -> None:
        """Record a file as an artifact; one that is gone, or may not be named, is left out."""
        if path.exists() and name == path.name:
            self._log(path, name)

    def lineage(self, inputs: Sequence[Dataset], outputs: Sequence[Dataset]) -> None:
        """Record what was read and written as the artifact ``lineage.json``."""
        both = {"inputs": inputs, "outputs": outputs}
        told = {side: [asdict(data) for data in found] for side, found in both.items()}
        with TemporaryDirectory(prefix="eventflow-wandb-") as folder:
            path = Path(folder, "lineage.json")
            path.write_text(json.dumps(told, indent=2), encoding="utf-8")
            self._log(path, path.name)

    def finish(self, status: str) -> None:
        """End the run; without one that was started, do nothing."""
        run, self._run = self._run, None
        if run is not None:
            run.summary.update({"status": status})
            run.finish(exit_code=0 if status == "COMPLETED" else 1)

    def _log(self, path: Path, name: str) -> None:
        """Log a file as an artifact, which keeps a copy."""
        import wandb  # noqa: PLC0415 - delayed, as in `start`

        artifact = wandb.Artifact(_plain(f"{self._name}-{name}"), type="eventflow")
        if path.is_dir():
            artifact.add_dir(str(path), policy="mutable")
        else:
            artifact.add_file(str(path), name=name, policy="mutable")
        self._open.log_artifact(artifact)

    def _settings(self) -> wandb.Settings:
        """Return settings that leave the host program alone: its output, its repository, its code.

        What Weights & Biases would collect of the machine is left to Eventflow's own labels.
        """
        import wandb  # noqa: PLC0415 - delayed, as in `start`

        chosen = {"base_url": self.config.base_url, "api_key": self._key}
        return wandb.Settings(
            console="off",
            silent=True,
            disable_git=True,
            disable_code=True,
            disable_job_creation=True,
            x_disable_stats=True,
            x_disable_meta=True,
            init_timeout=self.config.patience_seconds,
            **{name: value for name, value in chosen.items() if value},
        )

    @property
    def _server(self) -> str:
        return str(self.config.base_url or os.environ.get("WANDB_BASE_URL") or SERVER)

    @property
    def _key(self) -> str | None:
        key = self.config.api_key
        return key.get_secret_value() if key else os.environ.get("WANDB_API_KEY")

    @property
    def _open(self) -> wandb.Run:
        if self._run is None:
            msg = "the tracker was not started"
            raise RuntimeError(msg)
        return self._run


def _plain(name: str) -> str:
    """Return a name of letters, digits, dots, dashes and underscores."""
    return _NOT_IN_NAMES.sub("-", name).strip("-")[:120]


def _value(value: Any) -> Any:
    """Return a value as JSON has it; what it lacks becomes text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 2**53 else str(value)
    return value if value is None or isinstance(value, (bool, str)) else str(value)
