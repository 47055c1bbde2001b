"""The CSV source and sink."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import polars as pl
from pydantic import Field

from eventflow.schema import dtype_name
from eventflow_files.advice import key
from eventflow_files.atomic import FileSink, SinkOptions
from eventflow_files.columns import Column, schema_of
from eventflow_files.csv_codec import CsvCodec
from eventflow_files.errors import DifferentColumnsError, UnknownColumnError
from eventflow_files.infer import infer
from eventflow_files.options import CsvOptions
from eventflow_files.precision import CERTAIN, check_unit, imprecise
from eventflow_files.sniff import CsvFile, sniff_csv
from eventflow_files.text_source import TextPlan, TextSource

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

_SAMPLED_FILES = 10


class CsvSource(TextSource):
    """Rows of CSV files, as one frame.

    Shapes: one row per record, one column per header cell. Names, dtypes, encoding, separator and
    header are told from at most 1 MiB at the beginning of each file; the rest is read when the
    frame is executed, in bounded memory. Every value of every column read is checked: rows that
    do not fit are quarantined with file, line, reason and raw text. Source of the format: RFC 4180.

    Raises:
        FileError: EF601 to EF613, EF617; the package's README has a table.
    """

    Config = CsvOptions
    config: CsvOptions
    suffixes = (".csv", ".tsv", ".txt")

    def plan(self) -> TextPlan:
        """Read the beginnings of the files."""
        files = [sniff_csv(path, self.config) for path in self.files()]
        _check_same(files)
        names = files[0].names
        self._check_options(names)
        wanted = names if self.config.columns is None else self.config.columns
        columns, undetermined = self._columns(names, wanted, files)
        sample = files[0].sample
        for column in columns.values():
            if column.unit is not None:
                check_unit(column, column.unit, sample[column.name])

        def codec(number: int) -> CsvCodec:
            file = files[number]
            own = tuple(columns[name] for name in file.names)
            return CsvCodec(file.dialect, own, wanted)

        schema = schema_of(columns[name] for name in wanted)
        lost = self._imprecise(columns, sample)
        return TextPlan(tuple(f.text for f in files), schema, codec, undetermined, lost)

    def _columns(
        self, names: Sequence[str], wanted: Collection[str], files: Sequence[CsvFile]
    ) -> tuple[dict[str, Column], tuple[str, ...]]:
        """Return every column, and the names of those without a value in the sample."""
        options = self.config
        columns = {name: Column(name, pl.String()) for name in names}
        read = frozenset(wanted)
        stated = {name: column for name, column in self.stated().items() if name in read}
        open_ = [name for name in names if name in read and name not in stated]
        share = max(options.infer_rows // min(len(files), _SAMPLED_FILES), 1)
        sample = pl.concat([f.sample.select(open_).head(share) for f in files[:_SAMPLED_FILES]])
        inferred = infer(sample, decimal_comma=options.decimal_comma, local=options.local)
        undetermined = tuple(name for name in open_ if name not in inferred)
        return columns | inferred | stated, undetermined

    def _imprecise(self, columns: Mapping[str, Column], sample: pl.DataFrame) -> dict[str, str]:
        """Return the columns of floats that lose digits, and the option that keeps them."""
        stated = self.config.schema_
        floats = [n for n, c in columns.items() if c.dtype.is_float() and n not in stated]
        if not floats:
            return {}
        lengths = sample.select(pl.col(floats).str.len_bytes().max()).row(0, named=True)
        long = [columns[name] for name in floats if (lengths[name] or 0) > CERTAIN]
        keeps = imprecise(self._written(column, sample) for column in long)
        return {
            name: f'schema: {{{key(name)}: "{dtype_name(dtype)}"}}' for name, dtype in keeps.items()
        }

    def _written(self, column: Column, sample: pl.DataFrame) -> pl.Series:
        """Return sampled numbers with a decimal point and nothing else that is no digit."""
        text = pl.col(column.name)
        if column.number is not None:
            text = column.number.plain(text)
        elif self.config.decimal_comma:
            text = text.str.replace(",", ".", literal=True)
        return sample.select(text.alias(column.name)).to_series()

    def _check_options(self, names: tuple[str, ...]) -> None:
        options = self.config
        named: dict[str, Collection[str] | None] = {
            "schema": options.schema_,
            "parse": options.parse,
            "numbers": options.numbers,
            "columns": options.columns,
        }
        for option, columns in named.items():
            for column in columns or ():
                if column not in names:
                    raise UnknownColumnError.named(option, column, names)


class CsvSink(FileSink):
    """Writes one CSV file: UTF-8, a header line, LF, quotes where needed; null is nothing.

    The file appears whole, in one step, when the run has succeeded. Lists, structs, durations and
    bytes have no form in CSV: they are refused before anything is read.

    Raises:
        FileError: EF614 to EF616, EF618, EF619.
    """

    class Config(SinkOptions):
        """Options of the CSV sink.

        Attributes:
            separator: Character between fields.
            compression: ``gzip`` or ``zstd``; by default what the path's ending says.
            compression_level: Level of the compression; None for its default.
            null_value: Text for null.
            decimal_comma: Whether to write numbers as ``1,5``.
        """

        separator: str = Field(default=",", min_length=1, max_length=1)
        compression: Literal["uncompressed", "gzip", "zstd"] | None = None
        compression_level: int | None = None
        null_value: str = ""
        decimal_comma: bool = False

    config: Config
    example = "result.csv"

    def cannot_hold(self, dtype: pl.DataType) -> bool:
        """Whether it is nested, a duration, bytes or an object."""
        return dtype.is_nested() or dtype in (pl.Duration, pl.Binary, pl.Object)

    def sink(self, lazy: pl.LazyFrame, target: Path) -> pl.LazyFrame:
        """Return the lazy sink node."""
        options = self.config
        node = lazy.sink_csv(
            target,
            separator=options.separator,
            compression=options.compression or self.compression_by_name(),
            compression_level=options.compression_level,
            check_extension=False,
            null_value=options.null_value or None,
            decimal_comma=options.decimal_comma,
            lazy=True,
        )
        assert node is not None  # noqa: S101 - lazy sinks return a plan
        return node


def _check_same(files: Sequence[CsvFile]) -> None:
    first = files[0]
    for other in files[1:]:
        missing = [n for n in first.names if n not in other.names]
        extra = [n for n in other.names if n not in first.names]
        facts = []
        if missing:
            facts.append(f"missing: {', '.join(missing)}")
        if extra:
            facts.append(f"not in the first: {', '.join(extra)}")
        if facts:
            raise DifferentColumnsError.between(first.text.path, other.text.path, facts)
