"""ISO 8601 dates and times in text: each value is read by itself, whatever stands beside it.

Polars tells the format of a column from its first value, so that which values fit would depend on
the order of the rows, and it reads ``03/02/2024`` as a date.
"""

from __future__ import annotations

import polars as pl

from eventflow.moments import UTC_ZONE

_DATE = "%Y-%m-%d"
_CLOCK = f"{_DATE} %H:%M:%S"
_DAY, _MINUTE, _SECONDS = len("2024-02-29"), len("2024-02-29 10:15"), len(":30")
_OFFSET = r"([+-](?:[01]\d|2[0-3]))(?::?([0-5]\d))?$"
_REST = r"^(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?$"
_END_OF_DAY = " 24:00"
_DIGITS = {"ns": 9, "us": 6, "ms": 3}


def read_date(text: pl.Expr) -> pl.Expr:
    """Return the date written as ``2024-02-29``; null where none is."""
    return text.str.to_date(_DATE, strict=False)


def read_time(text: pl.Expr) -> pl.Expr:
    """Return the time of day written as ``10:15``, ``10:15:30`` or ``10:15:30.5``; else null."""
    forms = ("%H:%M:%S%.f", "%H:%M")
    return pl.coalesce(text.str.to_time(form, strict=False) for form in forms)


def read_datetime(text: pl.Expr, dtype: pl.Datetime) -> tuple[pl.Expr, pl.Expr]:
    """Return a wall clock, and an instant in UTC; at most one of the two is there.

    A date may stand alone (midnight); between date and time stands ``T`` or a space; seconds, a
    fraction of them and the offset may be missing: ``2024-02-29T10:15``, ``… 10:15:30.5+02:00``,
    ``…Z``. Digits of the fraction beyond the unit of `dtype` are cut. 24:00 is the end of a day,
    the same as 00:00 of the next.
    """
    minute, after = (
        text.str.head(_MINUTE).str.replace("T", " ", literal=True),
        text.str.slice(_MINUTE),
    )
    ended = minute.str.ends_with(_END_OF_DAY)
    minute = minute.str.replace(_END_OF_DAY, " 00:00", literal=True)
    seconds = after.str.starts_with(":")
    rest = pl.when(seconds).then(after.str.slice(_SECONDS)).otherwise(after)
    clock = minute + pl.when(seconds).then(after.str.head(_SECONDS)).otherwise(pl.lit(":00"))
    midnight = text.str.len_bytes() == _DAY
    whole = pl.when(midnight).then(text + " 00:00:00").otherwise(clock)
    read = whole.str.to_datetime(_CLOCK, strict=False, time_unit=dtype.time_unit)
    read = pl.when(rest.str.contains(_REST)).then(read + _fraction(rest, dtype))
    midnight_after = pl.when(read == read.dt.truncate("1d")).then(read + pl.duration(days=1))
    read = pl.when(ended).then(midnight_after).otherwise(read)
    given = rest.str.contains(r"[Z+-]")
    instant = (read - _offset(rest)).dt.replace_time_zone(UTC_ZONE)
    return pl.when(~given).then(read), pl.when(given).then(instant)


def _fraction(rest: pl.Expr, dtype: pl.Datetime) -> pl.Expr:
    digits = _DIGITS[dtype.time_unit]
    written = rest.str.extract(rf"^\.(\d{{1,{digits}}})").str.pad_end(digits, "0")
    return written.cast(pl.Int64).fill_null(0).cast(pl.Duration(dtype.time_unit))


def _offset(rest: pl.Expr) -> pl.Expr:
    hours = rest.str.extract(_OFFSET, 1)
    minutes = rest.str.extract(_OFFSET, 2).cast(pl.Int64).fill_null(0)
    behind = pl.when(hours.str.starts_with("-")).then(-minutes).otherwise(minutes)
    return pl.duration(hours=hours.cast(pl.Int64).fill_null(0), minutes=behind)
