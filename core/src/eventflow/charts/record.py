"""The numbers of a chart, as the run record keeps them: few, plain, ready to be drawn."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

Kind = Literal["map", "heatmap", "bars", "histogram"]


@frozen(kw_only=True)
class MapMarks:
    """Places with a value: points, or areas where there are outlines.

    Attributes:
        longitude: Degrees east, one for each place.
        latitude: Degrees north.
        values: The number of each place; None where there is none.
        labels: What each place is called; empty where places have no names.
        outlines: Rings of each area, ``(longitude, latitude, longitude, …)`` each; empty for
            points. What is inside an odd number of rings belongs to the area.
    """

    longitude: tuple[float, ...]
    latitude: tuple[float, ...]
    values: tuple[float | None, ...]
    labels: tuple[str, ...] = ()
    outlines: tuple[tuple[tuple[float, ...], ...], ...] = ()


@frozen(kw_only=True)
class HeatmapMarks:
    """A table of numbers in two directions; what is not in it has no events.

    Attributes:
        columns: Names from left to right.
        rows: Names from top to bottom.
        column: Index into `columns`, one for each number.
        row: Index into `rows`.
        values: The numbers; None where there is none.
    """

    columns: tuple[str, ...]
    rows: tuple[str, ...]
    column: tuple[int, ...]
    row: tuple[int, ...]
    values: tuple[float | None, ...]


@frozen(kw_only=True)
class BarMarks:
    """A number for each name, or two of which it is a share.

    Attributes:
        labels: Names from top to bottom.
        values: The number of each; None where there is none.
        others: What is beside it, so that both together are the whole; empty without.
    """

    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    others: tuple[float, ...] = ()


@frozen(kw_only=True)
class HistogramMarks:
    """Rows in neighbouring bins, each from its start up to the next one's.

    Attributes:
        starts: Where each bin begins.
        end: Where the last one ends.
        values: Rows in each.
    """

    starts: tuple[str, ...]
    end: str
    values: tuple[float | None, ...]


@frozen(kw_only=True)
class ChartRecord:
    """One chart; exactly one of `map`, `heatmap`, `bars` and `histogram` is there.

    Attributes:
        title: What it shows, in words.
        node: Plan node that asked for it; empty outside runs.
        measure: What the numbers are: ``events``, ``mean of dep_delay``.
        unit: Their unit; empty without one.
        x: What runs from left to right.
        y: What runs from top to bottom.
        left_out: Places, fields or bars that there were too; those with most events are kept.
        missing: Rows that have no place in it: no position, no time, no name.
    """

    title: str
    node: str = ""
    measure: str = "events"
    unit: str = ""
    x: str = ""
    y: str = ""
    left_out: int = 0
    missing: int = 0
    map: MapMarks | None = None
    heatmap: HeatmapMarks | None = None
    bars: BarMarks | None = None
    histogram: HistogramMarks | None = None

    @property
    def kind(self) -> Kind:
        """What kind of picture it is."""
        if self.map is not None:
            return "map"
        if self.heatmap is not None:
            return "heatmap"
        return "bars" if self.bars is not None else "histogram"

    @property
    def values(self) -> tuple[float | None, ...]:
        """All of its numbers."""
        marks = self.map or self.heatmap or self.bars or self.histogram
        return () if marks is None else marks.values
