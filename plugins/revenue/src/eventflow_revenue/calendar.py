"""A complete calendar: every day of a series from its first row to the moment of the run."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl
from attrs import frozen

from eventflow_revenue import names as n

if TYPE_CHECKING:
    from datetime import date, datetime

FIRST = "__first"
"""First day of the series."""


@frozen
class LastDay:
    """The day in which the last moment before the moment of the run lies.

    Attributes:
        day: Its date, in the zone of the data.
        over: Whether it was over at that moment.
    """

    day: date
    over: bool

    @classmethod
    def before(cls, as_of: datetime, zone: str) -> LastDay:
        """Return the last day before a moment; UTC where the moment has no zone."""
        at = as_of if as_of.tzinfo is not None else as_of.replace(tzinfo=UTC)
        local = ZoneInfo(zone)
        last = (at.astimezone(UTC) - timedelta(microseconds=1)).astimezone(local).date()
        return cls(last, over=last != at.astimezone(local).date())


def complete(days: pl.LazyFrame, last: LastDay) -> pl.LazyFrame:
    """Return a row for every day of each series, in order of series and date.

    Days without a row have revenue 0 and, where customers are counted, none of them. Nothing is
    added before a series' first row.

    Args:
        days: One row per series and day; revenue and perhaps customers.
        last: The day with which every series ends.
    """
    end = pl.lit(last.day, pl.Date)
    first = days.group_by(n.KEY).agg(pl.col(n.DATE).min().alias(FIRST))
    every = first.with_columns(pl.date_ranges(FIRST, end).alias(n.DATE)).explode(n.DATE)
    known = every.join(days, on=[n.KEY, n.DATE], how="left")
    return known.with_columns(pl.exclude(n.KEY, n.DATE, FIRST).fill_null(0)).sort(n.KEY, n.DATE)
