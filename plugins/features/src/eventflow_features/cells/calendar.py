"""Bins of time as whole numbers: neighbours on the calendar differ by one."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import polars as pl
from pydantic import AfterValidator, Field

from eventflow.moments import UTC_ZONE
from eventflow.zones import changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.schema import Dimension

_LENGTH = re.compile(r"([1-9]\d*)(us|ms|mo|s|m|h|d|w|q|y)")
_MICROSECONDS = {"us": 1, "ms": 1_000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6}
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"mo": 1, "q": 3, "y": 12}
_DAY = 24 * 3600 * 10**6
_MONDAY = 3  # days from the first Monday before 1970 to the first day of 1970


def _known(text: str) -> str:
    if _LENGTH.fullmatch(text) is None:
        msg = f'"{text}" is not the distance of bins; write for example 15m, 6h, 1d, 1w or 1mo'
        raise ValueError(msg)
    return text


Every = Annotated[str, AfterValidator(_known), Field(examples=["15m", "6h", "1d", "1mo"])]
"""A distance from the start of one bin to the next."""


def number(bins: Dimension, found: Mapping[str, pl.DataType]) -> pl.Expr:
    """Return the number of the bin that begins at a row's time; Int64, null without a time.

    Numbers are counted on the wall clock, so that a bin which a change of clocks makes shorter or
    longer is one bin; bins that are parts of an hour, and of every change of clocks in the zone,
    are counted in exact time.

    Args:
        bins: Column, distance and offset of the bins.
        found: Columns and their dtypes.
    """
    count, unit = _parts(str(bins.every))
    dtype, column = found[bins.column], pl.col(bins.column)
    zone = dtype.time_zone if isinstance(dtype, pl.Datetime) else None
    if zone is not None:
        exact = unit in _MICROSECONDS and _cuts_hours(count * _MICROSECONDS[unit], zone)
        column = column.dt.convert_time_zone(UTC_ZONE if exact else zone)
        column = column.dt.replace_time_zone(None)
    if bins.offset is not None:
        column = column.dt.offset_by(f"-{bins.offset}")
    if unit in _MONTHS:
        months = column.dt.year().cast(pl.Int64) * 12 + column.dt.month() - 1
        return months.floordiv(count * _MONTHS[unit])
    if unit in _DAYS:
        days = column.cast(pl.Date).to_physical().cast(pl.Int64)
        return (days + (_MONDAY if unit == "w" else 0)).floordiv(count * _DAYS[unit])
    return column.cast(pl.Datetime("us")).to_physical().floordiv(count * _MICROSECONDS[unit])


def _cuts_hours(microseconds: int, zone: str) -> bool:
    """Whether bins of this length are a part of an hour, and of each change of clocks."""
    length = timedelta(microseconds=microseconds)
    return not timedelta(hours=1) % length and not any(c % length for c in changes(zone))


def _parts(every: str) -> tuple[int, str]:
    match = _LENGTH.fullmatch(_known(every))
    assert match is not None  # noqa: S101 - _known has just matched it
    return int(match[1]), match[2]
