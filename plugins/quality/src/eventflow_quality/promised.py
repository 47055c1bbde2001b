"""What a pipeline promises of the data at its gate: planned, not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.runs.compile import prepare
from eventflow_quality.config import GateConfig
from eventflow_quality.contract_export import Promised

if TYPE_CHECKING:
    from datetime import datetime

    from eventflow.config.model import BoundConfig


def promised_by(bound: BoundConfig, *, as_of: datetime) -> Promised:
    """Plan a pipeline up to its gate. Where a step must learn first, the source's columns stand.

    Raises:
        EventflowError: The pipeline cannot be planned.
    """
    prepared = prepare(bound, as_of=as_of)
    frame = prepared.arriving or prepared.frame
    judge = bound.quality
    gate = judge.component.config if judge is not None else None
    own = isinstance(gate, GateConfig)
    return Promised(
        name=bound.config.name,
        schema=frame.schema,
        columns=frame.columns(),
        gate=gate if isinstance(gate, GateConfig) else GateConfig(),
        options=judge.use.options if judge is not None and own else {},
    )
