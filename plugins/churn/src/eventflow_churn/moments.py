"""Elapsed time before the moment the features speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow.moments import instant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.blueprint import Binding


def elapsed(binding: Binding, column: str, found: Mapping[str, pl.DataType]) -> pl.Expr:
    """Return the duration from a column's moment to `as_of`; a Date means its midnight."""
    return binding.moment(found[column]) - instant(column, found[column])


def whole_days(duration: pl.Expr) -> pl.Expr:
    """Return complete periods of 24 hours in a duration that is not negative, as Int32."""
    return duration.dt.total_days().cast(pl.Int32)


def later(binding: Binding, a: str, b: str, found: Mapping[str, pl.DataType]) -> pl.Expr:
    """Return whether `a` is later than `b`; by calendar date when one of them is a Date."""
    if pl.Date in (found[a], found[b]):
        return pl.col(a).dt.date() > pl.col(b).dt.date()
    return elapsed(binding, a, found) < elapsed(binding, b, found)
