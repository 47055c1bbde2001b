"""Fitting text to a terminal: width in cells, cutting, wrapping, and twins for old encodings."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from eventflow.cli.output import ASCII
from eventflow.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventflow.cli.output import Glyphs

_TWINS = {
    "–": "-",
    "—": "-",
    "−": "-",
    "…": "...",
    "·": "-",
    "×": "x",
    "→": "->",
    "≤": "<=",
    "∞": "inf",
}


def cells(text: str) -> int:
    """Return how many columns of a terminal the text takes."""
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def plain(text: str, glyphs: Glyphs) -> str:
    """Return the text on one line, harmless to a terminal, in ASCII where it shows no more."""
    text = printable(text).replace("\n", " ").replace("\t", " ")
    if glyphs == ASCII:
        text = "".join(_TWINS.get(c, c) for c in text)
        return text.encode("ascii", "replace").decode("ascii")
    return text


def cut(text: str, width: int, glyphs: Glyphs) -> str:
    """Cut text to a width in columns, and show that it was cut."""
    if cells(text) <= width:
        return text
    more = "..." if glyphs == ASCII else "…"
    room, out = width - cells(more), ""
    for character in text:
        room -= _cell(character)
        if room < 0:
            break
        out += character
    return out.rstrip() + more if width > cells(more) else text[: max(width, 0)]


def wrap(words: Iterable[str], width: int) -> list[str]:
    """Lay words out on lines of at most this width; a longer word has a line of its own."""
    lines: list[str] = []
    for word in words:
        if lines and cells(lines[-1]) + 1 + cells(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
