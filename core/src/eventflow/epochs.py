"""Times as numbers: what a count since 1970 stands for, and which unit it likely has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from eventflow.moments import UTC_ZONE

if TYPE_CHECKING:
    from polars._typing import TimeUnit

UNITS = {"d": 86_400 * 10**9, "s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
"""Units in which a number may count time, in nanoseconds."""

_EARLY, _LATE = datetime(1971, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_LIKELY = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def ticks(count: pl.Expr, unit: str, wanted: str) -> pl.Expr:
    """Return a count of one unit as a count of another (Int64); null where that does not hold it.

    Args:
        count: Whole numbers.
        unit: What they count, one of `UNITS`.
        wanted: ``ms``, ``us`` or ``ns``.
    """
    return (count.cast(pl.Int128) * UNITS[unit] // UNITS[wanted]).cast(pl.Int64, strict=False)


def since_1970(count: pl.Expr, unit: str, wanted: TimeUnit = "us") -> pl.Expr:
    """Return the instants so many units after 1970 began in UTC, as datetimes in UTC.

    Null outside the years 1 to 9999, which Python and ISO 8601 cannot write.
    """
    instant = ticks(count, unit, wanted).cast(pl.Datetime(wanted, UTC_ZONE))
    return pl.when(writable(count, unit)).then(instant)


def writable(count: pl.Expr, unit: str) -> pl.Expr:
    """Whether a count means a time in the years 1 to 9999, in any zone."""
    first, last = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    return count.is_between(_counted(first, unit), _counted(last, unit))


def odd(count: pl.Expr, unit: str) -> pl.Expr:
    """Whether a count means a time in 1970 or after 2199: as a rule, it has another unit."""
    early, first, late = (_counted(at, unit) for at in (_since(), _EARLY, _LATE))
    return count.is_between(early, first, closed="left") | (count >= late)


def likely_unit(least: float, most: float) -> str | None:
    """Return the unit with which all numbers from `least` to `most` are times of our day.

    That is from 1990 to 2099; the ranges of seconds, milliseconds, microseconds and nanoseconds do
    not touch. None if no unit does that.
    """
    for unit in ("s", "ms", "us", "ns"):
        first, end = (_counted(at, unit) for at in _LIKELY)
        if first <= least <= most < end:
            return unit
    return None


def likelier_unit(unit: str, least: float, most: float) -> str | None:
    """Return the likely unit where the one that is stated puts all of them into odd times."""
    likely = likely_unit(least, most)
    early, first, late = (_counted(at, unit) for at in (_since(), _EARLY, _LATE))
    strange = early <= least <= most < first or least >= late
    return likely if strange and likely != unit else None


def _since() -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC)


def _counted(at: datetime, unit: str) -> int:
    return int(at.timestamp()) * 10**9 // UNITS[unit]
