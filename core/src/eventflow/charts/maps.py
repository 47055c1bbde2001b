"""Asking for maps: events by place, or by an id of a place that can be outlined. Nothing is read.

A position counts if it is there, in range, and not 0, 0, where positions that were never taken
end up.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from eventflow.charts import chart as c
from eventflow.charts.chart import Chart
from eventflow.charts.measure import Measure
from eventflow.charts.tables import ROWS, capital, facts, placed

if TYPE_CHECKING:
    from eventflow.charts.chart import Outline

_FIELDS: Final = 64
"""Fields along the longer side of the area in which positions are counted together."""

_LON, _LAT, _KEY = "__eventflow_lon", "__eventflow_lat", "__eventflow_field"
_COUNTED = Measure.of(None)


def points(
    lazy: pl.LazyFrame,
    position: tuple[str, str],
    measure: Measure = _COUNTED,
    *,
    title: str = "",
    unit: str = "",
) -> Chart:
    """Ask for a map of positions; those near each other are one point, where they are on average.

    Args:
        lazy: The rows.
        position: Columns of latitude and longitude, degrees.
        measure: The number of each point.
        title: What it shows; by default the measure.
        unit: Unit of the number.
    """
    located = _located(lazy, position)
    grouped = located.with_columns(_field().alias(_KEY)).group_by(_KEY).agg(_marks(measure))
    fullest = placed(grouped, (_KEY,)).top_k(
        c.MOST_POINTS, by=[pl.col(ROWS), _scattered()], reverse=[False, True]
    )
    return Chart(
        kind="map",
        title=title or f"{capital(measure.words)} by place",
        marks=fullest.select(c.LONGITUDE, c.LATITUDE, c.VALUE).sort(c.LATITUDE, c.LONGITUDE),
        facts=facts(grouped, (_KEY,)),
        measure=measure.words,
        unit=unit,
    )


def areas(  # noqa: PLR0913 - what a map of areas has
    lazy: pl.LazyFrame,
    cell: str,
    measure: Measure = _COUNTED,
    *,
    outline: Outline | None = None,
    position: tuple[str, str] | None = None,
    title: str = "",
    unit: str = "",
) -> Chart:
    """Ask for a map of areas: grid cells, zones.

    Args:
        lazy: The rows.
        cell: Column of the areas' ids.
        measure: The number of each area.
        outline: From ids to outlines; without it, areas are points where their events are on
            average.
        position: Columns of latitude and longitude, degrees; needed without `outline`.
        title: What it shows; by default measure and column.
        unit: Unit of the number.
    """
    found = _located(lazy, position) if position is not None and outline is None else lazy
    where = _centre() if found is not lazy else []
    grouped = found.group_by(pl.col(cell).alias(_KEY)).agg(
        measure.expr.alias(c.VALUE), pl.len().alias(ROWS), *where
    )
    names = [e.meta.output_name() for e in where]
    there = (_KEY, *names)
    order = pl.col(_KEY).cast(pl.String).str.reverse()  # equals are left out here and there
    fullest = placed(grouped, there).top_k(
        c.MOST_AREAS, by=[pl.col(ROWS), order], reverse=[False, True]
    )
    return Chart(
        kind="map",
        title=title or f"{capital(measure.words)} by {cell}",
        marks=fullest.select(pl.col(_KEY).alias(c.LABEL), *names, c.VALUE).sort(
            pl.col(c.LABEL).cast(pl.String)
        ),
        facts=facts(grouped, there),
        measure=measure.words,
        unit=unit,
        finish=partial(_outlined, outline=outline) if outline is not None else None,
    )


def _outlined(marks: pl.DataFrame, *, outline: Outline) -> pl.DataFrame:
    return marks.with_columns(outline(marks[c.LABEL]).alias(c.OUTLINE))


def _located(lazy: pl.LazyFrame, position: tuple[str, str]) -> pl.LazyFrame:
    lat, lon = (pl.col(name).cast(pl.Float64) for name in position)
    usable = lat.is_between(-90, 90) & lon.is_between(-180, 180) & ((lat != 0) | (lon != 0))
    return lazy.with_columns(
        pl.when(usable).then(lat).alias(_LAT), pl.when(usable).then(lon).alias(_LON)
    )


def _scattered() -> pl.Expr:
    """Return an order of fields in which neighbours are far apart (Knuth's multiplicative hash)."""
    return pl.col(_KEY).cast(pl.Int64) * 2_654_435_761 % 2**32


def _field() -> pl.Expr:
    """Return the number of the field a position is in; null without a position.

    Longitudes are counted from -180 or from 0 degrees, whichever keeps the data together.
    """
    east, around = pl.col(_LON), pl.col(_LON) % 360
    widths = [e.max() - e.min() for e in (east, around)]
    lon = pl.when(widths[1] < widths[0]).then(around).otherwise(east)
    lat = pl.col(_LAT)
    size = pl.max_horizontal(pl.min_horizontal(*widths), lat.max() - lat.min())
    size = pl.when(size > 0).then(size / _FIELDS).otherwise(1.0)
    column, row = (((e - e.min()) / size).floor().clip(0, _FIELDS - 1) for e in (lon, lat))
    return (row * _FIELDS + column).cast(pl.Int32)


def _marks(measure: Measure) -> list[pl.Expr]:
    return [measure.expr.alias(c.VALUE), pl.len().alias(ROWS), *_centre()]


def _centre() -> list[pl.Expr]:
    """Return the average position; longitudes are averaged as directions."""
    angle = pl.col(_LON).radians()
    return [
        pl.arctan2(angle.sin().mean(), angle.cos().mean()).degrees().alias(c.LONGITUDE),
        pl.col(_LAT).mean().alias(c.LATITUDE),
    ]
