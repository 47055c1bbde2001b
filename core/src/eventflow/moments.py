"""Comparing a column of times with the moment features speak of, without rounding either.

Polars compares milliseconds with microseconds in milliseconds, which moves an edge by up to one;
a window must not gain or lose an event by that. `instant` and `moment` give both sides in the
finer of the two units.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from datetime import datetime


def instant(column: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column of times in a unit that compares with a `moment` as it is."""
    coarse = isinstance(dtype, pl.Datetime) and dtype.time_unit == "ms"
    return pl.col(column).dt.cast_time_unit("us") if coarse else pl.col(column)


def moment(at: datetime, dtype: pl.DataType) -> pl.Expr:
    """Return a moment as a literal that compares with a column of this dtype.

    A column without a zone (or of dates) is read in the zone of `at`; an `at` without a zone is
    read in UTC when the column has one. A date compares by its midnight, so that an event of the
    same day counts only when `at` lies after midnight.
    """
    zone = dtype.time_zone if isinstance(dtype, pl.Datetime) else None
    if zone is None:
        return literal(at.replace(tzinfo=None), fine(dtype))
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return literal(aware, pl.Datetime(fine(dtype).time_unit, zone))


def literal(at: datetime, dtype: pl.Datetime) -> pl.Expr:
    """Return a moment as a literal of exactly this dtype; aware if the dtype has a zone."""
    if dtype.time_zone is None:
        return pl.lit(at, dtype=dtype)
    utc = pl.lit(at.astimezone(UTC), dtype=pl.Datetime(dtype.time_unit, "UTC"))
    return utc.dt.convert_time_zone(dtype.time_zone)


def fine(dtype: pl.DataType) -> pl.Datetime:
    """Return the finer of a column's unit and the microseconds of a `datetime`, without a zone."""
    return pl.Datetime("ns" if isinstance(dtype, pl.Datetime) and dtype.time_unit == "ns" else "us")
