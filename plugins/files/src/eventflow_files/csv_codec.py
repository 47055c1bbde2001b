"""CSV: cutting text into records, and parsing blocks of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl
from attrs import field, frozen

from eventflow_files.badrows import QUOTING, TOO_FEW, TOO_MANY, misfit
from eventflow_files.columns import Column, schema_of, text_schema
from eventflow_files.reading import Record, Split, flaw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SHOWN = 40
_VALUE = "__eventflow_files_value:"


@frozen
class Dialect:
    """How a CSV file is written.

    Attributes:
        separator: One ASCII character between fields.
        quote: One ASCII character around fields that need it; None if there is none.
        decimal_comma: Whether numbers are written ``1,5``.
        null_values: Texts that mean null, besides nothing at all.
    """

    separator: str = ","
    quote: str | None = '"'
    decimal_comma: bool = False
    null_values: tuple[str, ...] = ()

    def scan(
        self, block: bytes, schema: Mapping[str, pl.DataType], *, ignore_errors: bool = False
    ) -> pl.LazyFrame:
        """Read records with Polars' CSV reader."""
        return pl.scan_csv(
            block,
            has_header=False,
            schema=dict(schema),
            separator=self.separator,
            quote_char=self.quote,
            null_values=list(self.null_values) or None,
            decimal_comma=self.decimal_comma,
            ignore_errors=ignore_errors,
            glob=False,
        )


@frozen
class Splitter:
    """Cuts CSV into records by one rule, RFC 4180 made tolerant where that is safe.

    A record ends at a line's end (LF or CRLF) outside quotes. A field is quoted if it begins with
    the quote, which is then doubled to stand for itself; elsewhere the quote is an ordinary
    character. A quote that is never closed, or is followed by more text, breaks the record: its
    first line is bad, and reading resumes at the next line, so that one stray quote does not
    swallow the rest of the file. Empty lines are no records.
    """

    dialect: Dialect
    width: int | None = None
    _quote: bytes = field(init=False)
    _separator: bytes = field(init=False)
    _field: re.Pattern[bytes] = field(init=False)

    @_quote.default
    def _quote_bytes(self) -> bytes:
        return (self.dialect.quote or "").encode()

    @_separator.default
    def _separator_byte(self) -> bytes:
        return self.dialect.separator.encode()

    @_field.default
    def _field_pattern(self) -> re.Pattern[bytes]:
        sep, quote = re.escape(self._separator), re.escape(self._quote)
        plain = rb"[^" + sep + rb"\n]*"
        if not quote:
            return re.compile(plain)
        quoted = rb"%b[^%b]*+(?:%b%b[^%b]*+)*+%b" % ((quote,) * 6)
        return re.compile(quoted + rb"(?=%b|\r?\n|\r?\Z)|(?!%b)" % (sep, quote) + plain)

    def split(self, data: bytes, *, final: bool, most: int | None = None) -> Split:
        """Cut off complete records."""
        records: list[Record] = []
        at = lines = 0
        while at < len(data) and (most is None or len(records) < most):
            end, fields, broken = self._record(data, at, final=final)
            if end is None:
                break
            raw = data[at:end].removesuffix(b"\n").removesuffix(b"\r")
            taken = max(data.count(b"\n", at, end), 1)
            if raw:
                records.append(self._judged(raw, taken, lines, fields, broken=broken))
            at, lines = end, lines + taken
        return Split(records, at, lines)

    def block(self, records: Iterable[Record]) -> bytes:
        """Join records of good form, so that Polars counts their lines right.

        Polars takes a quote inside an unquoted field for the beginning of a quoted one when it
        counts lines (`CSV malformed`), and an unquoted carriage return for nothing, so such fields
        are quoted here.
        """
        raws = (r.raw for r in records)
        return b"".join((self._requoted(r) if self._special(r) else r) + b"\n" for r in raws)

    def _special(self, raw: bytes) -> bool:
        return bool(self._quote) and (self._quote in raw or b"\r" in raw)

    def _requoted(self, raw: bytes) -> bytes:
        fields, here = [], 0
        while found := self._field.match(raw, here):
            text, here = found[0], found.end()
            if not text.startswith(self._quote) and self._special(text):
                text = self._quote + text.replace(self._quote, self._quote * 2) + self._quote
            fields.append(text)
            if raw[here : here + 1] != self._separator:
                break
            here += 1
        return self._separator.join(fields)

    def _record(self, data: bytes, at: int, *, final: bool) -> tuple[int | None, int, bool]:
        """Return where the record ends, how many fields it has, and whether quoting is broken."""
        line_end = data.find(b"\n", at) + 1 or (len(data) if final else 0)
        if line_end and (not self._quote or data.find(self._quote, at, line_end) < 0):
            return line_end, data.count(self._separator, at, line_end) + 1, False
        fields, here = 1, at
        while found := self._field.match(data, here):
            here = found.end()
            if data[here : here + 1] == self._separator:
                fields, here = fields + 1, here + 1
                continue
            here += data[here : here + 2] == b"\r\n"
            if data[here : here + 1] == b"\n":
                return here + 1, fields, False
            if final:
                return len(data), fields, False
            return None, fields, False
        if not final and self._open(data, here):
            return None, fields, False
        return line_end or None, fields, True

    def _open(self, data: bytes, at: int) -> bool:
        """Whether the quoted field at `at` may yet be closed by what follows the data."""
        closing = re.compile(rb"%b[^%b]*+(?:%b%b[^%b]*+)*+" % ((re.escape(self._quote),) * 5))
        found = closing.match(data, at)
        return found is not None and len(data) - found.end() <= len(b'"\r')

    def _judged(self, raw: bytes, lines: int, offset: int, fields: int, *, broken: bool) -> Record:
        reason, detail = None, ""
        if broken:
            reason, detail = QUOTING, "a quote is not closed, or text follows a closing quote"
        elif found := flaw(raw):
            reason, detail = found
        elif self.width is not None and fields != self.width:
            reason = TOO_FEW if fields < self.width else TOO_MANY
            detail = f"{fields} instead of {self.width}"
        return Record(raw, lines, offset, reason, detail)


