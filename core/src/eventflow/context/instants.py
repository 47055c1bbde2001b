"""Times of events and of context as instants that compare: in one zone, in one unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow.context.errors import ContextTimeError
from eventflow.moments import UTC_ZONE, located

if TYPE_CHECKING:
    from collections.abc import Iterable

_NANOSECONDS = {"ms": 1_000_000, "us": 1_000, "ns": 1}
_LAST = 2**63 - 1


def instants(column: str, dtype: pl.DataType, zone: str) -> pl.Expr:
    """Return a column of times as instants in UTC, to the microsecond or finer.

    Args:
        column: Column of times; a date is its midnight.
        dtype: Its dtype.
        zone: IANA zone of values without one.

    Raises:
        ContextTimeError: EF382, it holds no times.
    """
    if dtype == pl.Date:
        midnight = pl.col(column).cast(pl.Datetime("us"))
        local = midnight.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null")
        return local.dt.convert_time_zone(UTC_ZONE)
    if not isinstance(dtype, pl.Datetime):
        raise ContextTimeError.of_dtype(column, dtype)
    return located(column, dtype, zone).dt.convert_time_zone(UTC_ZONE)


def in_one_unit(times: Iterable[tuple[str, pl.DataType, str]]) -> list[pl.Expr]:
    """Return columns of times, each with dtype and zone, as instants in the finest of their units.

    What does not fit, such as the year 9999 in nanoseconds, is the last instant there is.

    Raises:
        ContextTimeError: EF382, one holds no times.
    """
    found = list(times)
    made = [instants(*time) for time in found]
    units = [_unit(dtype) for _, dtype, _ in found]
    if len(set(units)) == 1:
        return made
    return [
        expr if u == "ns" else _in_nanoseconds(expr) for expr, u in zip(made, units, strict=True)
    ]


def nanoseconds(time: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return instants as nanoseconds since 1970, in 128 bits, which take every year."""
    return time.to_physical().cast(pl.Int128) * _NANOSECONDS[_unit(dtype)]


def _unit(dtype: pl.DataType) -> str:
    return "ns" if isinstance(dtype, pl.Datetime) and dtype.time_unit == "ns" else "us"


def _in_nanoseconds(time: pl.Expr) -> pl.Expr:
    fitting = nanoseconds(time, pl.Datetime("us")).clip(-_LAST, _LAST)
    return fitting.cast(pl.Int64).cast(pl.Datetime("ns", UTC_ZONE))
