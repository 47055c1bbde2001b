"""A tracker whose server is a folder: it is up while the folder is there."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path  # noqa: TC003 - pydantic reads it at run time
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr  # noqa: TC002 - pydantic reads it at run time

from eventflow.base import BaseTracker, ComponentConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from threading import Event

    import polars as pl

    from eventflow.tracking import Dataset


class ServedTracker(BaseTracker):
    """Adds a line for each call to the file of its run; raises while the server is down."""

    name = "served"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            server: The folder.
            token: A secret.
        """

        server: Path
        token: SecretStr | None = None

    held: Event | None = None
    _run: str | None = None

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        self._run = run_id
        self._add("start", name, started_at.isoformat(), parent)

    def resume(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        self._run = run_id

    def params(self, params: Mapping[str, Any]) -> None:
        self._add("params", dict(params))

    def labels(self, labels: Mapping[str, str]) -> None:
        self._add("labels", dict(labels))

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        self._add("metrics", dict(metrics), step)

    def table(self, name: str, rows: pl.DataFrame) -> None:
        self._add("table", name, rows.to_dicts())

    def figure(self, name: str, markup: str) -> None:
        self._add("figure", name, markup)

    def lineage(self, inputs: Sequence[Dataset], outputs: Sequence[Dataset]) -> None:
        self._add("lineage", [d.uri for d in inputs], [d.uri for d in outputs])

    def artifact(self, path: Path, name: str) -> None:
        self._add("artifact", name, path.read_text(encoding="utf-8"))

    def finish(self, status: str) -> None:
        if self._run is not None:
            self._add("finish", status)
        self._run = None

    def _add(self, *line: Any) -> None:
        if ServedTracker.held is not None:
            ServedTracker.held.wait()
        if not self.config.server.is_dir():
            msg = "the server is down"
            raise ConnectionError(msg)
        secret = self.config.token.get_secret_value() if self.config.token else None
        with (self.config.server / f"{self._run}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps([*line, secret], default=str) + "\n")


class ApartTracker(ServedTracker):
    """One that another process tells: it says which, and waits while the server is busy."""

    name = "apart"
    apart = True

    def _add(self, *line: Any) -> None:
        while (self.config.server / "busy").exists():
            time.sleep(0.01)
        super()._add(*line)
        who = {"pid": os.getpid(), "priority": os.getpriority(os.PRIO_PROCESS, 0)}
        aside = self.config.server / ".who.json"
        aside.write_text(json.dumps(who), encoding="utf-8")
        aside.replace(self.config.server / "who.json")


def lines(server: Path, run_id: str) -> list[list[Any]]:
    """Return what the server was told of a run."""
    path = server / f"{run_id}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def calls(server: Path, run_id: str) -> list[str]:
    """Return the names of the calls that the server got, in order."""
    return [line[0] for line in lines(server, run_id)]
