"""How the text of a column becomes values: dtype, formats, and what does not fit."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.epochs import UNITS, since_1970
from eventflow.zones import in_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eventflow.numbers import NumberFormat
    from eventflow.zones import Repeated, Skipped

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

SHORT_YEARS = tuple(form.replace("%Y", "%y") for form in LOCAL if "/%Y" in form or ".%Y" in form)
"""Those whose years have two digits, for 1969 to 2068; never taken without asking."""

_FIRST_YEAR = 1000
_CLOCK = ("%H", "%I", "%M", "%S", "%T", "%R", "%s", "%f", "%p")
_ZONE = ("%z", "%#z", "%:z", "%Z", "%+")
_END_OF_DAY = r"([T ])24:00((?::00(?:\.0+)?)?)($|[^0-9:.])"
_DAY = pl.duration(days=1)


@frozen
class Local:
    """How local times are read in a zone.

    Attributes:
        zone: IANA zone; None: times without an offset do not fit where others have one.
        repeated: What a time means that occurs twice.
        skipped: What a time means that never occurs.
    """

    zone: str | None = None
    repeated: Repeated = "unfit"
    skipped: Skipped = "unfit"


def format_dtype(text: str) -> pl.DataType:
    """Return the dtype a format makes: Date, Datetime, or an instant: a unit, or with an offset."""
    if text in UNITS or any(code in text for code in _ZONE):
        return pl.Datetime("us", "UTC")
    return pl.Datetime("us") if any(code in text for code in _CLOCK) else pl.Date()


@frozen
class Column:
    """One column of a text file.

    Attributes:
        name: Its name.
        dtype: dtype of its values.
        formats: Formats of dates and times, the likeliest first. A value may fit any of them. One
            of `eventflow.epochs.UNITS` stands for what a number counts since 1970.
        local: How values without an offset are read; only where `dtype` is aware.
        iso: Whether the formats are ISO 8601.
        number: How numbers are written, where Polars' reader does not read them.
    """

    name: str
    dtype: pl.DataType
    formats: tuple[str, ...] = ()
    local: Local = Local()
    iso: bool = False
    number: NumberFormat | None = None

    @classmethod
    def of(cls, name: str, dtype: pl.DataType, local: Local | None = None) -> Column:
        """Make a column of a dtype, dates and times in ISO 8601."""
        if dtype == pl.Date:
            return cls(name, dtype, ISO_DATES, iso=True)
        if dtype == pl.Time:
            return cls(name, dtype, ISO_TIMES)
        if isinstance(dtype, pl.Datetime):
            formats = ISO_NAIVE if dtype.time_zone is None else ISO_AWARE
            return cls(name, dtype, formats, local or Local(), iso=True)
        return cls(name, dtype)

    @property
    def made(self) -> bool:
        """Whether its values are made of text here, and not by Polars' reader."""
        return bool(self.formats) or self.number is not None

    @property
    def unit(self) -> str | None:
        """What its numbers count since 1970, if they count time."""
        return self.formats[0] if self.formats and self.formats[0] in UNITS else None

    @property
    def text_dtype(self) -> pl.DataType:
        """The dtype Polars' reader is told: String where values are made of text."""
        return pl.String() if self.made else self.dtype

    def quick(self) -> pl.Expr:
        """Parse with the likeliest format alone."""
        if self.number is not None or self.unit is not None:
            return self.thorough()
        return self._parsed(pl.col(self.name), self.formats[0]).alias(self.name)

    def thorough(self) -> pl.Expr:
        """Parse with every format, and text without an offset in the column's zone."""
        text = pl.col(self.name)
        if self.number is not None:
            return self.number.read(text, self.dtype).alias(self.name)
        if self.unit is not None:
            return self._counted(text, self.unit).alias(self.name)
        tries = list(self._tries(text))
        if isinstance(self.dtype, pl.Datetime):  # ISO 8601: 24:00 is the next day's 00:00
            ended = text.str.contains(_END_OF_DAY)
            midnight = text.str.replace(_END_OF_DAY, "${1}00:00${2}${3}")
            tries.extend(self._tries(pl.when(ended).then(midnight), _DAY))
        value = pl.coalesce(tries)
        if self._four_digits:
            value = pl.when(value.dt.year() >= _FIRST_YEAR).then(value)
        return value.alias(self.name)

    def doubtful(self, text: pl.Series, value: pl.Series) -> bool:
        """Whether any text did not become a value, or became one of a year of fewer digits."""
        if value.null_count() != text.null_count():
            return True
        if not self._four_digits:
            return False
        earliest = value.to_physical().min()
        first = pl.Series([date(_FIRST_YEAR, 1, 1)]).cast(self.dtype).to_physical()[0]
        return isinstance(earliest, int) and earliest < first

    @property
    def _four_digits(self) -> bool:
        """Whether years are written in full: Polars also reads ``24`` as a year of ``%Y``."""
        return any("%Y" in form for form in self.formats)

    @property
    def _aware(self) -> bool:
        return isinstance(self.dtype, pl.Datetime) and self.dtype.time_zone is not None

    def _tries(self, text: pl.Expr, later: pl.Expr | None = None) -> Iterator[pl.Expr]:
        for form in self.formats:
            value = self._parsed(text, form)
            yield value if later is None else value + later
        if self._aware and self.iso and self.local.zone is not None:
            for form in ISO_NAIVE:
                yield self._localised(text, form, later)

    def _parsed(self, text: pl.Expr, form: str) -> pl.Expr:
        if self.dtype == pl.Date:
            return text.str.to_date(form, strict=False, cache=False)
        if self.dtype == pl.Time:
            return text.str.to_time(form, strict=False, cache=False)
        assert isinstance(self.dtype, pl.Datetime)  # noqa: S101 - only these three have formats
        unit, zone = self.dtype.time_unit, self.dtype.time_zone
        if zone is None:
            return text.str.to_datetime(form, time_unit=unit, strict=False, cache=False)
        if self.local.zone is not None and not any(code in form for code in _ZONE):
            return self._localised(text, form)
        instant = text.str.to_datetime(
            form, time_unit=unit, time_zone="UTC", strict=False, cache=False
        )
        return instant.dt.convert_time_zone(zone)

    def _localised(self, text: pl.Expr, form: str, later: pl.Expr | None = None) -> pl.Expr:
        assert isinstance(self.dtype, pl.Datetime)  # noqa: S101 - `local` is for Datetime only
        wall = text.str.to_datetime(form, time_unit=self.dtype.time_unit, strict=False, cache=False)
        wall = wall if later is None else wall + later
        how = self.local
        instant = in_zone(wall, how.zone or "UTC", repeated=how.repeated, skipped=how.skipped)
        return instant.dt.convert_time_zone(self.dtype.time_zone or "UTC")

    def _counted(self, text: pl.Expr, unit: str) -> pl.Expr:
        """Read numbers that count time; of a fraction, what the dtype holds."""
        fine = self.dtype.time_unit if isinstance(self.dtype, pl.Datetime) else "us"
        whole = since_1970(text.cast(pl.Int64, strict=False), unit, fine)
        part = text.cast(pl.Float64, strict=False) * (UNITS[unit] / UNITS[fine])
        instant = pl.coalesce(
            whole, since_1970(part.round().cast(pl.Int64, strict=False), fine, fine)
        )
        if self.dtype == pl.Date:
            return instant.dt.date()
        zone = self.dtype.time_zone if isinstance(self.dtype, pl.Datetime) else None
        if zone is not None:
            return instant.dt.convert_time_zone(zone)
        there = instant.dt.convert_time_zone(self.local.zone or "UTC")
        return there.dt.replace_time_zone(None)


def text_schema(columns: Iterable[Column]) -> dict[str, pl.DataType]:
    """Return what the CSV reader is told of the columns."""
    return {c.name: c.text_dtype for c in columns}


def schema_of(columns: Iterable[Column]) -> dict[str, pl.DataType]:
    """Return the dtypes of the columns' values."""
    return {c.name: c.dtype for c in columns}
