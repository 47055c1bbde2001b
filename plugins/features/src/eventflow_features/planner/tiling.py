"""Tiling: time cut at every edge of every window, so that a window is a run of tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.moments import back
from eventflow_features.errors import MissingOptionError
from eventflow_features.windows import before

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from eventflow_features.windows import Window

TILE = "__tile"


@frozen
class Tiling:
    """Disjoint tiles of the time before a moment, numbered backwards from it.

    Tile 0 ends at the moment; tile ``i`` is ``[edges[i], edges[i - 1])``; the last reaches back for
    ever. Edges are those of the windows as of the moment, along the calendar where the window is.

    Attributes:
        edges: Where tiles begin, latest first; the moment itself is not one of them.
        spans: Window → first tile, and the tile that no longer belongs to it.
    """

    edges: tuple[datetime, ...]
    spans: dict[Window, tuple[int, int]]

    @classmethod
    def of(
        cls, windows: Iterable[Window], as_of: datetime | None, dtype: pl.DataType | None, zone: str
    ) -> Tiling:
        """Cut time for these windows.

        Raises:
            MissingOptionError: A window needs a moment and there is none (EF323).
        """
        asked = list(dict.fromkeys(windows))
        reached: dict[tuple[Window, str], datetime] = {}
        for window in asked:
            for length in (window.start, window.end):
                if length is not None:
                    if as_of is None or dtype is None:
                        raise MissingOptionError.as_of(window.text)
                    reached[window, length] = back(as_of, length, dtype, zone)
        edges = tuple(sorted(set(reached.values()), reverse=True))
        spans: dict[Window, tuple[int, int]] = {}
        for window in asked:
            first = 0 if window.end is None else edges.index(reached[window, window.end]) + 1
            last = (
                len(edges) if window.start is None else edges.index(reached[window, window.start])
            )
            spans[window] = (first, last + 1)
        return cls(edges, spans)

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.edges) + 1

    def index(self, time: str, dtype: pl.DataType, zone: str) -> pl.Expr:
        """Return the tile of a row whose time lies before the moment, as UInt16."""
        found: pl.Expr = pl.lit(len(self.edges), pl.UInt16)
        for i, edge in reversed(list(enumerate(self.edges))):
            since = before(time, dtype, edge, zone).not_()
            found = pl.when(since).then(pl.lit(i, pl.UInt16)).otherwise(found)
        return found

    def within(self, window: Window) -> pl.Expr | None:
        """Return whether a tile belongs to a window; None when all do."""
        first, end = self.spans[window]
        if (first, end) == (0, len(self)):
            return None
        inside = pl.col(TILE) < end
        return inside if first == 0 else inside & (pl.col(TILE) >= first)
