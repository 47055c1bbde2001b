"""Locality: what a step needs to see to compute its output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import frozen

if TYPE_CHECKING:
    from datetime import timedelta


@frozen
class Locality:
    """What a step needs to see to compute its output.

    Attributes:
        kind: ``row`` (each row alone), ``aggregate`` (partial, merge, finish per group),
            ``ordered`` (an entity's rows in time order) or ``whole`` (everything at once).
        by: Grouping columns of ``aggregate`` and ``ordered``.
        time: Ordering column of ``ordered``.
        lookback: How far back an ``ordered`` step looks; None means the whole history.
    """

    kind: Literal["row", "aggregate", "ordered", "whole"]
    by: tuple[str, ...] = ()
    time: str | None = None
    lookback: timedelta | None = None

    def __str__(self) -> str:
        """Render as ``aggregate(customer_id)``."""
        return f"{self.kind}({', '.join(self.by)})" if self.by else self.kind


ROW = Locality("row")
WHOLE = Locality("whole")


def aggregate(*by: str) -> Locality:
    """Locality of a step that folds rows into one row per group."""
    return Locality("aggregate", by)


def ordered(*by: str, time: str, lookback: timedelta | None = None) -> Locality:
    """Locality of a step that needs each group's rows in time order."""
    return Locality("ordered", by, time, lookback)
