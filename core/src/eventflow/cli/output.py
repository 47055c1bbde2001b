"""Writing to a terminal, a pipe or a file: glyphs, colour, columns and JSON, without rich.

Results go to stdout, diagnostics to stderr. What a stream can show decides the glyphs; the
conventions ``NO_COLOR`` and ``FORCE_COLOR`` decide colour.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TextIO

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from eventflow.errors import Problem


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The few symbols that messages use."""

    ok: str
    warning: str
    failure: str
    arrow: str
    dot: str


UNICODE = Glyphs(ok="✓", warning="▲", failure="✗", arrow="→", dot="·")
ASCII = Glyphs(ok="ok", warning="!", failure="x", arrow="->", dot="-")


def glyphs(stream: TextIO | None = None) -> Glyphs:
    """Return the symbols that `stream` (stdout by default) can show, else their ASCII twins."""
    encoding = getattr(stream or sys.stdout, "encoding", None) or "ascii"
    try:
        f"{UNICODE.ok}{UNICODE.warning}{UNICODE.failure}{UNICODE.arrow}".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def colour(stream: TextIO | None = None) -> bool:
    """Say whether to colour: ``NO_COLOR`` forbids, ``FORCE_COLOR`` demands, else a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return (stream or sys.stdout).isatty()


def tolerate_encoding() -> None:
    """Make stdout and stderr escape what their encoding lacks, where they would raise."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def say(text: str = "") -> None:
    """Print a line of the result on stdout, in the encoding the user chose.

    The stream is named, since click replaces an ASCII one that is not by one of UTF-8.
    """
    click.echo(text, file=sys.stdout, color=colour(sys.stdout))


def note(text: str = "") -> None:
    """Print a line of diagnostics on stderr."""
    click.echo(text, file=sys.stderr, color=colour(sys.stderr))


def note_problems(problems: Sequence[Problem]) -> None:
    """Print problems on stderr, an empty line between two."""
    for position, problem in enumerate(problems):
        if position:
            note()
        head, *rest = problem.lines()
        note(click.style(head, fg="red"))
        for line in rest:
            for part in _wrapped(line):
                note(part)


def _wrapped(line: str) -> list[str]:
    """Break a line of a problem to the terminal's width; lines of source stay whole."""
    if " | " in line or not sys.stderr.isatty():
        return [line]
    width = shutil.get_terminal_size().columns
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False) or [line]


def columns(rows: Iterable[Sequence[str]], *, indent: int = 2, gap: int = 3) -> list[str]:
    """Align cells in columns; the last column is left ragged.

    Cells may hold colour codes; rows may differ in length.
    """
    table = [list(row) for row in rows]
    width: dict[int, int] = {}
    for row in table:
        for index, cell in enumerate(row[:-1]):
            width[index] = max(width.get(index, 0), _visible(cell))
    return [(" " * indent + (" " * gap).join(_padded(row, width))).rstrip() for row in table]


def folded(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align cells as `columns` does, and break the last one to the terminal's width.

    Into a pipe or a file, a row stays one line, for tools that read lines.
    """
    if not sys.stdout.isatty():
        return columns(rows)
    return columns(line for row in rows for line in _folded(row, rows))


def _folded(row: Sequence[str], table: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    *cells, last = row
    widths = [max(_visible(other[i]) for other in table) for i in range(len(cells))]
    room = shutil.get_terminal_size().columns - sum(widths) - 3 * len(cells) - 2
    first, *rest = textwrap.wrap(last, max(room, 20), break_on_hyphens=False) or [""]
    return [(*cells, first), *((*("" for _ in cells), line) for line in rest)]


def reflowed(text: str, *, indent: int = 2) -> list[str]:
    """Break paragraphs to the terminal's width, for lines that are then indented so far.

    Lines that begin with a space or a list's mark stay lines of their own. Into a pipe or a file,
    every line stays as it is.
    """
    if not sys.stdout.isatty():
        return text.splitlines()
    width = shutil.get_terminal_size().columns - indent
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        parts = paragraph.splitlines()
        own = any(part[:1] in " -*>|" for part in parts)
        for part in parts if own else [" ".join(parts)]:
            hang = " " * (len(part) - len(part.lstrip(" -*")))
            lines += textwrap.wrap(part, width, subsequent_indent=hang, break_on_hyphens=False)
        lines.append("")
    return lines[:-1]


def _padded(row: Sequence[str], width: Mapping[int, int]) -> list[str]:
    last = len(row) - 1
    return [
        cell if index == last else cell + " " * (width.get(index, 0) - _visible(cell))
        for index, cell in enumerate(row)
    ]


def _visible(text: str) -> int:
    return len(click.unstyle(text))


def print_json(command: str, document: Mapping[str, Any]) -> None:
    """Print the one JSON document of a command, which names its schema and version.

    Args:
        command: The command's name with dots: ``plugins.list`` gives
            ``"schema": "eventflow.plugins.list/1"``.
        document: What to tell. Times become ISO 8601 text, durations seconds, paths text.
    """
    ascii_only = glyphs(sys.stdout) is ASCII
    text = json.dumps(
        {"schema": f"eventflow.{command}/1", **document},
        indent=2,
        ensure_ascii=ascii_only,
        default=_plain,
    )
    click.echo(text, file=sys.stdout, color=False)


def _plain(value: object) -> object:
    """Turn what JSON does not know into what it does."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    msg = f"{type(value).__name__} has no JSON form here"
    raise TypeError(msg)
