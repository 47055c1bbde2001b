"""Heatmaps, bars and histograms."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from eventflow.charts.draw import canvas
from eventflow.charts.draw.canvas import WIDTH, Drawing, path, rectangle, text
from eventflow.charts.draw.classes import Classes
from eventflow.formatting import count, number, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.charts.record import BarMarks, HeatmapMarks, HistogramMarks

_NAMES: Final = 132
_LETTERS: Final = 20
_TALL: Final = 12
"""Rows of a heatmap beyond which they are low."""

_BARS: Final = 210
_HIGH: Final = 150
_TINY: Final = 1e-290
"""Numbers that are nearer to each other have no length to compare."""


def heatmap(marks: HeatmapMarks, says: str) -> Drawing:
    """Draw a field for each number, coloured by its class."""
    if not marks.values:
        return Drawing(text(0, 14, "No field to be shown.", "s"), 24)
    classes = Classes.of(marks.values)
    wide = min((WIDTH - _NAMES) / len(marks.columns), 60.0)
    high = 20.0 if len(marks.rows) <= _TALL else 12.0
    size = f"scale({wide:.4g} {high:g})"
    shapes = f'<g transform="translate({_NAMES} {high / 2:g}) {size}">{_fields(marks, classes)}</g>'
    whole = (wide * len(marks.columns), high * len(marks.rows))
    back = path([rectangle(_NAMES, 0, *whole)], "sea")
    every = 1 if high > _TALL else 2
    names = "".join(
        text(_NAMES - 6, (j + 0.5) * high + 4, name, "s e", _LETTERS)
        for j, name in enumerate(marks.rows)
        if j % every == 0
    )
    below = _ticks(marks.columns, wide, whole[1] + 15)
    key = canvas.legend(classes, whole[1] + 28, says, gaps=None in marks.values)
    return Drawing(back + shapes + names + below + key.markup, whole[1] + 28 + key.height)


def _fields(marks: HeatmapMarks, classes: Classes) -> str:
    """Return a path for each class: neighbours of one class are one line, one field thick."""
    fields = sorted(
        (classes.style(v), j, i)
        for i, j, v in zip(marks.column, marks.row, marks.values, strict=True)
    )
    drawn = []
    for style, group in groupby(fields, key=itemgetter(0)):
        runs: list[list[int]] = []
        for _, row, column in group:
            if runs and runs[-1][0] == row and runs[-1][1] + runs[-1][2] == column:
                runs[-1][2] += 1
            else:
                runs.append([row, column, 1])
        drawn.append(path((f"M{i} {j}h{n}" for j, i, n in runs), f"{style} field"))
    return "".join(drawn)


def bars(marks: BarMarks) -> Drawing:
    """Draw a bar for each number; for each share of a whole, a bar in a whole one."""
    if not marks.values:
        return Drawing(text(0, 14, "No bar to be shown.", "s"), 24)
    known = [value for value in marks.values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    rows = []
    for i, (label, value) in enumerate(zip(marks.labels, marks.values, strict=True)):
        name = text(_BARS - 8, i * 22 + 14, label, "e", 30)
        drawn = (
            _share(value or 0.0, marks.others[i], i * 22)
            if marks.others
            else _bar(value, (low, high), i * 22)
        )
        rows.append(name + drawn)
    return Drawing("".join(rows), 22 * len(rows))


def histogram(marks: HistogramMarks) -> Drawing:
    """Draw the rows of each bin, the fullest as high as the picture."""
    highest = max((v for v in marks.values if v), default=0.0)
    if not highest:
        return Drawing(text(0, 14, "No row to be shown.", "s"), 24)
    left = 60
    wide = min((WIDTH - left) / len(marks.values), 60.0)
    shapes = []
    for i, value in enumerate(marks.values):
        if value:
            high = max(value / highest * _HIGH, 1.0)
            gap = min(1.0, wide / 5)
            shapes.append(rectangle(left + i * wide, _HIGH + 8 - high, wide - gap, high))
    end = left + wide * len(marks.values)
    lines = path([f"M{left} 8H{canvas.short(end)}M{left} {_HIGH + 8}H{canvas.short(end)}"], "grid")
    axis = text(left - 6, 12, number(highest), "s e") + text(left - 6, _HIGH + 12, "0", "s e")
    ticks = _ticks([*marks.starts, marks.end], wide, _HIGH + 24, left=left, between=False)
    return Drawing(lines + path(shapes, "bar") + axis + ticks, _HIGH + 32)


def _bar(value: float | None, ends: tuple[float, float], top: float) -> str:
    if value is None:
        return text(_BARS, top + 14, "no value", "s")
    low, high = ends
    span = high - low
    scale = (WIDTH - _BARS - 90) / (span if span > _TINY else 1.0)
    left, right = ((v - low) * scale + _BARS for v in (min(value, 0.0), max(value, 0.0)))
    width = max(right - left, 1.0) if value else 0.0
    drawn = path([rectangle(left, top + 3, width, 14)], "bar") if width else ""
    return drawn + text(right + 6, top + 14, number(value), "s")


def _share(value: float, other: float, top: float) -> str:
    whole = value + other
    wide = WIDTH - _BARS - 250
    part = min(max(value / whole, 0.0), 1.0) if whole else 0.0
    width = max(part * wide, 1.0) if value else 0.0
    rest = path([rectangle(_BARS, top + 3, wide, 14)], "rest")
    filled = path([rectangle(_BARS, top + 3, width, 14)], "bar") if width else ""
    words = f"{share(part if whole else None)}, {count(int(value))} of {count(int(whole))}"
    return rest + filled + text(_BARS + wide + 8, top + 14, words, "s", 40)


def _ticks(
    names: Sequence[str], wide: float, top: float, *, left: float = _NAMES, between: bool = True
) -> str:
    """Name as many columns as there is room for, from the first on."""
    longest = max(len(name) for name in names)
    every = max(-(-(longest * 6.5 + 14) // wide), 1)
    shift = wide / 2 if between else 0.0
    half = longest * 3.2
    return "".join(
        text(min(left + i * wide + shift, WIDTH - half), top, name, "s m", 24)
        for i, name in enumerate(names)
        if i % every == 0 and name
    )
