"""Local clocks: which calendar a time is read on, and which instant a wall clock means."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.moments import UTC_ZONE, located
from eventflow.zones import changes

if TYPE_CHECKING:
    from eventflow.frame import EventFrame

_DAY = pl.duration(days=1, time_unit="ns")  # the coarser unit of two is that of their sum
_NOON = pl.duration(hours=12, time_unit="ns")


@frozen
class Clock:
    """How a column of times is read on a calendar.

    Attributes:
        column: The column.
        dtype: Its dtype.
        frame_zone: IANA zone of times without one.
        zone: IANA zone of the calendar; None: the calendar of the times as they are written.
    """

    column: str
    dtype: pl.DataType
    frame_zone: str
    zone: str | None

    @classmethod
    def of(
        cls, frame: EventFrame, column: str, dtype: pl.DataType, timezone: str | None = None
    ) -> Clock:
        """Read a column of a frame on the calendar of a zone: `timezone`, else its own."""
        own = dtype.time_zone if isinstance(dtype, pl.Datetime) else None
        zone = None if dtype == pl.Date else timezone or own
        return cls(column, dtype, frame.zone, zone)

    @property
    def aware(self) -> bool:
        """Whether times are instants in `zone`; else they are wall clocks or dates."""
        return self.zone is not None

    @property
    def plain(self) -> bool:
        """Whether no hour of the calendar is skipped or repeated."""
        return self.zone is None or self.zone == UTC_ZONE

    @property
    def time(self) -> pl.Expr:
        """The times; in `zone`, where there is one."""
        own = self.dtype.time_zone if isinstance(self.dtype, pl.Datetime) else None
        if self.zone is None or self.zone == own:
            return pl.col(self.column)
        instant = pl.col(self.column) if own else located(self.column, self.dtype, self.frame_zone)
        return instant.dt.convert_time_zone(self.zone)

    @property
    def wall(self) -> pl.Expr:
        """The times as the clock on the wall shows them, without a zone."""
        return self.time.dt.replace_time_zone(None) if self.aware else self.time


def instant_of(wall: pl.Expr, zone: str) -> pl.Expr:
    """Return when a clock on the wall first shows a time; if it never does, when it skips it."""
    skipped = wall.dt.truncate("1h")
    if timedelta(days=1) in changes(zone):  # Apia had no 30 December 2011
        midnight = wall.dt.truncate("1d")
        skipped = (
            pl.when(_first(midnight + _NOON, zone).is_null()).then(midnight).otherwise(skipped)
        )
    return pl.coalesce(_first(wall, zone), _first(skipped - _DAY, zone) + _DAY)


def _first(wall: pl.Expr, zone: str) -> pl.Expr:
    """Return when a clock first shows a time; null if it never does."""
    return wall.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
