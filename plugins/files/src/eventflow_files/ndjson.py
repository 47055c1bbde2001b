"""The NDJSON source and sink."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from attrs import evolve

from eventflow.numbers import NumberFormat
from eventflow_files.atomic import FileSink, SinkOptions
from eventflow_files.columns import Column, schema_of
from eventflow_files.errors import EmptyFileError, SchemaUnreadableError, UnknownColumnError
from eventflow_files.infer import infer
from eventflow_files.json_codec import JsonCodec
from eventflow_files.options import TextOptions
from eventflow_files.precision import check_unit, imprecise
from eventflow_files.sniff import TextFile, require_few, sniff_text
from eventflow_files.text_source import TextPlan, TextSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


_PLAIN = NumberFormat.of("1234.5")
_QUOTED = "quotes around the numbers in the file"
_LONG = re.compile(rb"\d[\d.]{15}")


class NdjsonSource(TextSource):
    """Rows of NDJSON files (one JSON object a line), as one frame.

    Shapes: one row per object, one column per key; nested objects become structs, arrays lists.
    Keys and dtypes are told from at most 1 MiB at the beginning of the first files: a key that
    occurs only later must be named in `schema`, and others are not read. A missing key is null, and
    of a key that occurs twice in one object the first value counts. Lines that are not JSON
    objects, and values that do not fit their column, are quarantined with file, line, reason and
    raw text. Source of the format: https://github.com/ndjson/ndjson-spec.

    Raises:
        FileError: EF601 to EF613, EF617; the package's README has a table.
    """

    Config = TextOptions
    config: TextOptions
    suffixes = (".ndjson", ".jsonl", ".json")

    def plan(self) -> TextPlan:
        """Read the beginnings of the files."""
        paths = self.files()
        heads = [sniff_text(path, self.config) for path in paths]
        lines = [raw for _, head, ended in heads for raw in _objects(head, ended=ended)]
        empty = not any(head.strip() for _, head, _ in heads)
        columns, undetermined = self._columns(lines, paths[0], empty=empty)
        codec = JsonCodec(tuple(columns.values()))
        files = tuple(_sized(file, lines) for file, _, _ in heads)
        schema = schema_of(columns.values())
        lost = dict.fromkeys(imprecise(_long_numbers(lines, columns)), _QUOTED)
        return TextPlan(files, schema, lambda _number: codec, undetermined, lost)

    def stated(self) -> dict[str, Column]:
        """Return the columns of which the options say how they are read; decimals from text."""
        return {
            name: evolve(column, number=_PLAIN)
            if column.dtype.is_decimal() and column.number is None
            else column
            for name, column in super().stated().items()
        }

    def _columns(
        self, lines: list[bytes], path: Path, *, empty: bool
    ) -> tuple[dict[str, Column], tuple[str, ...]]:
        options = self.config
        stated = self.stated()
        if not lines and not stated:
            if empty:
                raise EmptyFileError.at(path)
            raise SchemaUnreadableError.at(path, "no line at its beginning is a JSON object")
        found = _sample(lines[: options.infer_rows]) if lines else {}
        names = [*found, *(n for n in stated if n not in found)]
        for name in options.columns or ():
            if name not in names:
                raise UnknownColumnError.named("columns", name, names)  # noqa: EM101 - an option
        wanted = names if options.columns is None else options.columns
        require_few(path, wanted)
        columns = {name: stated.get(name) or self._column(name, found) for name in wanted}
        for name, column in columns.items():
            if name in found and column.unit is not None:
                check_unit(column, column.unit, found[name])
        undetermined = (
            n for n in wanted if n not in stated and found[n].null_count() == len(found[n])
        )
        return columns, tuple(undetermined)

    def _column(self, name: str, found: dict[str, pl.Series]) -> Column:
        dtype = found[name].dtype
        if dtype == pl.String:
            guess = infer(found[name].to_frame(), local=self.config.local).get(name)
            return guess if guess and guess.formats else Column(name, dtype)
        return Column(name, pl.String() if dtype in (pl.Null, pl.Int128) else dtype)


class NdjsonSink(FileSink):
    """Writes one NDJSON file: UTF-8, one object a line; null keys are written as null.

    The file appears whole, in one step, when the run has succeeded. JSON has no infinity: an
    infinite float is written as null. Bytes have no form in JSON: they are refused before anything
    is read.

    Raises:
        FileError: EF614 to EF616, EF618, EF619.
    """

    class Config(SinkOptions):
        """Options of the NDJSON sink.

        Attributes:
            compression: ``gzip`` or ``zstd``; by default what the path's ending says.
            compression_level: Level of the compression; None for its default.
        """

        compression: Literal["uncompressed", "gzip", "zstd"] | None = None
        compression_level: int | None = None

    config: Config
    example = "result.ndjson"

    def cannot_hold(self, dtype: pl.DataType) -> bool:
        """Whether it is bytes or an object."""
        return dtype in (pl.Binary, pl.Object)

    def sink(self, lazy: pl.LazyFrame, target: Path) -> pl.LazyFrame:
        """Return the lazy sink node."""
        node = lazy.sink_ndjson(
            target,
            compression=self.config.compression or self.compression_by_name(),
            compression_level=self.config.compression_level,
            check_extension=False,
            lazy=True,
        )
        assert node is not None  # noqa: S101 - lazy sinks return a plan
        return node


def _objects(head: bytes, *, ended: bool) -> list[bytes]:
    records = JsonCodec(()).split(head, final=ended).records
    return [r.raw for r in records if r.reason is None]


def _long_numbers(lines: list[bytes], columns: Mapping[str, Column]) -> Iterator[pl.Series]:
    """Yield the numbers of columns as they are written, from the objects with many digits.

    Whole numbers that become text keep all digits; those with a fraction were floats before.
    """
    rows = [line for line in lines if _LONG.search(line)]
    read = [json.loads(row, parse_float=_Written, parse_int=_Whole) for row in rows]
    for name, column in columns.items():
        kind = _Written if column.dtype == pl.String else str
        numbers = (one.get(name) for one in read if not column.dtype.is_integer())
        values = [n for n in numbers if isinstance(n, _Whole | _Written) and isinstance(n, kind)]
        yield pl.Series(name, values, dtype=pl.String)


class _Written(str):
    """A number with a fraction or an exponent in JSON, as it is written there."""

    __slots__ = ()


class _Whole(str):
    """A whole number in JSON, as it is written there."""

    __slots__ = ()


def _sample(lines: list[bytes]) -> dict[str, pl.Series]:
    """Return the sampled values of each key; those of a key whose dtypes conflict as text."""
    try:
        rows = pl.read_ndjson(b"\n".join(lines), infer_schema_length=None)
    except pl.exceptions.PolarsError:
        return _sample_by_key([json.loads(line) for line in lines])
    return {series.name: series for series in rows}


def _sample_by_key(objects: list[dict[str, Any]]) -> dict[str, pl.Series]:
    keys = dict.fromkeys(key for one in objects for key in one)
    return {key: _one_key(key, [o[key] for o in objects if key in o]) for key in keys}


def _one_key(key: str, values: list[Any]) -> pl.Series:
    text = "\n".join(json.dumps({key: value}) for value in values)
    try:
        return pl.read_ndjson(text.encode(), infer_schema_length=None)[key]
    except pl.exceptions.PolarsError:
        return pl.Series(key, [json.dumps(v) for v in values], dtype=pl.String)


def _sized(file: TextFile, lines: list[bytes]) -> TextFile:
    mean = sum(map(len, lines)) / len(lines) + 1 if lines else None
    return TextFile(file.path, file.encoding, file.carriage_returns, row_bytes=mean)