@frozen
class CsvCodec:
    """Parses CSV blocks into the columns of a source.

    Attributes:
        dialect: How the file is written.
        columns: The file's columns, in its order.
        wanted: Names to deliver, in this order.
    """

    dialect: Dialect
    columns: tuple[Column, ...]
    wanted: tuple[str, ...]
    _splitter: Splitter = field(init=False)

    @_splitter.default
    def _make_splitter(self) -> Splitter:
        return Splitter(self.dialect, len(self.columns))

    def boundary(self, data: bytes) -> int:
        """Return the end of the last line that is outside quotes, judged by counting them."""
        end = data.rfind(b"\n") + 1
        quote = (self.dialect.quote or "").encode()
        if end and self._has_quote(data) and data.count(quote, 0, end) % 2:
            end = data.rfind(b"\n", 0, data.rfind(quote, 0, end)) + 1
        return end

    def fast(self, block: bytes) -> pl.DataFrame | None:
        """Parse a block with Polars' CSV reader; None if anything is doubtful.

        Always every column: Polars lets records that are too long pass when it skips columns.
        """
        if b"\0" in block or (b"\r" in block and block.count(b"\r") != block.count(b"\r\n")):
            return None
        made = [c for c in self.columns if c.made]
        try:
            lazy = self.dialect.scan(block, text_schema(self.columns))
            rows = lazy.with_columns(c.quick().alias(_VALUE + c.name) for c in made).collect()
        except pl.exceptions.PolarsError:
            return None
        if rows[self.columns[-1].name].null_count() and not self._complete(rows, block):
            return None
        values = self._values(rows, made)
        return None if values is None else self._delivered(rows.with_columns(values))

    def lines(self, block: bytes, rows: int) -> int:
        """Count lines: one a row, unless quotes may hide line ends."""
        return block.count(b"\n") if self._has_quote(block) else rows

    def split(self, data: bytes, *, final: bool, most: int | None = None) -> Split:
        """Cut off complete records."""
        return self._splitter.split(data, final=final, most=most)

    def convert(
        self, records: Sequence[Record]
    ) -> tuple[pl.DataFrame, list[tuple[Record, str, str]]]:
        """Parse records of good form, each value alone."""
        if not records:
            return pl.DataFrame(schema=self._out_schema()), []
        block = self._splitter.block(records)
        every = dict.fromkeys(text_schema(self.columns), pl.String())
        text = self.dialect.scan(block, every).collect()
        values = self.dialect.scan(block, text_schema(self.columns), ignore_errors=True).collect()
        values = values.with_columns(c.thorough() for c in self.columns if c.made)
        where = self._misfits(text, values)
        bad = where.is_not_null()
        found = [
            (records[i], misfit(name), f"{text[name][i][:_SHOWN]!r}")
            for i, name in zip(bad.arg_true(), where.drop_nulls(), strict=True)
        ]
        return self._delivered(values.filter(~bad)), found

    def _misfits(self, text: pl.DataFrame, values: pl.DataFrame) -> pl.Series:
        """Return, for each row, the first column whose text did not become a value."""
        where = pl.Series("where", [None], dtype=pl.String).new_from_index(0, text.height)
        for column in reversed(self.columns):
            raw = text[column.name]
            lost = (raw.str.strip_chars() != "") & values[column.name].is_null()
            name = pl.Series([column.name], dtype=pl.String)
            where = name.new_from_index(0, text.height).zip_with(lost.fill_null(value=False), where)
        return where

    def _values(self, rows: pl.DataFrame, made: Sequence[Column]) -> list[pl.Series] | None:
        """Return the dates and times, or None if any text did not become one."""
        values = []
        for column in made:
            text, value = rows[column.name], rows[_VALUE + column.name].alias(column.name)
            if column.doubtful(text, value):
                value = rows.select(column.thorough()).to_series()
                if column.doubtful(text, value):
                    return None
            values.append(value)
        return values

    def _complete(self, rows: pl.DataFrame, block: bytes) -> bool:
        """Whether no record is too short, although some have no last value.

        Polars fills short records with nulls. But every record has one separator less than fields,
        and too long ones were refused: if the separators add up, no record is short.
        """
        separator = self.dialect.separator
        if len(self.columns) == 1 or (self.dialect.decimal_comma and separator == ","):
            return False
        quoted = 0
        if self._has_quote(block):
            text = rows.select(pl.col(pl.String).str.count_matches(separator, literal=True).sum())
            quoted = sum(n or 0 for n in text.row(0)) if text.width else 0
        expected = (len(self.columns) - 1) * rows.height + quoted
        return block.count(separator.encode()) == expected

    def _has_quote(self, block: bytes) -> bool:
        return self.dialect.quote is not None and self.dialect.quote.encode() in block

    def _delivered(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.select(self.wanted)

    def _out_schema(self) -> dict[str, pl.DataType]:
        dtypes = schema_of(self.columns)
        return {name: dtypes[name] for name in self.wanted}
