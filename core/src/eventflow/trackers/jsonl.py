"""The built-in tracker: one JSON line per fact, in one file per run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from eventflow.base import BaseTracker, ComponentConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from eventflow.tracking import Dataset


class JsonlTracker(BaseTracker):
    """Writes ``<path>/<run id>.jsonl``: a line for each thing that a run tells.

    Each line is a JSON object with ``at`` (UTC), ``kind`` and the fact; it is flushed at once, so
    that a killed run leaves what it had recorded. Tables are lists of rows.
    """

    local = True

    class Config(ComponentConfig):
        """Options of the JSONL tracker.

        Attributes:
            path: Folder for the files; made when missing.
        """

        path: Path = Path(".eventflow/tracking")

    def __init__(self, **options: Any) -> None:
        """Nothing is opened before a run starts."""
        super().__init__(**options)
        self._file: BinaryIO | None = None

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        """Open the run's file."""
        self._open(run_id)
        within = {"parent": parent} if parent else {}
        self._write("start", run_id=run_id, name=name, started_at=started_at, **within)

    def resume(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        """Open the run's file again."""
        del name, started_at, parent
        self._open(run_id)

    def labels(self, labels: Mapping[str, str]) -> None:
        """Record words by which runs are found."""
        self._write("labels", labels=labels)

    def params(self, params: Mapping[str, Any]) -> None:
        """Record parameters."""
        self._write("params", params=params)

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers."""
        self._write("metrics", metrics=metrics, step=step)

    def table(self, name: str, rows: pl.DataFrame) -> None:
        """Record a small table."""
        self._write("table", name=name, rows=rows.to_dicts())

    def figure(self, name: str, markup: str) -> None:
        """Record a picture, as SVG or HTML."""
        self._write("figure", name=name, markup=markup)

    def lineage(self, inputs: Sequence[Dataset], outputs: Sequence[Dataset]) -> None:
        """Record what was read and written."""
        self._write("lineage", inputs=inputs, outputs=outputs)

    def artifact(self, path: Path, name: str) -> None:
        """Record where a file is; of one that has another name than its own, the name alone.

        The name then is what may be shown of a path that holds a secret.
        """
        place = {"path": str(path)} if name == path.name else {}
        self._write("artifact", name=name, **place)

    def finish(self, status: str) -> None:
        """Record the end and close the file; without a run that was started, do nothing."""
        if self._file is None:
            return
        self._write("finish", status=status)
        self._file.close()
        self._file = None

    def _open(self, run_id: str) -> None:
        self.config.path.mkdir(parents=True, exist_ok=True)
        self._file = (self.config.path / f"{run_id}.jsonl").open("ab")

    def _write(self, kind: str, **fact: Any) -> None:
        if self._file is None:
            msg = "the tracker was not started"
            raise RuntimeError(msg)
        line = {"at": datetime.now(UTC), "kind": kind, **fact}
        self._file.write(msgspec.json.encode(line, enc_hook=str) + b"\n")
        self._file.flush()
