"""Comparing a column of times with the moment features speak of, without rounding either.

Columns with a zone, and moments, are instants. A column without a zone is a wall clock in the
frame's zone (`EventFrame.zone`), a date is a day there. Two things are then decided once, here:

- Polars compares milliseconds with microseconds in milliseconds, which moves an edge by up to one;
  a window must not gain or lose an event by that. `instant` and `moment` give both sides in the
  finer of the two units.
- Where clocks go back, an hour of wall clock stands for two. It is read as the later of the two,
  so that nothing counts before it was surely known. Where clocks go forward, a wall clock that was
  skipped lies before the first that follows.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import polars as pl

UTC_ZONE = "UTC"
_LONGEST_REPEAT = 24 * 3600  # seconds; Samoa's neighbours once lived a whole day twice
_DAY = timedelta(days=1)


def instant(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column of times in a unit that compares with a `moment` as it is."""
    coarse = isinstance(dtype, pl.Datetime) and dtype.time_unit == "ms"
    return pl.col(column).dt.cast_time_unit("us") if coarse else pl.col(column)


def moment(at: datetime, dtype: pl.DataType, zone: str = UTC_ZONE) -> pl.Expr:
    """Return a moment as a literal that compares with the `instant` of a column of this dtype.

    Args:
        at: The moment; UTC where it has no zone of its own.
        dtype: dtype of the column. A date compares by its midnight, so that an event of the same
            day counts only when `at` lies after midnight.
        zone: IANA zone of the column's values, where the column has none.
    """
    own = _own_zone(dtype)
    if own is not None:
        return literal(_aware(at), pl.Datetime(fine(dtype).time_unit, own))
    return literal(_edge(_aware(at), zone), fine(dtype))


def first_day(at: datetime, zone: str = UTC_ZONE) -> date:
    """Return the first date that is not before a moment: a day lies before what follows midnight.

    ``date < first_day(at)`` says the same as ``instant < moment``, without a cast of each date.

    Args:
        at: The moment; UTC where it has no zone of its own.
        zone: IANA zone of the dates.
    """
    edge = _edge(_aware(at), zone)
    return edge.date() if edge.time() == time() else edge.date() + _DAY


def elapsed(column: str, dtype: pl.DataType, at: datetime, zone: str = UTC_ZONE) -> pl.Expr:
    """Return the duration from a column's times to a moment; from a date, in days of the calendar.

    Args:
        column: Column of times.
        dtype: Its dtype.
        at: The moment; UTC where it has no zone of its own.
        zone: IANA zone of the column's values, where the column has none.
    """
    if dtype == pl.Date:
        return literal(_wall_clock(_aware(at), zone), fine(dtype)) - pl.col(column)
    aware = pl.Datetime(fine(dtype).time_unit, _own_zone(dtype) or zone)
    return literal(_aware(at), aware) - located(column, dtype, zone)


def located(column: str, dtype: pl.DataType, zone: str = UTC_ZONE) -> pl.Expr:
    """Return a column of times as instants: a wall clock is read in `zone`.

    A wall clock that was skipped is read with the offset that follows.
    """
    times = instant(column, dtype)
    if _own_zone(dtype) is not None:
        return times
    if zone == UTC_ZONE:  # neither skips nor repeats: the same numbers under another name
        return times.dt.replace_time_zone(zone)
    day = pl.lit(_DAY, pl.Duration(fine(dtype).time_unit))  # a timedelta takes nanoseconds away
    following = _in_zone(times + day, zone) - day
    return pl.coalesce(_in_zone(times, zone), following)


def day(column: str, dtype: pl.DataType, zone: str = UTC_ZONE) -> pl.Expr:
    """Return the calendar days in `zone` on which a column's times lie."""
    if _own_zone(dtype) is not None:
        return pl.col(column).dt.convert_time_zone(zone).dt.date()
    return pl.col(column).dt.date()


def back(at: datetime, length: str, dtype: pl.DataType, zone: str = UTC_ZONE) -> datetime:
    """Return the moment a length before another, with UTC as its zone.

    Args:
        at: The moment; UTC where it has no zone of its own.
        length: A Polars duration; days and longer are lengths of the calendar, in the zone of the
            column or, where it has none, in `zone`.
        dtype: dtype of the column that is compared.
        zone: IANA zone of the column's values, where the column has none.
    """
    return _moved(at, f"-{length}", _own_zone(dtype) or zone)


def ahead(at: datetime, length: str, dtype: pl.DataType, zone: str = UTC_ZONE) -> datetime:
    """Return the moment a length after another, with UTC as its zone; arguments as in `back`."""
    return _moved(at, length, _own_zone(dtype) or zone)


def literal(at: datetime, dtype: pl.Datetime) -> pl.Expr:
    """Return a moment as a literal of exactly this dtype; aware if the dtype has a zone."""
    if dtype.time_zone is None:
        return pl.lit(at, dtype=dtype)
    utc = pl.lit(at.astimezone(UTC), dtype=pl.Datetime(dtype.time_unit, UTC_ZONE))
    return utc.dt.convert_time_zone(dtype.time_zone)


def fine(dtype: pl.DataType) -> pl.Datetime:
    """Return the finer of a column's unit and the microseconds of a `datetime`, without a zone."""
    return pl.Datetime("ns" if isinstance(dtype, pl.Datetime) and dtype.time_unit == "ns" else "us")


def _moved(at: datetime, length: str, zone: str) -> datetime:
    here = _series(_aware(at)).dt.convert_time_zone(zone)
    found: datetime = here.dt.offset_by(length).dt.convert_time_zone(UTC_ZONE).item()
    return found


def _own_zone(dtype: pl.DataType) -> str | None:
    return dtype.time_zone if isinstance(dtype, pl.Datetime) else None


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _series(aware: datetime) -> pl.Series:
    return pl.Series([aware.astimezone(UTC)], dtype=pl.Datetime("us", UTC_ZONE))


def _in_zone(times: pl.Expr, zone: str) -> pl.Expr:
    return times.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")


def _wall_clock(aware: datetime, zone: str) -> datetime:
    local = _series(aware).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    found: datetime = local.item()
    return found


def _edge(aware: datetime, zone: str) -> datetime:
    """Return the first wall clock that is not surely before a moment.

    That is the moment's own, save in the first pass of an hour that is repeated: its clocks may
    all mean the second pass, so the edge is where the repeated hour begins.
    """
    wall = _wall_clock(aware, zone)
    if _passes(pl.Series([wall]), zone, "latest").item() <= aware:
        return wall
    whole = wall.replace(microsecond=0)
    earlier = pl.Series([whole - timedelta(seconds=s) for s in range(_LONGEST_REPEAT)])
    once = _passes(earlier, zone, "latest") == _passes(earlier, zone, "earliest")
    first = once.fill_null(value=True).arg_max() or _LONGEST_REPEAT
    return whole - timedelta(seconds=first - 1)


def _passes(walls: pl.Series, zone: str, which: str) -> pl.Series:
    frame = walls.alias("wall").to_frame()
    local = pl.col("wall").dt.replace_time_zone(
        zone,
        ambiguous=which,  # type: ignore[arg-type] # one of the two names Polars knows
        non_existent="null",
    )
    return frame.select(local.dt.convert_time_zone(UTC_ZONE)).to_series()
