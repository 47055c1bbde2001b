"""Where rows of context lie, and what joins by place say of events without a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from eventflow.context.joining import called
from eventflow.context.schema import context_schema
from eventflow_space.places import MISSING, NULL_ISLAND, OUT_OF_RANGE, is_geographic
from eventflow_space.zone_errors import NoShapeError, TimedPlaceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.frame import EventFrame

LAT, LON = "__eventflow_lat", "__eventflow_lon"
"""Hidden columns of usable positions."""


def shape_column(context: EventFrame) -> str:
    """Return the column of shapes.

    Raises:
        NoShapeError: EF376, there is none, or it holds no bytes.
    """
    shapes = context_schema(context).geometry
    if shapes is None or shapes not in context.columns():
        raise NoShapeError.missing(called(context), "geometry: COLUMN")
    dtype = context.columns()[shapes]
    if dtype != pl.Binary:
        raise NoShapeError.of_dtype(shapes, dtype)
    return shapes


def context_crs(context: EventFrame) -> str:
    """Return the coordinate system of context.

    Raises:
        NoShapeError: EF376, none is stated.
        UnknownCrsError: EF371, PROJ does not know it.
    """
    crs = context.metadata.crs
    if crs is None:
        raise NoShapeError.without_crs(called(context))
    is_geographic(crs)
    return crs


def require_timeless(context: EventFrame, join: str, *, timeless: bool) -> None:
    """Check that context was known before every event.

    Raises:
        TimedPlaceError: EF392, it has a time.
    """
    schema = context_schema(context)
    known = schema.known_at or schema.timestamp
    if known is not None and known in context.columns() and not timeless:
        raise TimedPlaceError.of_column(called(context), known, join)


def unplaced(reason: pl.Expr) -> Mapping[str, pl.Expr]:
    """Return why events without a usable position find nothing."""
    reasons = (MISSING, OUT_OF_RANGE, NULL_ISLAND)
    return {words: (reason == words).fill_null(value=False) for words in reasons}


def ordered(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows in the order of all their values."""
    return rows[rows.select(pl.struct(pl.all()).arg_sort()).to_series()]


def label(rows: pl.DataFrame, row: int) -> str:
    """Return what a row is called in messages: its first value."""
    value = rows.row(int(row))
    return f'"{value[0]}"' if rows.width > 1 and not isinstance(value[0], bytes) else f"zone {row}"
