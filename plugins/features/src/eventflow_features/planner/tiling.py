"""Tiling: time cut at every edge of every window, so that a window is a run of tiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow_features.errors import MissingOptionError
from eventflow_features.windows import before

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
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
        reached = {window: _edges(window, as_of, dtype, zone) for window in asked}
        edges = tuple(sorted({e for ends in reached.values() for e in ends if e}, reverse=True))
        place = {edge: i for i, edge in enumerate(edges)}
        spans: dict[Window, tuple[int, int]] = {}
        for window, (first, end) in reached.items():
            last = len(edges) if first is None else place[first]
            spans[window] = (0 if end is None else place[end] + 1, last + 1)
        return cls(edges, spans)

    def __len__(self) -> int:
        """Return the number of tiles."""
        return len(self.edges) + 1

    def index(self, time: str, dtype: pl.DataType, zone: str) -> pl.Expr:
        """Return the tile of a row whose time lies before the moment, as UInt16."""
        return self._between(0, len(self.edges), lambda edge: before(time, dtype, edge, zone))

    def _between(self, low: int, high: int, early: Callable[[datetime], pl.Expr]) -> pl.Expr:
        """Return which tile from `low` to `high` it is; by halves, as deep chains plan slowly."""
        if low == high:
            return pl.lit(low, pl.UInt16)
        middle = (low + high) // 2
        later, earlier = self._between(low, middle, early), self._between(middle + 1, high, early)
        return pl.when(early(self.edges[middle])).then(earlier).otherwise(later)

    def within(self, window: Window) -> pl.Expr | None:
        """Return whether a tile belongs to a window; None when all do."""
        first, end = self.spans[window]
        if (first, end) == (0, len(self)):
            return None
        inside = pl.col(TILE) < end
        return inside if first == 0 else inside & (pl.col(TILE) >= first)


def _edges(
    window: Window, as_of: datetime | None, dtype: pl.DataType | None, zone: str
) -> tuple[datetime | None, datetime | None]:
    if dtype is not None:
        return window.edges(as_of, dtype, zone)
    if window.start is not None or window.at is not None:
        raise MissingOptionError.as_of(window.text)
    return None, None
