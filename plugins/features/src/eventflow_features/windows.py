"""Windows of time: half-open, and always before a moment that is stated."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import reduce
from operator import and_

import polars as pl
from attrs import field, frozen

from eventflow.moments import UTC_ZONE, back, first_day, instant, moment
from eventflow_features.errors import MissingOptionError

ALL = "all"
_LENGTH = r"(?:[1-9]\d*(?:us|ms|mo|s|m|h|d|w|q|y))+"
_WINDOW = re.compile(rf"(?P<start>{_LENGTH})(?:\.\.(?P<end>{_LENGTH}))?")


@frozen
class Window:
    """A half-open window ``[t - start, t - end)`` before a moment ``t``.

    Written ``30d`` (the 30 days before), ``60d..30d`` (from 60 to 30 days before) or ``all``
    (everything before). Lengths are Polars durations: ``h``, ``m``, ``s`` are exact; ``d``, ``w``,
    ``mo``, ``q``, ``y`` are calendar lengths in the time column's zone (the frame's, if it has
    none), so that a day over a daylight-saving change has 23 or 25 hours.

    Attributes:
        text: The window as written; also the suffix of feature names.
        start: How far back it begins; None for everything.
        end: How far back it ends; None for the moment itself, which is not part of it.
        at: Its own moment, in UTC; None for the one that features speak of, which is never earlier.
    """

    text: str
    start: str | None = field(default=None)
    end: str | None = field(default=None)
    at: datetime | None = field(default=None)

    @classmethod
    def parse(cls, text: str | Window) -> Window:
        """Read a window.

        Raises:
            ValueError: The text is not a window, or ends before it begins.
        """
        if isinstance(text, Window):
            return text
        if text == ALL:
            return cls(ALL)
        match = _WINDOW.fullmatch(text)
        if match is None:
            msg = f'cannot read the window "{text}": write 30d, 12h, 3mo, 60d..30d or all'
            raise ValueError(msg)
        start, end = match["start"], match["end"]
        if end is not None and not _earlier(start, end):
            msg = f'the window "{text}" ends before it begins: write {end}..{start}'
            raise ValueError(msg)
        return cls(text, start, end)

    def contains(
        self, time: str, dtype: pl.DataType, as_of: datetime | None, zone: str = UTC_ZONE
    ) -> pl.Expr | None:
        """Return whether a row's time lies in the window; None when only `before` decides.

        Args:
            time: Column of the time.
            dtype: Its dtype.
            as_of: The moment; rows not before it must already be gone (see `before`).
            zone: IANA zone of times without an offset.

        Raises:
            MissingOptionError: The window needs a moment and there is none (EF323).
        """
        first, end = self.edges(as_of, dtype, zone)
        sides = [] if first is None else [before(time, dtype, first, zone).not_()]
        if end is not None:
            sides.append(before(time, dtype, end, zone))
        return reduce(and_, sides) if sides else None

    def edges(
        self, as_of: datetime | None, dtype: pl.DataType, zone: str = UTC_ZONE
    ) -> tuple[datetime | None, datetime | None]:
        """Return where the window begins, None for ever, and where it ends, None for `as_of`.

        Raises:
            MissingOptionError: The window needs a moment and there is none (EF323).
        """
        at = as_of if self.at is None else self.at
        if self.start is None:
            return None, self.at
        if at is None:
            raise MissingOptionError.as_of(self.text)
        end = self.at if self.end is None else back(at, self.end, dtype, zone)
        return back(at, self.start, dtype, zone), end


def before(time: str, dtype: pl.DataType, as_of: datetime, zone: str = UTC_ZONE) -> pl.Expr:
    """Return whether a row's time lies before the moment: an event at the moment does not."""
    if dtype == pl.Date:
        return pl.col(time) < pl.lit(first_day(as_of, zone))
    return instant(time, dtype) < moment(as_of, dtype, zone)


def ended(end: str, dtype: pl.DataType, as_of: datetime, zone: str = UTC_ZONE) -> pl.Expr:
    """Return whether a half-open interval is over: one that ends at the moment is."""
    return instant(end, dtype) <= moment(as_of, dtype, zone)


def _earlier(start: str, end: str) -> bool:
    now = pl.lit(datetime(2024, 1, 1, tzinfo=UTC))
    return bool(pl.select(now.dt.offset_by(f"-{start}") < now.dt.offset_by(f"-{end}")).item())
