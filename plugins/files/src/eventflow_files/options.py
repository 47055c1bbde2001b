"""Options of the text sources, shared where they are the same."""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import Field, field_validator, model_validator

from eventflow.base import ComponentConfig
from eventflow.config import ONE_OR_MANY
from eventflow.numbers import NumberExample  # noqa: TC001 - likewise
from eventflow.schema import DType  # noqa: TC001 - pydantic reads it at run time
from eventflow.zones import Repeated, Skipped, TimeZone  # noqa: TC001 - likewise
from eventflow_files.columns import Local

Paths = str | tuple[str, ...]
_MIB = 2**20


class TextOptions(ComponentConfig):
    """Options that CSV and NDJSON sources share.

    Attributes:
        path: A file, a glob, a directory, or a list of these.
        encoding: Encoding of the files; detected if left out.
        schema: Column → dtype, for the columns whose dtype should not be inferred.
        columns: The only columns to read; the others are neither parsed nor checked.
        infer_rows: Rows at the beginning from which dtypes are inferred (at most 1 MiB of them).
        parse: Column → format of its dates or times, for example ``%m/%d/%Y %H:%M``; of numbers,
            what they count since 1970 in UTC: ``d``, ``s``, ``ms``, ``us`` or ``ns``.
        numbers: Column → one number, written as in the file: ``$1,234.50`` or ``1.234,50 €``. It
            tells thousands, decimals and currency; values may lack the currency, and those in
            parentheses are negative.
        timezone: IANA zone in which timestamps without an offset are read.
        repeated_times: What such a timestamp means that occurs twice, where clocks go back: the
            ``earlier`` or the ``later`` of the two, or that the row is set aside.
        skipped_times: What one means that never occurs, where clocks go ``forward``: that it is
            moved by what was skipped, or that the row is set aside.
        bad_rows: ``quarantine`` sets rows that cannot be used aside, ``fail`` stops at the first.
        max_bad_rows: Most bad rows, as a share of all rows (0.1) or as a number (100).
        max_bytes: Most bytes of text a file may hold; None for no limit.
        max_expansion: Most bytes of text per byte of a compressed file, above 64 MiB.
        max_line_bytes: Longest record; bounds the memory that a line can take.
    """

    path: Annotated[Paths, Field(examples=["data/customers.csv"])]
    encoding: str | None = None
    schema_: dict[str, DType] = Field(default_factory=dict, alias="schema")
    columns: tuple[str, ...] | None = None
    infer_rows: int = Field(default=10_000, ge=1)
    parse: dict[str, str] = Field(default_factory=dict)
    numbers: dict[str, NumberExample] = Field(default_factory=dict)
    timezone: TimeZone | None = None
    repeated_times: Repeated = "unfit"
    skipped_times: Skipped = "unfit"
    bad_rows: Literal["quarantine", "fail"] = "quarantine"
    max_bad_rows: Annotated[float, Field(ge=0, le=1, strict=True)] | Annotated[int, Field(ge=0)] = (
        0.1
    )
    max_bytes: int | None = Field(default=None, ge=1)
    max_expansion: int = Field(default=1000, ge=1)
    max_line_bytes: int = Field(default=16 * _MIB, ge=1024, le=512 * _MIB)

    @property
    def local(self) -> Local:
        """How local times are read."""
        return Local(self.timezone, self.repeated_times, self.skipped_times)

    @field_validator("max_bad_rows", mode="before")
    @classmethod
    def _number_or_share(cls, value: Any) -> Any:
        """Keep 1 a number of rows and 1.0 a share."""
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                codecs.lookup(value)
            except LookupError:
                msg = f'there is no encoding "{value}"; write utf-8, utf-16, latin-1 or cp1252'
                raise ValueError(msg) from None
        return value

    @model_validator(mode="after")
    def _numbers_are_numeric(self) -> Self:
        for name in self.numbers:
            stated = self.schema_.get(name)
            if stated is not None and not stated.is_numeric():
                msg = f'numbers names "{name}", which schema says is {stated}; leave out one'
                raise ValueError(msg)
            if name in self.parse:
                msg = f'"{name}" stands in parse and in numbers; it is a time or a number'
                raise ValueError(msg)
        return self


class CsvOptions(TextOptions):
    """Options of the CSV source.

    Attributes:
        separator: Character between fields; detected among ``, ; | TAB`` if left out.
        quote: Character around fields that need it; null if the file has none.
        has_header: Whether the first line names the columns; detected if left out.
        skip_rows: Lines to skip before the header.
        null_values: Texts that mean null, besides nothing at all.
        decimal_comma: Whether numbers are written ``1,5``.
        rename_duplicates: Whether to number column names that are empty or occur twice.
    """

    separator: str | None = Field(default=None, min_length=1, max_length=1)
    quote: str | None = Field(default='"', min_length=1, max_length=1)
    has_header: bool | None = None
    skip_rows: int = Field(default=0, ge=0, le=1000)
    null_values: Annotated[tuple[str, ...], ONE_OR_MANY] = ()
    decimal_comma: bool = False
    rename_duplicates: bool = False

    @field_validator("separator", "quote")
    @classmethod
    def _one_byte(cls, value: str | None) -> str | None:
        if value is not None and (not value.isascii() or value in "\r\n\0"):
            msg = "must be one ASCII character, and no line end"
            raise ValueError(msg)
        return value

    @field_validator("schema_")
    @classmethod
    def _readable(cls, value: dict[str, Any]) -> dict[str, Any]:
        for name, dtype in value.items():
            if dtype is None or dtype.is_nested() or dtype in (pl.Duration, pl.Binary):
                msg = f'"{name}": text cannot be read as {dtype}; read it as str, then convert it'
                raise ValueError(msg)
        return value
