"""What a chart shows, in words: for those who cannot see it, and for the table beneath it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrs import frozen

from eventflow.formatting import count, number, plural, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.charts.record import ChartRecord

_TOP: Final = 10
_MARKS: Final = {"map": "place", "heatmap": "field", "bars": "bar", "histogram": "bin"}


@frozen
class Line:
    """One line of the table beneath a chart.

    Attributes:
        name: The place, the field or the bar.
        value: Its number.
    """

    name: str
    value: str


def measured(chart: ChartRecord) -> str:
    """Return what the numbers are, with their unit."""
    return f"{chart.measure}, {chart.unit}" if chart.unit else chart.measure


def sentence(chart: ChartRecord) -> str:
    """Say what the picture shows: how many marks, from which number to which, and the highest."""
    known = [value for value in chart.values if value is not None]
    marks = plural(len(chart.values), _MARKS[chart.kind])
    kind = {"map": "Map", "heatmap": "Heatmap", "bars": "Bars", "histogram": "Histogram"}[
        chart.kind
    ]
    if not known:
        return f"{kind} of {marks}, without a number"
    first = top(chart)[0]
    ends = f"from {number(min(known))} to {number(max(known))}"
    return f"{kind} of {marks}, {measured(chart)} {ends}; highest: {first.name}, {first.value}"


def notes(chart: ChartRecord) -> Sequence[str]:
    """Say what is not in the picture."""
    found = []
    if chart.left_out:
        mark = plural(chart.left_out, _MARKS[chart.kind])
        found.append(f"{mark} with the fewest events left out")
    if chart.missing:
        lacking = {"map": "place", "bars": "name"}.get(chart.kind, "value")
        found.append(f"{plural(chart.missing, 'row')} without a {lacking} not shown")
    return found


def top(chart: ChartRecord) -> Sequence[Line]:
    """Return the marks with the highest numbers, at most ten."""
    values = chart.values
    order = sorted(
        (i for i, value in enumerate(values) if value is not None),
        key=lambda i: (-(values[i] or 0.0), i),
    )
    return [Line(_name(chart, i), _value(chart, i)) for i in order[:_TOP]]


def _value(chart: ChartRecord, i: int) -> str:
    value = chart.values[i] or 0.0
    if chart.bars is not None and chart.bars.others:
        whole = value + chart.bars.others[i]
        part = share(value / whole if whole else None)
        return f"{part}, {count(int(value))} of {count(int(whole))}"
    return number(value)


def _name(chart: ChartRecord, i: int) -> str:
    if chart.map is not None:
        lon, lat = chart.map.longitude[i], chart.map.latitude[i]
        north, east = "N" if lat >= 0 else "S", "E" if lon >= 0 else "W"
        place = f"{abs(lat):.4g}° {north}, {abs(lon):.5g}° {east}"
        return f"{chart.map.labels[i]} ({place})" if chart.map.labels else place
    if chart.heatmap is not None:
        marks = chart.heatmap
        return f"{marks.rows[marks.row[i]]}, {marks.columns[marks.column[i]]}"
    if chart.bars is not None:
        return chart.bars.labels[i]
    assert chart.histogram is not None  # noqa: S101 - one of the four is there
    starts = chart.histogram.starts
    after = starts[i + 1] if i + 1 < len(starts) else chart.histogram.end
    return f"{starts[i]} to {after}" if after else starts[i]
