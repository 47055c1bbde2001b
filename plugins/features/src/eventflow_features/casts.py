"""How a value of one dtype becomes a value of another, and when it does not fit."""

from __future__ import annotations

import polars as pl

from eventflow.moments import UTC_ZONE
from eventflow_features.iso import read_date, read_datetime, read_time

_TRUE, _FALSE = ("true", "yes", "1", "t", "y"), ("false", "no", "0", "f", "n")
_INFINITE = r"^[+-]?[iI]"

UNITS = {"d": 86_400 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
"""Units in which a number may count time, in nanoseconds."""


def turned(
    value: pl.Expr,
    found: pl.DataType,
    dtype: pl.DataType,
    *,
    written: str | None = None,
    zone: str | None = None,
) -> pl.Expr:
    """Return `value` as `dtype`; null where it does not fit.

    Args:
        value: The values.
        found: Their dtype.
        dtype: The dtype wanted.
        written: Format of dates and times in text, None for ISO 8601; or of integers that become
            times, one of `UNITS`.
        zone: IANA zone of times without one; None takes that of the other side.
    """
    texts = (pl.String, pl.Categorical, pl.Enum)
    if found in texts and dtype not in texts:
        text = value if found == pl.String else value.cast(pl.String)
        return _read(text.str.strip_chars(), dtype, written, zone)
    if found == pl.String:
        return value.str.strip_chars().cast(dtype, strict=False)
    if found.is_numeric():
        return _number(value, found, dtype, written, zone)
    return _zoned(value, found, dtype, zone)


def lacks_unit(found: pl.DataType, dtype: pl.DataType, written: str | None) -> bool:
    """Whether a number should become a time, and nothing says which unit it counts."""
    if not (found.is_numeric() and dtype.is_temporal()):
        return False
    days = dtype == pl.Date and written != "d"
    return not found.is_integer() or written not in UNITS or dtype == pl.Time or days


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


def _read(text: pl.Expr, dtype: pl.DataType, written: str | None, zone: str | None) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return _datetime(text, dtype, written, zone)
    if dtype == pl.Date:
        return read_date(text) if written is None else text.str.to_date(written, strict=False)
    if dtype == pl.Time:
        return read_time(text) if written is None else text.str.to_time(written, strict=False)
    if dtype == pl.Boolean:
        lower = text.str.to_lowercase()
        return pl.when(lower.is_in(_TRUE)).then(True).when(lower.is_in(_FALSE)).then(False)  # noqa: FBT003 - the values themselves
    done = text.cast(dtype, strict=False)
    if dtype.is_float():
        done = done.fill_nan(None)
        return pl.when(done.is_finite() | text.str.contains(_INFINITE)).then(done)
    return done


def _datetime(text: pl.Expr, dtype: pl.Datetime, written: str | None, zone: str | None) -> pl.Expr:
    naive, aware = pl.Datetime(dtype.time_unit), pl.Datetime(dtype.time_unit, UTC_ZONE)
    if written is None:
        wall, instant = read_datetime(text, dtype)
        return pl.coalesce(_zoned(wall, naive, dtype, zone), _zoned(instant, aware, dtype, zone))
    tells = "%+" in written or "z" in written
    read = text.str.to_datetime(
        written, strict=False, time_unit=dtype.time_unit, time_zone=UTC_ZONE if tells else None
    )
    return _zoned(read, aware if tells else naive, dtype, zone)


def _number(
    value: pl.Expr, found: pl.DataType, dtype: pl.DataType, written: str | None, zone: str | None
) -> pl.Expr:
    """Turn a number into the same; only to a float or a decimal's scale may a fraction round."""
    if dtype.is_temporal():
        return _since_1970(value, dtype, written or "us", zone)
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


def _since_1970(value: pl.Expr, dtype: pl.DataType, unit: str, zone: str | None) -> pl.Expr:
    """Return the time so many units after 1970 began in UTC; a duration of so many units."""
    wanted = getattr(dtype, "time_unit", None) or "us"
    ticks = value.cast(pl.Int128) * UNITS[unit] // UNITS[wanted]
    count = ticks.cast(pl.Int64, strict=False)
    if not isinstance(dtype, pl.Datetime):
        return (value.cast(pl.Int32, strict=False) if dtype == pl.Date else count).cast(dtype)
    instant = pl.Datetime(dtype.time_unit, UTC_ZONE)
    return _zoned(count.cast(instant), instant, dtype, zone)


def _zoned(value: pl.Expr, found: pl.DataType, dtype: pl.DataType, zone: str | None) -> pl.Expr:
    if isinstance(found, pl.Datetime) and dtype == pl.Date:
        return value.dt.date()
    if isinstance(found, pl.Datetime) and isinstance(dtype, pl.Datetime):
        if found.time_zone is None and dtype.time_zone is not None:
            value = value.dt.replace_time_zone(
                zone or dtype.time_zone, ambiguous="null", non_existent="null"
            )
        elif found.time_zone is not None and dtype.time_zone is None:
            value = value.dt.convert_time_zone(zone or found.time_zone).dt.replace_time_zone(None)
    return value.cast(dtype, strict=False)
