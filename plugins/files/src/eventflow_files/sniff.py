"""What the bounded beginning of a CSV file tells: encoding, dialect, names and a sample."""

from __future__ import annotations

import csv as stdlib_csv
from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.columns import require_plain_names
from eventflow_files.compression import compression_of
from eventflow_files.csv_codec import Dialect, Splitter
from eventflow_files.dialect import detect_separator, looks_like_header
from eventflow_files.encoding import choose
from eventflow_files.errors import EmptyFileError, HeaderError, SchemaUnreadableError
from eventflow_files.likeness import MAGIC, refuse_other_formats, refuse_preamble
from eventflow_files.window import LineFeeds, Reading, StreamWindow, open_window, read_head

if TYPE_CHECKING:
    from collections.abc import Sized
    from pathlib import Path

    from eventflow_files.options import CsvOptions, TextOptions
    from eventflow_files.reading import Split
from eventflow_files.window import Window

HEAD = 2**20
"""Most bytes of a file that are read while planning."""
_MOST_COLUMNS = 20_000  # beyond, plans take minutes: such a file is a matrix, or broken


@frozen
class TextFile:
    """A text file, as far as its beginning tells.

    Attributes:
        path: The file.
        encoding: Its encoding.
        carriage_returns: Whether its lines end in CR alone.
        offset: Bytes of UTF-8 before its first record.
        line: Line of its first record.
        row_bytes: Mean bytes of a sampled record; None without one.
    """

    path: Path
    encoding: str
    carriage_returns: bool = False
    offset: int = 0
    line: int = 1
    row_bytes: float | None = None

    def open(self, options: TextOptions) -> Window:
        """Open at the first record."""
        window = open_window(
            self.path,
            self.encoding,
            max_bytes=options.max_bytes,
            max_expansion=options.max_expansion,
        )
        if self.carriage_returns:
            window = StreamWindow(LineFeeds(Reading(window)))
        window.skip(len(window.peek(self.offset)))
        return window

    def expected_rows(self) -> float | None:
        """About how many records there are; None if the file is compressed or unknown."""
        if self.row_bytes is None or compression_of(self.path) is not None:
            return None
        return self.path.stat().st_size / self.row_bytes


@frozen
class CsvFile:
    """A CSV file's beginning.

    Attributes:
        text: Where and how to read it.
        dialect: How it is written.
        names: Its columns.
        sample: Sampled records as text, one column each.
    """

    text: TextFile
    dialect: Dialect
    names: tuple[str, ...]
    sample: pl.DataFrame


def sniff_text(path: Path, options: TextOptions) -> tuple[TextFile, bytes, bool]:
    """Return the file, its beginning as UTF-8, and whether that is all of it."""
    raw = read_head(path, HEAD, max_bytes=options.max_bytes, max_expansion=options.max_expansion)
    file = TextFile(path, choose(raw, options.encoding, path))
    window = file.open(options)
    try:
        head = window.peek(HEAD)
        ended = len(head) < HEAD
    finally:
        window.close()
    if b"\r" in head and b"\n" not in head:
        file = TextFile(path, file.encoding, carriage_returns=True)
        head = head.replace(b"\r", b"\n")
    return file, head, ended


def sniff_csv(path: Path, options: CsvOptions) -> CsvFile:
    """Read the beginning of a CSV file.

    Raises:
        EmptyFileError: Nothing is in it.
        HeaderError: Column names are empty or occur twice.
        PatternNameError: A column's name is a pattern.
        EncodingMismatchError: It is not in the stated encoding.
        SchemaUnreadableError: Its first line is too long, its quoting is broken, other lines stand
            before the header, or it is of another format.
    """
    most, expansion = options.max_bytes, options.max_expansion
    refuse_other_formats(path, read_head(path, MAGIC, max_bytes=most, max_expansion=expansion))
    file, head, ended = sniff_text(path, options)
    start, line = _after_lines(head, options.skip_rows)
    rest = head[start:]
    if not rest.strip(b"\r\n"):
        raise EmptyFileError.at(path)
    separator = options.separator or detect_separator(rest, options.quote, final=ended)
    dialect = Dialect(separator, options.quote, options.decimal_comma, options.null_values)
    first = Splitter(dialect).split(rest, final=ended, most=1)
    cells = _cells(first, dialect, path)
    if len(cells) == 1 and options.separator is None:
        refuse_preamble(path, rest, dialect, final=ended)
    has_header = looks_like_header(cells) if options.has_header is None else options.has_header
    names = _names(path, cells, options) if has_header else _numbered(len(cells))
    skipped = first.size if has_header else 0
    sample, row_bytes = _sample(rest[skipped:], dialect, names, options.infer_rows, final=ended)
    placed = TextFile(
        path,
        file.encoding,
        file.carriage_returns,
        offset=start + skipped,
        line=line + (first.lines if has_header else 0),
        row_bytes=row_bytes,
    )
    return CsvFile(placed, dialect, names, sample)


