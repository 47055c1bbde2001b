"""A chart that is asked for, and not answered yet: a query for a few rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.charts.record import Kind

    Outline = Callable[[pl.Series], pl.Series]
    """From distinct values of a column to their outlines: for each value a list of rings, or one
    ring, of ``[longitude, latitude]`` points in degrees; null where there is none."""

VALUE: Final = "value"
OTHER: Final = "other"
LABEL: Final = "label"
LONGITUDE: Final = "longitude"
LATITUDE: Final = "latitude"
OUTLINE: Final = "outline"
X: Final = "x"
Y: Final = "y"
GROUPS: Final = "groups"
MISSING: Final = "missing"

MOST_POINTS: Final = 800
"""Points of a map at most."""

MOST_AREAS: Final = 500
"""Areas of a map at most."""

MOST_COLUMNS: Final = 96
"""Names, or bins of a scale, from left to right at most."""

MOST_ROWS: Final = 40
"""Names, or bins of a scale, from top to bottom at most."""

MOST_BARS: Final = 30
"""Bars at most."""

MOST_MARKS: Final = 5_000
"""Rows that any chart is answered by at most."""


@frozen(kw_only=True, eq=False)
class Chart:
    """A chart of a frame, to be answered when the frame is executed; it changes no row.

    `marks` has the columns of its kind; `facts` has one row.

    =========  ==============================================================================
    map        ``longitude``, ``latitude`` (degrees), ``value``; ``label`` and ``outline`` at will
    heatmap    ``x``, ``y``, ``value``
    bars       ``label``, ``value``; ``other`` where each bar is a share of a whole
    histogram  ``x`` (a bin's start), ``value``
    =========  ==============================================================================

    Attributes:
        kind: The kind of picture.
        title: What it shows, in words.
        marks: Query for at most `MOST_MARKS` rows; further ones are cut off.
        facts: Query for one row: ``groups``, how many marks there were before the fullest were
            chosen; ``missing``, the rows that have no place in the picture; and what `Axis` says
            of a scale. None: marks are the whole, and no row is missing.
        measure: What ``value`` is.
        unit: Its unit.
        x: What runs from left to right.
        y: What runs from top to bottom.
        finish: Called with the collected marks, to add what Polars does not know, outlines for
            one.
    """

    kind: Kind
    title: str
    marks: pl.LazyFrame
    facts: pl.LazyFrame | None = None
    measure: str = "events"
    unit: str = ""
    x: str = ""
    y: str = ""
    finish: Callable[[pl.DataFrame], pl.DataFrame] | None = field(default=None, repr=False)

    def queries(self) -> list[pl.LazyFrame]:
        """Return the queries that answer it: marks and facts."""
        facts = self.facts
        if facts is None:
            facts = self.marks.select(pl.len().cast(pl.Int64).alias(GROUPS))
        return [self.marks.head(MOST_MARKS), facts]
