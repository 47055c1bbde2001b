"""The moment of the run as a day: what `level: product` looks back from."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl
from attrs import frozen

from eventflow_price import names as n

if TYPE_CHECKING:
    from datetime import date, datetime


@frozen
class Moment:
    """The day after the last that counts.

    Attributes:
        day: The first day of which nothing was known.
    """

    day: date

    @classmethod
    def of(cls, as_of: datetime, zone: str) -> Moment:
        """Return the day after the one in which the last moment before `as_of` lies, in a zone."""
        at = as_of if as_of.tzinfo is not None else as_of.replace(tzinfo=UTC)
        last = (at.astimezone(UTC) - timedelta(microseconds=1)).astimezone(ZoneInfo(zone))
        return cls(last.date() + timedelta(days=1))

    def within(self, days: int, *, before: int = 0) -> pl.Expr:
        """Whether a row's date lies in a window.

        Args:
            days: Length of the window.
            before: Days between the end of the window and the moment.
        """
        end = self.day - timedelta(days=before)
        start = pl.lit(end - timedelta(days=days), pl.Date)
        return (pl.col(n.DATE) >= start) & (pl.col(n.DATE) < pl.lit(end, pl.Date))

    def since(self, first: pl.Expr) -> pl.Expr:
        """Return the days from a date to the moment."""
        return (pl.lit(self.day, pl.Date) - first).dt.total_days()
