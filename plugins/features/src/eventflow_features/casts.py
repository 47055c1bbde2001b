"""How a value of one dtype becomes a value of another, and when it does not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.epochs import UNITS, odd, since_1970, ticks, writable
from eventflow.moments import UTC_ZONE
from eventflow.numbers import NumberFormat
from eventflow.zones import in_zone
from eventflow_features.iso import read_date, read_datetime, read_time

if TYPE_CHECKING:
    from eventflow.zones import Repeated, Skipped

_TRUE, _FALSE = ("true", "yes", "1", "t", "y"), ("false", "no", "0", "f", "n")
_FIRST_YEAR = 1000
_INFINITE = r"^[+-]?[iI]"


@frozen
class Reading:
    """How text, and what has no zone, is read.

    Attributes:
        written: Format of dates and times in text, None for ISO 8601; of numbers in text, an
            example of one; of integers that become times, one of `UNITS`.
        zone: IANA zone of times without one; None takes that of the other side.
        repeated: What a local time means that occurs twice.
        skipped: What a local time means that never occurs.
    """

    written: str | None = None
    zone: str | None = None
    repeated: Repeated = "unfit"
    skipped: Skipped = "unfit"


def turned(
    value: pl.Expr, found: pl.DataType, dtype: pl.DataType, how: Reading | None = None
) -> pl.Expr:
    """Return `value` as `dtype`; null where it does not fit.

    Args:
        value: The values.
        found: Their dtype.
        dtype: The dtype wanted.
        how: How they are read.
    """
    how = how or Reading()
    texts = (pl.String, pl.Categorical, pl.Enum)
    if found in texts and dtype not in texts:
        text = value if found == pl.String else value.cast(pl.String)
        return _read(text.str.strip_chars(), dtype, how)
    if found == pl.String:
        return value.str.strip_chars().cast(dtype, strict=False)
    if found.is_numeric():
        return _number(value, found, dtype, how)
    return _zoned(value, found, dtype, how)


def lacks_unit(found: pl.DataType, dtype: pl.DataType, written: str | None) -> bool:
    """Whether a number should become a time, and nothing says which unit it counts."""
    counts = found.is_numeric() or (found == pl.String and written in UNITS)
    if not (counts and dtype.is_temporal()):
        return False
    days, part = dtype == pl.Date and written != "d", found.is_float() or found.is_decimal()
    return part or written not in UNITS or dtype == pl.Time or days


def odd_times(value: pl.Expr, found: pl.DataType, dtype: pl.DataType, unit: str) -> pl.Expr | None:
    """Return whether a number that counts time means one in 1970 or after 2199; None: no such."""
    if unit not in UNITS or not isinstance(dtype, pl.Datetime | pl.Date):
        return None
    return odd(value.cast(pl.Int64, strict=False) if found == pl.String else value, unit)


def fails(value: pl.Expr, done: pl.Expr) -> pl.Expr:
    """Return whether a value is there and did not fit."""
    return value.is_not_null() & done.is_null()


def reason(dtype: pl.DataType) -> str:
    """Return why a row leaves, in words."""
    if dtype.is_integer():
        return "not a whole number"
    if dtype.is_numeric():
        return "not a number"
    if dtype == pl.Boolean:
        return "not true or false"
    return "not a date or time" if dtype.is_temporal() else "does not fit"


def _read(text: pl.Expr, dtype: pl.DataType, how: Reading) -> pl.Expr:
    if dtype.is_temporal():
        return _time(text, dtype, how)
    if dtype == pl.Boolean:
        lower = text.str.to_lowercase()
        return pl.when(lower.is_in(_TRUE)).then(True).when(lower.is_in(_FALSE)).then(False)  # noqa: FBT003 - the values themselves
    if how.written is not None and dtype.is_numeric():
        return NumberFormat.of(how.written).read(text, dtype)
    done = text.cast(dtype, strict=False)
    if dtype.is_float():
        done = done.fill_nan(None)
        return pl.when(done.is_finite() | text.str.contains(_INFINITE)).then(done)
    return done


def _time(text: pl.Expr, dtype: pl.DataType, how: Reading) -> pl.Expr:
    written = how.written
    if written in UNITS:
        return _since_1970(text.cast(pl.Int64, strict=False), dtype, how)
    if isinstance(dtype, pl.Datetime):
        return _in_full(_datetime(text, dtype, how), written)
    if dtype == pl.Date:
        read = read_date(text) if written is None else text.str.to_date(written, strict=False)
        return _in_full(read, written)
    if dtype == pl.Time:
        return read_time(text) if written is None else text.str.to_time(written, strict=False)
    return text.cast(dtype, strict=False)


def _in_full(time: pl.Expr, written: str | None) -> pl.Expr:
    """Return times whose year is written in full: Polars also reads ``24`` as a year of ``%Y``."""
    if written is None or "%Y" not in written:
        return time
    return pl.when(time.dt.year() >= _FIRST_YEAR).then(time)


def _datetime(text: pl.Expr, dtype: pl.Datetime, how: Reading) -> pl.Expr:
    written = how.written
    naive, aware = pl.Datetime(dtype.time_unit), pl.Datetime(dtype.time_unit, UTC_ZONE)
    if written is None:
        wall, instant = read_datetime(text, dtype)
        return pl.coalesce(_zoned(wall, naive, dtype, how), _zoned(instant, aware, dtype, how))
    tells = "%+" in written or "z" in written
    read = text.str.to_datetime(
        written, strict=False, time_unit=dtype.time_unit, time_zone=UTC_ZONE if tells else None
    )
    return _zoned(read, aware if tells else naive, dtype, how)


def _number(value: pl.Expr, found: pl.DataType, dtype: pl.DataType, how: Reading) -> pl.Expr:
    """Turn a number into the same; only to a float or a decimal's scale may a fraction round."""
    if dtype.is_temporal():
        return _since_1970(value, dtype, how)
    if dtype == pl.Boolean:
        return pl.when(value == 1).then(True).when(value == 0).then(False)  # noqa: FBT003 - the values themselves
    done = value.cast(dtype, strict=False)
    if dtype.is_integer() and found.is_float():
        return pl.when(value == value.round()).then(done)
    if dtype.is_float() and found.is_float():
        return pl.when(done.is_finite() | value.is_infinite()).then(done)
    if dtype.is_integer() if found.is_decimal() else dtype.is_float():
        return pl.when(done.cast(found, strict=False) == value).then(done)
    return done


