"""Which operators of a plan leave Polars' streaming engine.

Polars marks the physical-plan view unstable; this module is the only one that reads it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_LABEL = re.compile(r'label="([^"]*)"')
_LEAVES = ("in-memory", "sort")


def in_memory_nodes(plan: pl.LazyFrame) -> tuple[str, ...]:
    """Return the physical operators that hold all their input, in plan order; empty if none.

    Args:
        plan: A lazy frame; it is planned, not executed.
    """
    graph = plan.show_graph(engine="streaming", plan_stage="physical", raw_output=True, show=False)
    labels = (m.replace("\\n", " ") for m in _LABEL.findall(graph or ""))
    return tuple(label[:120] for label in labels if label.startswith(_LEAVES))
