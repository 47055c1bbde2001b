"""How the text of a column becomes values: dtype, formats, and what does not fit."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

ISO_DATES = ("%Y-%m-%d",)
ISO_NAIVE = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d",
)
ISO_AWARE = (
    "%Y-%m-%dT%H:%M:%S%#z",
    "%Y-%m-%d %H:%M:%S%#z",
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%d %H:%M%#z",
)
ISO_TIMES = ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f")
_LOCAL_DATES = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d-%b-%Y", "%d %b %Y",
    "%b %d, %Y",
)  # fmt: skip
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
LOCAL = tuple(date + clock for clock in _CLOCKS for date in _LOCAL_DATES)
"""Formats of dates and times that people write, the likeliest first."""

_FIRST_YEAR = 1000
_CLOCK = ("%H", "%I", "%M", "%S", "%T", "%R", "%s", "%f", "%p")
_ZONE = ("%z", "%#z", "%:z", "%Z", "%+")


def format_dtype(text: str) -> pl.DataType:
    """Return the dtype a format makes: Date, Datetime, or Datetime in UTC if it has an offset."""
    if any(code in text for code in _ZONE):
        return pl.Datetime("us", "UTC")
    return pl.Datetime("us") if any(code in text for code in _CLOCK) else pl.Date()


@frozen
class Column:
    """One column of a text file.

    Attributes:
        name: Its name.
        dtype: dtype of its values.
        formats: Formats of dates and times, the likeliest first; empty if Polars' CSV reader makes
            the values itself. A value may fit any of them.
        zone: IANA zone in which values without an offset are read; only where `dtype` is aware.
        iso: Whether the formats are ISO 8601, whose years have four digits.
    """

    name: str
    dtype: pl.DataType
    formats: tuple[str, ...] = ()
    zone: str | None = None
    iso: bool = False

    @classmethod
    def of(cls, name: str, dtype: pl.DataType, zone: str | None = None) -> Column:
        """Make a column of a dtype, dates and times in ISO 8601."""
        if dtype == pl.Date:
            return cls(name, dtype, ISO_DATES, iso=True)
        if dtype == pl.Time:
            return cls(name, dtype, ISO_TIMES)
        if isinstance(dtype, pl.Datetime):
            formats = ISO_NAIVE if dtype.time_zone is None else ISO_AWARE
            return cls(name, dtype, formats, zone, iso=True)
        return cls(name, dtype)

    @property
    def text_dtype(self) -> pl.DataType:
        """The dtype the CSV reader is told: String where formats make the value."""
        return pl.String() if self.formats else self.dtype

    def quick(self) -> pl.Expr:
        """Parse with the likeliest format alone."""
        return self._parsed(self.formats[0]).alias(self.name)

    def thorough(self) -> pl.Expr:
        """Parse with every format, and text without an offset in the column's zone."""
        tries = [self._parsed(text) for text in self.formats]
        if self.zone is not None:
            tries.extend(self._localised(text) for text in ISO_NAIVE)
        value = pl.coalesce(tries)
        if self.iso:
            value = pl.when(value.dt.year() >= _FIRST_YEAR).then(value)
        return value.alias(self.name)

    def doubtful(self, text: pl.Series, value: pl.Series) -> bool:
        """Whether any text did not become a value, or became one that no ISO text means."""
        if value.null_count() != text.null_count():
            return True
        if not self.iso:
            return False
        earliest = value.to_physical().min()
        first = pl.Series([date(_FIRST_YEAR, 1, 1)]).cast(self.dtype).to_physical()[0]
        return isinstance(earliest, int) and earliest < first

    def _parsed(self, text: str) -> pl.Expr:
        column = pl.col(self.name)
        if self.dtype == pl.Date:
            return column.str.to_date(text, strict=False, cache=False)
        if self.dtype == pl.Time:
            return column.str.to_time(text, strict=False, cache=False)
        assert isinstance(self.dtype, pl.Datetime)  # noqa: S101 - only these three have formats
        unit, zone = self.dtype.time_unit, self.dtype.time_zone
        if zone is None:
            return column.str.to_datetime(text, time_unit=unit, strict=False, cache=False)
        instant = column.str.to_datetime(
            text, time_unit=unit, time_zone="UTC", strict=False, cache=False
        )
        return instant.dt.convert_time_zone(zone)

    def _localised(self, text: str) -> pl.Expr:
        assert isinstance(self.dtype, pl.Datetime)  # noqa: S101 - `zone` is for Datetime only
        naive = pl.col(self.name).str.to_datetime(
            text, time_unit=self.dtype.time_unit, strict=False, cache=False
        )
        local = naive.dt.replace_time_zone(self.zone, ambiguous="null", non_existent="null")
        return local.dt.convert_time_zone(self.dtype.time_zone or "UTC")


def text_schema(columns: Iterable[Column]) -> dict[str, pl.DataType]:
    """Return what the CSV reader is told of the columns."""
    return {c.name: c.text_dtype for c in columns}


def schema_of(columns: Iterable[Column]) -> dict[str, pl.DataType]:
    """Return the dtypes of the columns' values."""
    return {c.name: c.dtype for c in columns}
