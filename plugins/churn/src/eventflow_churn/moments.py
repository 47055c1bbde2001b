"""Elapsed time before the moment the features speak of, and which of two times is later."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow import moments

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.blueprint import Binding


def elapsed(binding: Binding, column: str, found: Mapping[str, pl.DataType]) -> pl.Expr:
    """Return the duration from a column's time to `as_of`; a Date counts calendar days."""
    return moments.elapsed(column, found[column], binding.as_of, binding.zone)


def whole_days(duration: pl.Expr) -> pl.Expr:
    """Return complete periods of 24 hours in a duration that is not negative, as Int32."""
    return duration.dt.total_days().cast(pl.Int32)


def later(binding: Binding, a: str, b: str, found: Mapping[str, pl.DataType]) -> pl.Expr:
    """Return whether `a` is later than `b`; by calendar date when one of them is a Date."""
    if pl.Date in (found[a], found[b]):
        return moments.day(a, found[a], binding.zone) > moments.day(b, found[b], binding.zone)
    if found[a] == found[b]:
        return pl.col(a) > pl.col(b)
    ours, theirs = (_utc(column, found[column], binding.zone) for column in (a, b))
    return ours > theirs


def _utc(column: str, dtype: pl.DataType, zone: str) -> pl.Expr:
    """Return times of any unit and zone as ones that compare, to the microsecond."""
    times = moments.located(column, dtype, zone)
    return times.dt.cast_time_unit("us").dt.convert_time_zone("UTC")
