"""Which operators of a plan leave Polars' streaming engine.

Polars marks the physical-plan view unstable; this module is the only one that reads it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_LABEL = re.compile(r'label="(?:in-memory-map\\n([A-Za-z_]+)|(sort)\b)')
_WORDS = {
    "AGGREGATE": "grouping",
    "OPAQUE_PYTHON": "a Python function",
    "SELECT": "an expression over all rows",
    "sort": "sorting",
}


def in_memory_nodes(plan: pl.LazyFrame) -> tuple[str, ...]:
    """Return what holds all its input, in words and plan order; empty if nothing does.

    Args:
        plan: A lazy frame; it is planned, not executed.
    """
    graph = plan.show_graph(engine="streaming", plan_stage="physical", raw_output=True, show=False)
    names = (held or sort for held, sort in _LABEL.findall(graph or ""))
    return tuple(_WORDS.get(name, name.lower().replace("_", " ")) for name in names)
