"""The paper that every chart is drawn on: text, paths and legends, with few letters."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from attrs import frozen

from eventflow.formatting import clip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventflow.charts.draw.classes import Classes

    Point = tuple[float, float]

WIDTH: Final = 720
_LETTER: Final = 5.9
_LINE: Final = 20


@frozen
class Drawing:
    """Markup and how high it is; every drawing is `WIDTH` wide.

    Attributes:
        markup: Elements, without the one around them.
        height: Height in the units of the markup.
    """

    markup: str
    height: float


def short(value: float) -> str:
    """Return a coordinate to a tenth: ``1.5``, ``-.5``, ``3``."""
    text = f"{value:.1f}".removesuffix(".0")
    if text in {"-0", ""}:
        return "0"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def text(x: float, y: float, words: str, style: str = "", letters: int = 90) -> str:
    """Return a line of text, cut to a number of letters."""
    of_class = f' class="{style}"' if style else ""
    shown = escape(clip(words, letters), quote=True)
    return f'<text{of_class} x="{short(x)}" y="{short(y)}">{shown}</text>'


def rectangle(left: float, top: float, width: float, height: float) -> str:
    """Return a rectangle as part of a path."""
    w, h = short(width), short(height)
    return f"M{short(left)} {short(top)}h{w}v{h}h{short(-width)}z"


def ring(points: Sequence[Point]) -> str:
    """Return a closed line as part of a path, in steps of a tenth that add up."""
    tenths = [(round(x * 10), round(y * 10)) for x, y in points]
    (x, y), *rest = tenths
    parts = [f"M{short(x / 10)} {short(y / 10)}l"]
    for to_x, to_y in rest:
        if (to_x, to_y) != (x, y):
            parts.append(_pair((to_x - x) / 10, (to_y - y) / 10, first=len(parts) == 1))
        x, y = to_x, to_y
    return "".join(parts) + "z" if len(parts) > 1 else ""


def _pair(x: float, y: float, *, first: bool) -> str:
    a, b = short(x), short(y)
    before = "" if first or a.startswith("-") else " "
    return f"{before}{a}{'' if b.startswith('-') else ' '}{b}"


def path(parts: Iterable[str], style: str) -> str:
    """Return a path; empty text when there is nothing in it."""
    drawn = "".join(parts)
    return f'<path class="{style}" d="{drawn}"/>' if drawn else ""


def legend(classes: Classes, top: float, says: str, *, gaps: bool) -> Drawing:
    """Draw which colour stands for which numbers.

    Args:
        classes: The classes.
        top: Where it begins.
        says: What the numbers are.
        gaps: Whether some marks have no number.
    """
    items = list(zip(classes.styles(), classes.words(), strict=True))
    items += [("none", "no value")] if gaps else []
    parts, x, y = [text(0, top + 12, says, "s")], (len(says[:90]) + 2) * _LETTER, top
    for style, words in items:
        width = 22 + len(words) * _LETTER
        if x + width > WIDTH:
            x, y = 0.0, y + _LINE
        parts.append(path([rectangle(x, y + 3, 14, 10)], f"{style} area"))
        parts.append(text(x + 19, y + 12, words, "s"))
        x += width + 7
    return Drawing("".join(parts), y + _LINE - top)
