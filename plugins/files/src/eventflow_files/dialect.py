"""Telling a CSV file's separator and header from its beginning."""

from __future__ import annotations

import re
from collections import Counter

from eventflow_files.csv_codec import Dialect, Splitter

SEPARATORS = (",", ";", "\t", "|")
_SAMPLE = 200
_DATA = re.compile(
    r"\s*[-+]?(\d[\d.,]*)([eE][-+]?\d+)?%?\s*|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|true|false",
    re.IGNORECASE,
)


def detect_separator(head: bytes, quote: str | None, *, final: bool) -> str:
    """Return the separator that cuts the most of the first records into equally many fields.

    Among those that cut equally well, the one that makes more fields wins, then the order
    comma, semicolon, tab, bar. Text that none of them cuts has one column; comma is returned.

    Args:
        head: The beginning of the file as UTF-8, at its header or first record.
        quote: The quote character, or None.
        final: Whether `head` is the whole file.
    """
    best, chosen = (0.0, 0), SEPARATORS[0]
    for separator in SEPARATORS:
        widths = widths_of(head, Dialect(separator, quote), final=final)
        if not widths:
            continue
        width = widths[0]
        share = Counter(widths)[width] / len(widths)
        if width > 1 and (round(share, 2), width) > best:
            best, chosen = (round(share, 2), width), separator
    return chosen


def looks_like_header(cells: list[str]) -> bool:
    """Whether a first record names columns: no cell is a number, a date or a truth value."""
    return not any(_DATA.fullmatch(cell) for cell in cells)


def widths_of(head: bytes, dialect: Dialect, *, final: bool) -> list[int]:
    """Return how many fields each of the first records has."""
    separator = dialect.separator.encode()
    records = Splitter(dialect).split(head, final=final, most=_SAMPLE).records
    quote = (dialect.quote or "").encode()
    return [_count(r.raw, separator, quote) for r in records]


def _count(raw: bytes, separator: bytes, quote: bytes) -> int:
    if quote and quote in raw:
        raw = re.sub(rb"%b[^%b]*%b" % ((re.escape(quote),) * 3), b"", raw)
    return raw.count(separator) + 1
