"""How far back from an event facts may lie: lengths of a clock, and of the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from attrs import frozen

from eventflow.moments import UTC_ZONE
from eventflow_time.clocks import instant_of
from eventflow_time.lengths import bounds, of_days, parts

if TYPE_CHECKING:
    from eventflow.frame import EventFrame


@frozen
class Reach:
    """A length of time back from events.

    Attributes:
        length: The length; days and longer are those of the calendar.
        zone: IANA zone of the calendar.
    """

    length: str
    zone: str

    @classmethod
    def of(cls, length: str, events: EventFrame) -> Reach:
        """Take the calendar of the events' time: its own zone, or that of the frame."""
        time = events.schema.timestamp
        dtype = None if time is None else events.columns()[time]
        own = dtype.time_zone if isinstance(dtype, pl.Datetime) else None
        return cls(length, own or events.zone)

    def holds(self, at: str, since: str, unit: str) -> pl.Expr:
        """Return whether one instant lies within the length before another, or just at its end.

        Args:
            at: Column of the later instants, in UTC.
            since: Column of the earlier ones, in the same unit.
            unit: That unit: ``us`` or ``ns``.
        """
        exact = sum(bounds(p)[0] for p in self._parts if not of_days(p))
        calendar = "".join(p for p in self._parts if of_days(p))
        begun = self._back(at, calendar) if calendar else pl.col(at)
        passed = (begun - pl.col(since)).to_physical()
        return passed <= exact // (1 if unit == "ns" else 1_000)

    @property
    def _parts(self) -> list[str]:
        return [f"{number}{unit}" for number, unit in parts(self.length)]

    def _back(self, at: str, calendar: str) -> pl.Expr:
        wall = pl.col(at).dt.convert_time_zone(self.zone).dt.replace_time_zone(None)
        moved = wall.dt.offset_by(f"-{calendar}")
        return instant_of(moved, self.zone).dt.convert_time_zone(UTC_ZONE)
