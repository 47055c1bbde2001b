"""Choosing: tiles where many windows or groups share their work, masks over rows elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow_features.specs import AggregateSpec

Form = Literal["auto", "tiles", "masks"]
"""How a query is computed; ``auto`` chooses."""

ENOUGH_WINDOWS = 3
ENOUGH_SPECS = 16
"""From here on tiles were faster for windows alone, with 4,000 to 20 rows per entity: a mask costs
as much per row as a tile does, and there are at least twice as many."""

ENOUGH_PER_WINDOW = 1.5
"""With one feature in each of 40 windows there are as many tiles as windows, and nothing to share:
masks took half the time with 20 rows per entity, and no longer with 200. Cut-offs with two or more
features each stay tiles: up to 1.5 times slower with 3 to 20 rows, 2 to 3.6 times faster above."""

ENOUGH_GROUPED = 200
"""With groups, tiles pay off from some 30 features with thousands of rows per entity, and from some
300 with 20, where tiles are nearly as many as rows; before any row is read nobody knows which."""


def chosen(specs: Sequence[AggregateSpec], form: Form) -> Literal["tiles", "masks"]:
    """Return the form that is expected to be faster, unless one is asked for. Reads no data."""
    if form != "auto":
        return form
    if any(spec.op == "approx_quantile" for spec in specs):
        return "masks"  # over rows it streams; to make a tile's sketch, its values are gathered
    if any(spec.group is not None for spec in specs):
        return "tiles" if len(specs) >= ENOUGH_GROUPED else "masks"
    windows = {spec.window for spec in specs}
    many = len(windows) >= ENOUGH_WINDOWS and len(specs) >= ENOUGH_SPECS
    many = many and len(specs) >= ENOUGH_PER_WINDOW * len(windows)
    return "tiles" if many else "masks"
