"""Reading text in blocks: fast where it is well formed, row by row where it is not.

A block is parsed by Polars as a whole. If Polars refuses it, or something looks wrong, smaller
blocks are tried, down to a size at which each record is looked at alone. So one bad row costs its
neighbourhood, not the file, and memory stays bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import define, frozen

from eventflow_files.badrows import NOT_TEXT, NUL, TOO_LONG, BadRow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from eventflow_files.window import Window

BLOCK = 16 * 2**20
_CAREFUL = 64 * 2**10
_STEP = 8
_SHOWN = 4096


@frozen
class Record:
    """One record of a text file.

    Attributes:
        raw: Its bytes, without the end of its last line.
        lines: Lines it takes.
        reason: Why it is bad; None if its form is good.
        detail: What exactly is wrong.
        offset: Lines between the first line of what was split and this record.
    """

    raw: bytes
    lines: int
    offset: int
    reason: str | None = None
    detail: str = ""


@frozen
class Split:
    """Records at the front of a piece of text: the bytes and lines they take."""

    records: list[Record]
    size: int
    lines: int


class Codec(Protocol):
    """How one text format is cut into records and parsed."""

    def boundary(self, data: bytes) -> int:
        """Return where the last complete record of `data` seems to end; 0 if none does."""
        ...

    def fast(self, block: bytes) -> pl.DataFrame | None:
        """Parse whole records, or return None if anything is doubtful."""
        ...

    def lines(self, block: bytes, rows: int) -> int:
        """Count the lines of a block that `fast` accepted."""
        ...

    def split(self, data: bytes, *, final: bool, most: int | None = None) -> Split:
        """Cut off complete records one by one, at most `most`.

        `final` says that a record which has not ended where the data does will never end.
        """
        ...

    def convert(
        self, records: Sequence[Record]
    ) -> tuple[pl.DataFrame, list[tuple[Record, str, str]]]:
        """Parse records of good form; return rows, and records with reason and detail."""
        ...


@define
class BlockReader:
    """Reads one file.

    Attributes:
        window: Where the bytes come from, at the first record.
        codec: The format.
        file: Name of the file, for bad rows.
        line: Number of the next line.
        max_line_bytes: Longest record.
    """

    window: Window
    codec: Codec
    file: str
    line: int
    max_line_bytes: int

    def frames(self) -> Iterator[tuple[pl.DataFrame, list[BadRow]]]:
        """Yield good rows together with the bad rows that stood among them."""
        most = min(BLOCK, self.max_line_bytes)
        size = most
        while data := self.window.peek(size):
            ended = len(data) < size
            rows = self._fast(data, ended=ended)
            if rows is not None:
                yield rows, []
                size = min(size * _STEP, most)
            elif len(data) > _CAREFUL:
                size = max(_CAREFUL, min(size, len(data)) // _STEP)
            else:
                yield self._careful(data, ended=ended)
                size = min(size, _CAREFUL) * 2

    def _fast(self, data: bytes, *, ended: bool) -> pl.DataFrame | None:
        end = len(data) if ended else self.codec.boundary(data)
        if end == 0:
            return None
        block = data if end == len(data) else data[:end]
        rows = self.codec.fast(block)
        if rows is not None:
            self.line += self.codec.lines(block, rows.height)
            self.window.skip(end)
        return rows

    def _careful(self, data: bytes, *, ended: bool) -> tuple[pl.DataFrame, list[BadRow]]:
        split = self.codec.split(data, final=ended)
        size = len(data)
        while split.size == 0 and size < self.max_line_bytes and not ended:
            size = min(size * _STEP, self.max_line_bytes)
            data = self.window.peek(size)
            ended = len(data) < size
            split = self.codec.split(data, final=ended)
        if split.size == 0 and b"\n" not in data:
            return self.codec.convert([])[0], [self._too_long(data)]
        if split.size == 0:
            split = self.codec.split(data, final=True, most=1)
        return self._judged(split)

    def _judged(self, split: Split) -> tuple[pl.DataFrame, list[BadRow]]:
        good = [r for r in split.records if r.reason is None]
        rows, misfits = self.codec.convert(good)
        bad = [(r, r.reason, r.detail) for r in split.records if r.reason is not None]
        found = sorted([*bad, *misfits], key=lambda b: b[0].offset)
        out = [
            BadRow(self.file, self.line + record.offset, reason, detail, record.raw)
            for record, reason, detail in found
        ]
        self.line += split.lines
        self.window.skip(split.size)
        return rows, out

    def _too_long(self, data: bytes) -> BadRow:
        """Skip a line that does not fit the limit, whatever its length."""
        total = 0
        start = data[:_SHOWN]
        while data:
            end = data.find(b"\n") + 1
            self.window.skip(end or len(data))
            total += end or len(data)
            if end:
                break
            data = self.window.peek(self.max_line_bytes)
        bad = BadRow(
            self.file,
            self.line,
            TOO_LONG,
            f"{total:,} bytes, max_line_bytes is {self.max_line_bytes:,}; "
            f"the first {len(start):,} are kept",
            start,
        )
        self.line += 1
        return bad


def flaw(raw: bytes) -> tuple[str, str] | None:
    """Return reason and detail if the bytes of a record are not clean text."""
    at = raw.find(b"\0")
    if at >= 0:
        return NUL, f"at byte {at + 1} of the row"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return NOT_TEXT, f"byte 0x{raw[error.start]:02x} at byte {error.start + 1} of the row"
    return None
