"""The fitted pipeline as a model: the configuration and the state of a run, no pickle."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import mlflow.pyfunc
import polars as pl
import yaml
from attrs import frozen

from eventflow.runs.at_hand import execute_on
from eventflow.tracking import CONFIG, STATE

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd  # type: ignore[import-untyped] # pandas ships no types

LINEAGE: Final = "lineage.json"
FILES: Final = (CONFIG, STATE, LINEAGE)
"""What a model is made of."""

_PARTS: Final = ("name", "schema", "steps", "blueprint", "as_of", "seed", "plugins", "engine")


@frozen
class FeaturePipeline:
    """Makes of new rows the columns that its run made, with what the run learned.

    Attributes:
        definition: The parts of the configuration that make columns.
        state: What was learned; None when nothing was.
        as_of: The moment of the run; None when time meant nothing to it.
    """

    definition: dict[str, Any]
    state: Path | None
    as_of: datetime | None

    def predict(
        self, rows: pd.DataFrame | pl.DataFrame, params: Mapping[str, Any] | None = None
    ) -> pd.DataFrame | pl.DataFrame:
        """Return the result's columns for these rows.

        Args:
            rows: The columns that the pipeline reads, as its source delivers them.
            params: ``as_of``, the moment that features speak of, in place of the run's.

        Returns:
            Polars for Polars, pandas for pandas; a pipeline that folds rows returns a row for each
            group, and rows may come in any order.

        Raises:
            EventflowError: The rows cannot serve the pipeline.
        """
        given = (params or {}).get("as_of")
        as_of = _moment(str(given)) if given else self.as_of
        table = rows if isinstance(rows, pl.DataFrame) else pl.from_pandas(rows)
        done = execute_on(self.definition, table, as_of=as_of, state=self.state)
        [made] = done.engine.gather([done.frame.settled().lazy])
        return made if isinstance(rows, pl.DataFrame) else made.to_pandas()


def save(folder: Path, files: Path, as_of: str | None) -> None:
    """Write the model of a run.

    Args:
        folder: Where it goes; made.
        files: Folder with those of `FILES` that the run has.
        as_of: The moment of the run, ISO 8601.
    """
    (files / "model.json").write_text(json.dumps({"as_of": as_of}), encoding="utf-8")
    mlflow.pyfunc.save_model(
        folder,
        loader_module="eventflow_mlflow.model",
        data_path=str(files),
        pip_requirements=_requirements(files),
    )


def _load_pyfunc(path: str) -> FeaturePipeline:
    """Read a model; MLflow calls this."""
    files = Path(path)
    config = yaml.safe_load((files / CONFIG).read_text(encoding="utf-8"))
    definition = {part: config[part] for part in _PARTS if part in config}
    if (files / LINEAGE).is_file():
        read = json.loads((files / LINEAGE).read_text(encoding="utf-8"))["inputs"]
        if read and read[0]["event_schema"]:
            definition["schema"] = read[0]["event_schema"]
    as_of = json.loads((files / "model.json").read_text(encoding="utf-8"))["as_of"]
    state = files / STATE
    return FeaturePipeline(
        definition, state if state.is_file() else None, _moment(as_of) if as_of else None
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _requirements(files: Path) -> list[str]:
    """Return what the model needs: this package, and the distributions its state was made by."""
    needed = {"eventflow-mlflow"}
    if (files / STATE).is_file():
        states = json.loads((files / STATE).read_text(encoding="utf-8"))["states"]
        needed |= {f"{s['distribution']}=={s['version']}" for s in states.values() if s["version"]}
    return sorted(needed)
