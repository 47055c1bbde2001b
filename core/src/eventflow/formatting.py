"""Numbers, times and sizes in words: the same in the terminal and in the report.

Rounding never flatters: a share below one is never shown as ``100.0 %``, a score below its
minimum never as the minimum.
"""

from __future__ import annotations

import math
import unicodedata
from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

NOTHING = "–"
"""Shown where there is no value."""

_BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HARMFUL = _BIDI | frozenset("\ufffe\uffff")
_MINUTE, _HOUR = 60, 3600


def count(number: int | None) -> str:
    """Return a whole number with thousands separators: ``1,067,371``."""
    return NOTHING if number is None else f"{number:,}"


def plural(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 row``, ``2 rows``, ``2 passes``."""
    ending = "" if number == 1 else "es" if noun.endswith("s") else "s"
    return f"{count(number)} {noun}{ending}"


def number(value: float | None) -> str:
    """Return a statistic with four significant digits, without exponents where they can go."""
    if value is None or math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    value = value or 0.0  # minus zero is zero
    size = abs(value)
    if size >= 1e10 or 0 < size < 1e-4:  # noqa: PLR2004 - where digits stop being readable
        return f"{value:.4g}"
    if size >= 1000 or value == int(value):  # noqa: PLR2004 - four digits before the point
        return f"{value:,.0f}"
    return f"{value:.4g}"


def share(value: float | None) -> str:
    """Return a share (0 to 1) in per cent; only all is ``100.0 %`` and only none is ``0.0 %``."""
    if value is None or math.isnan(value):
        return NOTHING
    if 0 < value < 0.001:  # noqa: PLR2004 - a tenth of a per cent
        return "< 0.1 %"
    if 0.999 < value < 1:  # noqa: PLR2004 - a tenth of a per cent
        return "> 99.9 %"
    return f"{100 * value:.1f} %"


def fraction(value: float | None) -> str:
    """Return a share as configurations write it, cut (not rounded) to three decimals."""
    if value is None:
        return NOTHING
    return f"{math.floor(value * 1000 + 1e-9) / 1000:.3f}"


def score(value: float | None, minimum: float | None = None) -> str:
    """Return a score of 0 to 100, cut to a whole number unless that hides which side it is on."""
    if value is None:
        return NOTHING
    whole = math.floor(value + 1e-9)
    if minimum is not None and (whole < minimum) != (value < minimum):
        return f"{math.floor(value * 100 + 1e-9) / 100:g}"
    return str(whole)


def duration(seconds: float) -> str:
    """Return a time in its natural unit: ``3 ms``, ``0.08 s``, ``1.4 s``, ``2 min 05 s``."""
    if seconds < 0.01:  # noqa: PLR2004 - below, hundredths say nothing
        return f"{1000 * seconds:.0f} ms"
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 59.95:  # noqa: PLR2004 - what rounds to a minute is a minute
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE:02} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} min"


def size(number_of_bytes: int | None) -> str:
    """Return a size in binary units: ``212 KiB``, ``29.6 MiB``."""
    if number_of_bytes is None:
        return NOTHING
    if number_of_bytes < 1024:  # noqa: PLR2004 - a KiB
        return f"{number_of_bytes} B"
    value = float(number_of_bytes)
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        value /= 1024
        if value < 1023.5 or unit == "TiB":  # noqa: PLR2004 - what rounds to 1024 is the next unit
            break
    return f"{value:.0f} {unit}" if value >= 99.95 else f"{value:.1f} {unit}"  # noqa: PLR2004 - what rounds to 100


def moment(at: datetime | None) -> str:
    """Return a moment in UTC, the day alone when it is midnight."""
    if at is None:
        return NOTHING
    at = at.astimezone(UTC)
    if (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0):
        return at.strftime("%Y-%m-%d")
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(at: datetime) -> str:
    """Return a moment as ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def printable(text: str) -> str:
    """Return the text without what would take over a terminal or a page.

    Control characters, lone surrogates, other characters that XML does not allow, and marks that
    change the direction of what follows become U+FFFD; line ends and tabs stay.
    """
    if text.isprintable():
        return text
    return "".join("\ufffd" if _unprintable(c) else c for c in text)


def clip(text: str, letters: int) -> str:
    """Cut text to a width in letters, counting wide ones twice."""
    text = printable(text)
    used = 0
    for i, character in enumerate(text):
        used += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used > letters:
            return text[: max(i - 1, 0)] + "…"
    return text


def _unprintable(character: str) -> bool:
    if character in "\n\t":
        return False
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _HARMFUL
