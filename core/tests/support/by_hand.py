"""What a blueprint makes of rows, step by step, without a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import frozen

from eventflow.blueprint import Binding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import polars as pl

    from eventflow.frame import EventFrame
    from eventflow.types import Blueprint

Engine = Literal["streaming", "in-memory"]


@frozen
class Made:
    """A result made by hand.

    Attributes:
        rows: The features.
        left: Reason → rows, over every account.
    """

    rows: pl.DataFrame
    left: dict[str, int]


def made_by(
    blueprint: Blueprint,
    frame: EventFrame,
    as_of: datetime,
    *,
    engine: Engine = "streaming",
    order: Sequence[str] = (),
) -> Made:
    """Apply the steps of a blueprint that learns nothing; sort by those columns that are there."""
    fit = blueprint.compatibility(frame.schema, frame.columns())
    assert fit.ok, fit
    binding = Binding(columns=fit.columns, as_of=as_of, schema=frame.schema, zone=frame.zone)
    for step in blueprint.steps(binding):
        frame = step.apply(frame, None)
    left: dict[str, int] = {}
    for account in frame.accounts:
        counts = account.counts.collect(engine=engine)
        left |= {r: k for r, k in counts.iter_rows() if r is not None and k}
    rows = frame.lazy.collect(engine=engine)
    return Made(rows.sort([c for c in order if c in rows.columns]), left)