def _after_lines(head: bytes, lines: int) -> tuple[int, int]:
    at = 0
    for _ in range(lines):
        end = head.find(b"\n", at) + 1
        if not end:
            return len(head), lines + 1
        at = end
    return at, lines + 1


def _cells(first: Split, dialect: Dialect, path: Path) -> list[str]:
    if not first.records:
        raise SchemaUnreadableError.at(path, f"its first line is longer than {HEAD:,} bytes")
    record = first.records[0]
    if record.reason is not None:
        raise SchemaUnreadableError.at(path, f"its first line has {record.reason}")
    text = record.raw.decode("utf-8")
    reader = stdlib_csv.reader(
        [text],
        delimiter=dialect.separator,
        quotechar=dialect.quote,
        quoting=0 if dialect.quote else 3,
    )
    return [cell.strip() for row in reader for cell in row]


def _numbered(width: int) -> tuple[str, ...]:
    return tuple(f"column_{i}" for i in range(width))


def require_few(path: Path, columns: Sized) -> None:
    """Check that a file has no more columns than can be planned.

    Raises:
        SchemaUnreadableError: EF617, it has.
    """
    if len(columns) > _MOST_COLUMNS:
        reason = f"it has {len(columns):,} columns, and at most {_MOST_COLUMNS:,} can be read"
        raise SchemaUnreadableError.at(path, reason)


def _names(path: Path, cells: list[str], options: CsvOptions) -> tuple[str, ...]:
    require_plain_names(cells)
    twice = [name for name, count in Counter(cells).items() if count > 1 and name]
    empty = [i for i, name in enumerate(cells, 1) if not name]
    require_few(path, cells)
    if not twice and not empty:
        return tuple(cells)
    if not options.rename_duplicates:
        raise HeaderError.at(path, twice, empty)
    return _renamed(cells)


def _renamed(cells: list[str]) -> tuple[str, ...]:
    out: list[str] = []
    for i, cell in enumerate(cells):
        base = cell or f"column_{i}"
        name, number = base, 2
        while name in out or (name != base and name in cells):
            name, number = f"{base}_{number}", number + 1
        out.append(name)
    return tuple(out)


def _sample(
    text: bytes, dialect: Dialect, names: tuple[str, ...], most: int, *, final: bool
) -> tuple[pl.DataFrame, float | None]:
    schema: dict[str, pl.DataType] = dict.fromkeys(names, pl.String())
    if (plain := _plain_sample(text, dialect, schema, most)) is not None:
        return plain
    splitter = Splitter(dialect, len(names))
    split = splitter.split(text, final=final, most=most)
    good = [r for r in split.records if r.reason is None]
    row_bytes = split.size / len(split.records) if split.records else None
    if not good:
        return pl.DataFrame(schema=schema), row_bytes
    return dialect.scan(splitter.block(good), schema).collect(), row_bytes


def _plain_sample(
    text: bytes, dialect: Dialect, schema: dict[str, pl.DataType], most: int
) -> tuple[pl.DataFrame, float] | None:
    """Return the sample at once when every record is a line of the right width; else None."""
    whole = text[: text.rfind(b"\n") + 1]
    odd = (b"\0", b"\r", dialect.quote.encode() if dialect.quote else b"\0")
    lines = whole.split(b"\n")[:-1][:most]
    commas, separator = len(schema) - 1, dialect.separator.encode()
    if any(o in whole for o in odd) or any(not x or x.count(separator) != commas for x in lines):
        return None
    block = b"".join(x + b"\n" for x in lines)
    try:
        rows = dialect.scan(block, schema).collect()
    except pl.exceptions.PolarsError:
        return None
    return (rows, len(block) / rows.height) if rows.height else None
