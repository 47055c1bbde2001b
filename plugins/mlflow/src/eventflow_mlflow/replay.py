"""Applying a pipeline to rows in memory, with what it learned before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventflow import BaseSource, EventFrame, PluginHost
from eventflow.config.loading import resolve
from eventflow.runs import compile as compiler
from eventflow.runs.execute import Execution
from eventflow.runs.state import load_states

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    import polars as pl

_SOURCE: Final = "rows_at_hand"


class RowsAtHand(BaseSource):
    """Rows that are in memory already; set `rows` before scanning.

    Attributes:
        rows: The rows.
    """

    rows: pl.DataFrame

    def scan(self) -> EventFrame:
        """Return the rows."""
        return EventFrame.of(self.rows)

    def estimated_bytes(self) -> int:
        """Return what the rows take, which they take anyway."""
        return int(self.rows.estimated_size())


def replay(
    definition: Mapping[str, Any], rows: pl.DataFrame, as_of: datetime, state: Path | None
) -> pl.DataFrame:
    """Return what a pipeline makes of rows.

    Args:
        definition: The configuration, without source and sink.
        rows: The rows.
        as_of: The moment that features speak of.
        state: What was learned before; None when there was nothing to learn.

    Raises:
        EventflowError: The rows cannot serve the pipeline, or the state is not of this pipeline.
    """
    host = PluginHost()
    host.register(RowsAtHand, name=_SOURCE)
    bound = resolve({**definition, "source": {"use": _SOURCE}}, make_host=lambda _: host)
    bound.source.component.rows = rows
    prepared = compiler.prepare(bound, as_of=as_of, state=state)
    execution = Execution(
        bound.engine.component,
        prepared.frame,
        estimated_bytes=bound.source.component.estimated_bytes(),
        states=load_states(state, prepared.nodes) if state else {},
        learns=state is None,
        source=bound.source,
    )
    execution.steps(prepared.steps)
    rest = compiler.bind_rest(bound, execution.frame, as_of=as_of)
    if state is not None:
        execution.states |= load_states(state, rest.nodes)
    execution.steps(rest.nodes)
    [made] = execution.engine.gather([execution.frame.settled().lazy])
    return made