def _since_1970(value: pl.Expr, dtype: pl.DataType, how: Reading) -> pl.Expr:
    """Return the time so many units after 1970 began in UTC; a duration of so many units."""
    unit = how.written or "us"
    if isinstance(dtype, pl.Datetime):
        found = pl.Datetime(dtype.time_unit, UTC_ZONE)
        return _zoned(since_1970(value, unit, dtype.time_unit), found, dtype, how)
    if dtype == pl.Date:
        return pl.when(writable(value, "d")).then(value.cast(pl.Int32, strict=False)).cast(dtype)
    return ticks(value, unit, getattr(dtype, "time_unit", None) or "us").cast(dtype)


def _zoned(value: pl.Expr, found: pl.DataType, dtype: pl.DataType, how: Reading) -> pl.Expr:
    if isinstance(found, pl.Datetime) and dtype == pl.Date:
        return value.dt.date()
    if isinstance(found, pl.Datetime) and isinstance(dtype, pl.Datetime):
        if found.time_zone is None and dtype.time_zone is not None:
            zone = how.zone or dtype.time_zone
            value = in_zone(value, zone, repeated=how.repeated, skipped=how.skipped)
        elif found.time_zone is not None and dtype.time_zone is None:
            value = value.dt.convert_time_zone(how.zone or found.time_zone).dt.replace_time_zone(
                None
            )
    return value.cast(dtype, strict=False)
