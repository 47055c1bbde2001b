"""The tracker: a run's start and end as OpenLineage events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from eventflow.base import BaseTracker, ComponentConfig
from eventflow.tracking import CHECKS, FEATURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import polars as pl
    from openlineage.client import OpenLineageClient

    from eventflow.tracking import Dataset
    from eventflow_openlineage.events import Told

STATES = {"COMPLETED": "COMPLETE", "CANCELLED": "ABORT"}
"""State of a run → type of its last event; any other is ``FAIL``."""


class OpenLineageTracker(BaseTracker):
    """Emits the start and the end of a run as OpenLineage events.

    The last event has what was read and written, each with its schema; the input's version, rows
    and quality checks; the output's rows, size and statistics of each column. A run within another
    names its parent. What belongs to no standard facet (parameters, tables of passes and rows) is
    left out.

    Errors: whatever the transport raises, so that the event is sent again later.
    Source: the OpenLineage specification, version 2 of its object model, through its own client.
    """

    gathers = True

    class Config(ComponentConfig):
        """Options.

        Attributes:
            namespace: Namespace of the jobs, and of data that has no place of its own.
            transport: Where events go, as OpenLineage's own configuration says it:
                ``{type: http, url: …}``, ``{type: file, log_file_path: …, append: true}``,
                ``{type: console}``; by default what its client finds, in OPENLINEAGE_URL or
                ``openlineage.yml``.
        """

        namespace: str = Field(default="eventflow", min_length=1)
        transport: dict[str, Any] | None = None

    def __init__(self, **options: Any) -> None:
        """The client is not imported before a run starts."""
        super().__init__(**options)
        self._client: OpenLineageClient | None = None
        self._told: Told | None = None

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        """Emit START."""
        self.resume(run_id, name, started_at, parent)
        self._emit("START", started_at)

    def resume(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        """Know which run it is; its START was emitted before."""
        from openlineage.client import OpenLineageClient  # noqa: PLC0415 - delayed: half a second

        from eventflow_openlineage.events import Told  # noqa: PLC0415 - likewise

        transport = self.config.transport
        config = {"transport": dict(transport)} if transport is not None else None
        self._client = OpenLineageClient(config=config)
        self._told = Told(
            namespace=self.config.namespace,
            run_id=run_id,
            name=name,
            started_at=started_at,
            parent=parent,
        )

    def labels(self, labels: Mapping[str, str]) -> None:
        """Keep labels, as tags of the run."""
        self._open.labels.update(labels)

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Keep the numbers of the whole run."""
        if step is None:
            self._open.numbers.update(metrics)

    def table(self, name: str, rows: pl.DataFrame) -> None:
        """Keep the quality checks, and the statistics of columns."""
        if name in {CHECKS, FEATURES}:
            self._open.tables[name] = rows

    def lineage(self, inputs: Sequence[Dataset], outputs: Sequence[Dataset]) -> None:
        """Keep what was read and written."""
        self._open.inputs, self._open.outputs = tuple(inputs), tuple(outputs)

    def finish(self, status: str) -> None:
        """Emit the last event; without a run that was started, do nothing."""
        if self._told is None:
            return
        self._emit(STATES.get(status, "FAIL"), self.told_at or self._told.started_at)
        if self._client is not None:
            self._client.close()
        self._client = self._told = None

    def _emit(self, kind: str, at: datetime) -> None:
        from eventflow_openlineage.events import event  # noqa: PLC0415 - delayed, as in `resume`

        if self._client is not None:
            self._client.emit(event(self._open, kind, at))

    @property
    def _open(self) -> Told:
        if self._told is None:
            msg = "the tracker was not started"
            raise RuntimeError(msg)
        return self._told
