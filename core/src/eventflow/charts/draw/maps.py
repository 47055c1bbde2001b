"""Maps: areas and points in classes of colour, a graticule, a scale bar; no tiles."""

from __future__ import annotations

from itertools import groupby
from math import floor, log10
from typing import TYPE_CHECKING, Final

from eventflow.charts.draw import canvas
from eventflow.charts.draw.canvas import Drawing, path, ring, short, text
from eventflow.charts.draw.classes import Classes
from eventflow.charts.draw.projection import Projection, compass, steps
from eventflow.charts.outlines import unrolled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.charts.record import MapMarks

_LEFT: Final = 52
_BELOW: Final = 22

_PALE: Final = ("none", "f0", "f1")
_BAR: Final = 0.22
"""Share of the width that a scale bar takes at most."""


def draw(marks: MapMarks, says: str) -> Drawing:
    """Draw a map.

    Args:
        marks: Its places.
        says: What their numbers are.
    """
    if not marks.values:
        return Drawing(text(0, 14, "No place to be shown.", "s"), 24)
    window = _window(marks)
    classes = Classes.of(marks.values)
    shapes = _areas(marks, window, classes) if marks.outlines else _points(marks, window, classes)
    frame = f'<path class="sea" d="{canvas.rectangle(0, 0, window.width, window.height)}"/>'
    inside = (
        f'<svg role="presentation" x="{_LEFT}" y="0" width="{short(window.width)}" '
        f'height="{short(window.height)}">'
        f"{frame}{_graticule(window)}{shapes}</svg>"
    )
    top = window.height + _BELOW
    gaps = None in marks.values
    key = canvas.legend(classes, top + 26, says, gaps=gaps)
    return Drawing(
        inside + _coordinates(window) + _scale(window, top) + key.markup, top + 26 + key.height
    )


def _window(marks: MapMarks) -> Projection:
    width = canvas.WIDTH - _LEFT
    rings = [r for area in marks.outlines for r in area if r]
    if not rings:
        spans = [(lon, lon) for lon in marks.longitude]
        return Projection.of(spans, marks.latitude, width)
    across = [unrolled(r[::2]) for r in rings]
    spans = [(min(lon), max(lon)) for lon in across]
    return Projection.of(spans, [lat for r in rings for lat in r[1::2]], width)


def _areas(marks: MapMarks, window: Projection, classes: Classes) -> str:
    drawn = [
        (classes.style(value), "".join(ring(window.ring(r)) for r in area if r))
        for area, value in zip(marks.outlines, marks.values, strict=True)
    ]
    return _by_style(drawn, "area")


def _points(marks: MapMarks, window: Projection, classes: Classes) -> str:
    """Draw each point as a line without length, whose style says how thick its round ends are."""
    places = zip(marks.longitude, marks.latitude, marks.values, strict=True)
    drawn = [
        (classes.style(value), f"M{short(window.x(lon))} {short(window.y(lat))}h0")
        for lon, lat, value in places
    ]
    return _by_style(drawn, "dot")


def _by_style(drawn: Sequence[tuple[str, str]], kind: str) -> str:
    """Return a path for each style, ``none`` first, then from low to high.

    Pale dots are drawn on a darker one each, to be seen.
    """
    ordered = sorted(drawn, key=lambda item: (item[0] != "none", item[0]))
    groups = groupby(ordered, key=lambda item: item[0])
    parts = []
    for style, shapes in groups:
        d = "".join(drawn for _, drawn in shapes)
        if kind == "dot" and style in _PALE:
            parts.append(path([d], f"{style} rim"))
        parts.append(path([d], f"{style} {kind}"))
    return "".join(parts)


def _graticule(window: Projection) -> str:
    lines = [f"M{short(x)} 0V{short(window.height)}" for x, _ in _meridians(window)]
    lines += [f"M0 {short(y)}H{short(window.width)}" for y, _ in _parallels(window)]
    return path(lines, "grid")


def _meridians(window: Projection) -> list[tuple[float, str]]:
    found = steps(window.west, window.west + window.degrees, 6)
    scale = window.width / window.degrees
    named = (((lon - window.west) * scale, (lon + 180) % 360 - 180) for lon in found)
    return [(x, compass(round(lon, 6), "E", "W")) for x, lon in named]


def _parallels(window: Projection) -> list[tuple[float, str]]:
    found = steps(max(window.south, -90), min(window.north, 90), 5)
    return [(window.y(lat), compass(lat, "N", "S")) for lat in found]


def _coordinates(window: Projection) -> str:
    below = window.height + 14
    names = [text(_LEFT + x, below, words, "s m") for x, words in _meridians(window)]
    names += [text(_LEFT - 5, y + 4, words, "s e") for y, words in _parallels(window)]
    return "".join(names)


def _scale(window: Projection, top: float) -> str:
    """Draw a bar of a round length; on a large map it holds in the middle only."""
    most = window.km * window.width * _BAR
    power = 10.0 ** floor(log10(most))
    length = max(m * power for m in (1, 2, 5) if m * power <= most)
    width = length / window.km
    words = f"{length:,g} km" if length >= 1 else f"{length * 1000:,g} m"
    middle = compass(round((window.south + window.north) / 2), "N", "S")
    wide = window.north - window.south > 10  # noqa: PLR2004 - degrees over which it changes visibly
    line = f"M{_LEFT} {short(top + 6)}v6h{short(width)}v-6"
    words += f" at {middle}" if wide else ""
    return path([line], "rule") + text(_LEFT + width + 8, top + 13, words, "s")
