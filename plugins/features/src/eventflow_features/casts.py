"""How a value of one dtype becomes a value of another, and when it does not fit."""

from __future__ import annotations

import polars as pl

_TRUE, _FALSE = ("true", "yes", "1", "t", "y"), ("false", "no", "0", "f", "n")


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
        written: Format of dates and times in text; None for ISO 8601.
        zone: IANA zone of times without one; None takes that of the other side.
    """
    if found == pl.String:
        return _read(value.str.strip_chars(), dtype, written, zone)
    if dtype.is_integer() and found.is_float():
        return pl.when(value == value.round()).then(value.cast(dtype, strict=False))
    return _zoned(value, found, dtype, zone)


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
        return text.str.to_date(written, strict=False)
    if dtype == pl.Time:
        return text.str.to_time(written, strict=False)
    if dtype == pl.Boolean:
        lower = text.str.to_lowercase()
        return pl.when(lower.is_in(_TRUE)).then(True).when(lower.is_in(_FALSE)).then(False)  # noqa: FBT003 - the values themselves
    return text.cast(dtype, strict=False)


def _datetime(text: pl.Expr, dtype: pl.Datetime, written: str | None, zone: str | None) -> pl.Expr:
    naive = pl.Datetime(dtype.time_unit)
    read = text.str.to_datetime(written, strict=False, time_unit=dtype.time_unit)
    return _zoned(read, naive, dtype, zone)


def _zoned(value: pl.Expr, found: pl.DataType, dtype: pl.DataType, zone: str | None) -> pl.Expr:
    if isinstance(found, pl.Datetime) and isinstance(dtype, pl.Datetime):
        if found.time_zone is None and dtype.time_zone is not None:
            value = value.dt.replace_time_zone(
                zone or dtype.time_zone, ambiguous="null", non_existent="null"
            )
        elif found.time_zone is not None and dtype.time_zone is None:
            value = value.dt.convert_time_zone(zone or found.time_zone).dt.replace_time_zone(None)
    return value.cast(dtype, strict=False)
