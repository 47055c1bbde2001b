"""Which column tells when, and the moment of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow.moments import located
from eventflow_quality.errors import NoMomentError, NoTimestampError

if TYPE_CHECKING:
    from datetime import datetime

    from eventflow.frame import EventFrame


def time_of(frame: EventFrame, option: str) -> tuple[str, pl.DataType]:
    """Return the timestamp column and its dtype.

    Raises:
        NoTimestampError: The schema names none (EF414).
    """
    column = frame.schema.timestamp
    if column is None:
        raise NoTimestampError.for_option(option)
    return column, frame.columns()[column]


def bound(at: datetime | None, option: str) -> datetime:
    """Return the moment of the run.

    Raises:
        NoMomentError: The gate was not bound to one (EF413).
    """
    if at is None:
        raise NoMomentError.for_option(option)
    return at


def as_instant(column: str, frame: EventFrame) -> pl.Expr:
    """Return a column of times as instants; a date is its midnight in the frame's zone."""
    dtype = frame.columns()[column]
    if dtype == pl.Date:
        midnight = pl.col(column).cast(pl.Datetime("us"))
        return midnight.dt.replace_time_zone(frame.zone, ambiguous="latest", non_existent="null")
    return located(column, dtype, frame.zone).dt.convert_time_zone("UTC")
