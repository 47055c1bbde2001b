"""What a file that is called CSV, or Parquet, looks like instead."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eventflow_files.csv_codec import Dialect
from eventflow_files.dialect import SEPARATORS, widths_of
from eventflow_files.errors import SchemaUnreadableError

if TYPE_CHECKING:
    from pathlib import Path

_NAME_IT = "check that the file has the format that the configuration names"
_OTHERS: tuple[tuple[bytes, str, str], ...] = (
    (b"PAR1", "a Parquet file", "write use: parquet"),
    (b"ARROW1", "an Arrow IPC file", "write use: ipc"),
    (b"PK\x03\x04", "a ZIP archive, as .xlsx files are", "save its sheet as CSV, or unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file", "save its sheet as CSV"),
    (b"%PDF", "a PDF", _NAME_IT),
    (b'{"', "JSON", "write use: ndjson, for one object a line"),
    (b"[{", "a JSON array", "write one object a line, and use: ndjson"),
    (b"<!doctype html", "a web page, perhaps an error page", "fetch the file again"),
    (b"<html", "a web page, perhaps an error page", "fetch the file again"),
    (b"<?xml", "XML", _NAME_IT),
)
MAGIC = 64
"""Bytes at the beginning of a file that tell its format."""

_PRINTABLE = re.compile(rb"[\t\r\n\x20-\x7e\x80-\xff]+")
_MOST_LINES = 50
_ALIKE = 0.9


def refuse_other_formats(path: Path, raw: bytes) -> None:
    """Check that a file does not begin like one of another format.

    Raises:
        SchemaUnreadableError: It does; with what to write instead.
    """
    if found := _like(raw):
        raise SchemaUnreadableError.other_format(path, *found)


def refuse_text_or_other(path: Path, wanted: str) -> None:
    """Check that a file that could not be read as a binary format is not of another one.

    Args:
        path: The file.
        wanted: What it is called: ``Parquet file``.

    Raises:
        SchemaUnreadableError: It is text, or of another format; with what to write instead.
    """
    with path.open("rb") as opened:
        raw = opened.read(MAGIC)
    found = _like(raw)
    if found is None and _PRINTABLE.fullmatch(raw):
        found = "text", "write use: csv"
    if found is not None and wanted not in found[0]:
        raise SchemaUnreadableError.other_format(path, *found, wanted=wanted)


def _like(raw: bytes) -> tuple[str, str] | None:
    """Return what a beginning is that of, and what to write."""
    start = raw[:MAGIC].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    found = (other for other in _OTHERS if start.startswith(other[0].lower()))
    return next(((what, fix) for _, what, fix in found), None)


def refuse_preamble(path: Path, text: bytes, dialect: Dialect, *, final: bool) -> None:
    """Check that a first line of one column is not followed by lines of more.

    Args:
        path: The file.
        text: Its beginning, at the first line that was not skipped.
        dialect: How it is written.
        final: Whether that is all of it.

    Raises:
        SchemaUnreadableError: Nine lines in ten have more, and equally many.
    """
    for separator in SEPARATORS:
        first, *others = widths_of(text, Dialect(separator, dialect.quote), final=final) or [0]
        if first != 1 or not others:
            continue
        width = max(set(others), key=others.count)
        at = others.index(width)
        below = others[at:]
        if width > 1 and at < _MOST_LINES and below.count(width) >= _ALIKE * len(below):
            raise SchemaUnreadableError.preamble(path, at + 1, width)
