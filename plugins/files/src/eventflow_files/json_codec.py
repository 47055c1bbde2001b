"""NDJSON: cutting text into lines, and parsing blocks of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow_files.badrows import NOT_JSON, misfit
from eventflow_files.columns import Column, schema_of, text_schema
from eventflow_files.reading import Record, Split, flaw

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHOWN = 60


@frozen
class JsonCodec:
    """Parses NDJSON blocks into the columns of a source.

    Attributes:
        columns: What to take from each object; keys besides are not read.
    """

    columns: tuple[Column, ...]

    def boundary(self, data: bytes) -> int:
        """Return the end of the last complete line; JSON text has no raw line ends."""
        return data.rfind(b"\n") + 1

    def fast(self, block: bytes) -> pl.DataFrame | None:
        """Parse a block with Polars' NDJSON reader; None if anything is doubtful."""
        try:
            rows = pl.scan_ndjson(block, schema=text_schema(self.columns)).collect()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            return None
        if rows.height != block.count(b"\n") + (not block.endswith(b"\n")):
            return None  # empty lines: line numbers need a closer look
        for column in self.columns:
            if column.made:
                text = rows[column.name]
                value = rows.select(column.quick()).to_series()
                if column.doubtful(text, value):
                    value = rows.select(column.thorough()).to_series()
                if column.doubtful(text, value):
                    return None
                rows = rows.with_columns(value)
        return rows

    def lines(self, block: bytes, rows: int) -> int:
        """One line a row."""
        del block
        return rows

    def split(self, data: bytes, *, final: bool, most: int | None = None) -> Split:
        """Cut off complete lines."""
        records: list[Record] = []
        at = lines = 0
        while at < len(data) and (most is None or len(records) < most):
            end = data.find(b"\n", at) + 1 or (len(data) if final else 0)
            if not end:
                break
            raw = data[at:end].removesuffix(b"\n").removesuffix(b"\r")
            if raw.strip():
                records.append(_judged(raw, lines))
            at, lines = end, lines + 1
        return Split(records, at, lines)

    def convert(
        self, records: Sequence[Record]
    ) -> tuple[pl.DataFrame, list[tuple[Record, str, str]]]:
        """Parse records one by one, and say which key of a bad one does not fit."""
        good: list[Record] = []
        bad: list[tuple[Record, str, str]] = []
        for record in records:
            if self.fast(record.raw) is not None:
                good.append(record)
            else:
                bad.append((record, *self._blame(record.raw)))
        if not good:
            return pl.DataFrame(schema=schema_of(self.columns)), bad
        rows = self.fast(b"\n".join(r.raw for r in good))
        assert rows is not None  # noqa: S101 - each line was parsed alone
        return rows, bad

    def _blame(self, raw: bytes) -> tuple[str, str]:
        value = json.loads(raw)
        for column in self.columns:
            if JsonCodec((column,)).fast(raw) is None:
                return misfit(column.name), json.dumps(value.get(column.name))[:_SHOWN]
        return NOT_JSON, "the line is not accepted as a whole"


def _judged(raw: bytes, offset: int) -> Record:
    if found := flaw(raw):
        return Record(raw, 1, offset, *found)
    try:
        value = json.loads(raw, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return Record(raw, 1, offset, NOT_JSON, str(error) or "nested too deeply")
    if not isinstance(value, dict):
        return Record(raw, 1, offset, NOT_JSON, f"a {type(value).__name__}, not an object")
    return Record(raw, 1, offset)


def _refuse(constant: str) -> None:
    msg = f"{constant} is not JSON"
    raise ValueError(msg)
