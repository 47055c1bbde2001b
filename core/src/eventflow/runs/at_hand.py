"""A pipeline applied to rows that are in memory already: what models and transformers are made of.

No run is recorded, no tracker told, nothing published.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eventflow.base import BaseSource
from eventflow.config.loading import resolve
from eventflow.frame import EventFrame
from eventflow.plugins import PluginHost
from eventflow.runs import compile as compiler
from eventflow.runs.execute import Execution
from eventflow.runs.state import load_states

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import polars as pl

_SOURCE = "rows_at_hand"


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


def execute_on(  # noqa: PLR0913 - all but the first two are options
    definition: Mapping[str, Any],
    rows: pl.DataFrame,
    *,
    as_of: datetime | None = None,
    states: Mapping[str, Any] | None = None,
    state: Path | None = None,
    host: PluginHost | None = None,
) -> Execution:
    """Apply a pipeline's steps, gate and blueprint to rows.

    Args:
        definition: The configuration; its source and sink do not count.
        rows: The rows.
        as_of: The moment that features speak of; by default the configuration's, or now.
        states: Node name → what was learned before.
        state: The same as a file that a run saved. With neither, steps learn from these rows.
        host: The plugin host, which is offered the rows as a source; a new one by default.

    Returns:
        The execution: the frame that came out, lazily, and what was learned.

    Raises:
        EventflowError: The pipeline is wrong, or the rows cannot serve it.
    """
    host = host or PluginHost()
    host.register(RowsAtHand, name=_SOURCE)
    inner = {key: value for key, value in definition.items() if key != "sink"}
    whole = {"name": _SOURCE, **inner, "source": {"use": _SOURCE}}
    bound = resolve(whole, make_host=lambda _: host)
    bound.source.component.rows = rows
    moment = as_of or bound.config.as_of or datetime.now(UTC)
    prepared = compiler.prepare(bound, as_of=moment, state=state, states=states)
    execution = Execution(
        bound.engine.component,
        prepared.frame,
        estimated_bytes=bound.source.component.estimated_bytes(),
        states=load_states(state, prepared.nodes) if state else dict(states or {}),
        learns=state is None and states is None,
        source=bound.source,
    )
    execution.steps(prepared.steps)
    rest = compiler.bind_rest(bound, execution.frame, as_of=moment)
    if state is not None:
        execution.states |= load_states(state, rest.nodes)
    execution.steps(rest.nodes)
    return execution
