"""From the few rows that answer a chart to its record."""

from __future__ import annotations

from datetime import MAXYEAR, date, datetime, time
from math import floor, log10
from typing import TYPE_CHECKING, Any

import polars as pl

from eventflow.charts import chart as c
from eventflow.charts.outlines import middle, rings
from eventflow.charts.record import (
    BarMarks,
    ChartRecord,
    HeatmapMarks,
    HistogramMarks,
    MapMarks,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow.charts.chart import Chart

_MOST_FILLED = 400
"""Bins of a scale at most, with those that are empty."""

_WIDE = 1e6
_MOST_DECIMALS = 7

_DIGITS = 6
"""Decimals of a degree that are kept: a tenth of a metre."""


def answered(chart: Chart, tables: Sequence[pl.DataFrame], *, node: str = "") -> ChartRecord:
    """Return the record of a chart.

    Args:
        chart: What was asked.
        tables: What its queries gave, in their order.
        node: Plan node that asked.
    """
    marks, facts = tables[0], tables[1].row(0, named=True)
    if chart.finish is not None:
        marks = chart.finish(marks)
    if chart.kind == "map" and c.OUTLINE in marks.columns:
        marks = marks.filter(pl.col(c.OUTLINE).list.len() > 0)
    return ChartRecord(
        title=chart.title,
        node=node,
        measure=chart.measure,
        unit=chart.unit,
        x=chart.x,
        y=chart.y,
        left_out=max(facts[c.GROUPS] - marks.height, 0),
        missing=facts.get(c.MISSING) or 0,
        map=_map(marks) if chart.kind == "map" else None,
        heatmap=_heatmap(marks, facts) if chart.kind == "heatmap" else None,
        bars=_bars(marks) if chart.kind == "bars" else None,
        histogram=_histogram(marks, facts) if chart.kind == "histogram" else None,
    )


def _map(marks: pl.DataFrame) -> MapMarks:
    outlines: tuple[tuple[tuple[float, ...], ...], ...] = ()
    if c.OUTLINE in marks.columns:
        outlines = rings(marks[c.OUTLINE])
    if outlines and c.LONGITUDE not in marks.columns:
        places = [middle(area) for area in outlines]
    else:
        places = list(marks.select(c.LONGITUDE, c.LATITUDE).iter_rows()) if marks.height else []
    labels = marks[c.LABEL].to_list() if c.LABEL in marks.columns else []
    return MapMarks(
        longitude=tuple(round(lon, _DIGITS) for lon, _ in places),
        latitude=tuple(round(lat, _DIGITS) for _, lat in places),
        values=_numbers(marks[c.VALUE]),
        labels=tuple(_text(label) for label in labels),
        outlines=outlines,
    )


def _heatmap(marks: pl.DataFrame, facts: Mapping[str, Any]) -> HeatmapMarks:
    columns, rows = _scale(marks[c.X], c.X, facts), _scale(marks[c.Y], c.Y, facts)
    at, below = ({value: i for i, value in enumerate(names)} for names in (columns, rows))
    return HeatmapMarks(
        columns=_labels(columns, c.X, facts),
        rows=_labels(rows, c.Y, facts),
        column=tuple(at[value] for value in marks[c.X]),
        row=tuple(below[value] for value in marks[c.Y]),
        values=_numbers(marks[c.VALUE]),
    )


def _bars(marks: pl.DataFrame) -> BarMarks:
    shares = c.OTHER in marks.columns
    return BarMarks(
        labels=tuple(_text(label) for label in marks[c.LABEL]),
        values=_numbers(marks[c.VALUE]),
        others=tuple(marks[c.OTHER].cast(pl.Float64).fill_null(0.0)) if shares else (),
    )


def _histogram(marks: pl.DataFrame, facts: Mapping[str, Any]) -> HistogramMarks:
    starts = _scale(marks[c.X], c.X, facts)
    found = dict(zip(marks[c.X], _numbers(marks[c.VALUE]), strict=True))
    labels = _labels([*starts, *_after(marks[c.X], starts, facts)], c.X, facts)
    return HistogramMarks(
        starts=labels[: len(starts)],
        end=labels[-1] if len(labels) > len(starts) else "",
        values=tuple(found.get(start, 0.0) for start in starts),
    )


def _scale(keys: pl.Series, name: str, facts: Mapping[str, Any]) -> list[Any]:
    """Return the bins in their order, with the empty ones in between where they can be told."""
    there = keys.unique().sort()
    step = facts.get(f"{name}:step")
    if not len(there) or step is None:
        return there.to_list()
    if isinstance(step, str):
        between = _calendar(there, step)
    else:
        between = pl.Series(range(int(there[0]), int(there[-1]) + 1), dtype=there.dtype)
    filled = pl.concat([there, between]).unique().sort()
    return (filled if len(filled) <= _MOST_FILLED else there).to_list()


def _calendar(there: pl.Series, step: str) -> pl.Series:
    """Return the calendar steps from the first to the last; none where they are too many."""
    first, last = pl.col("at").min(), pl.col("at").max()
    wide = first.dt.offset_by(step) - first
    if there.to_frame("at").select(last - first > wide * _MOST_FILLED).item():
        return there
    span = there.to_frame("at").select(pl.datetime_range(first, last, step))
    return span["at"].cast(there.dtype)


def _after(keys: pl.Series, starts: Sequence[Any], facts: Mapping[str, Any]) -> list[Any]:
    """Return the end of the last bin; nothing where it cannot be told."""
    step = facts.get(f"{c.X}:step")
    if not starts or step is None:
        return []
    if isinstance(step, str):
        end = pl.Series([starts[-1]], dtype=keys.dtype).dt.offset_by(step)
        return end.filter(end.dt.year() <= MAXYEAR).to_list()
    return [starts[-1] + 1]


def _labels(keys: Sequence[Any], name: str, facts: Mapping[str, Any]) -> tuple[str, ...]:
    step, low = facts.get(f"{name}:step"), facts.get(f"{name}:low")
    if isinstance(step, float) and low is not None:
        return tuple(_edge(low + key * step, step) for key in keys)
    days = all(isinstance(key, datetime) and key.time() == time() for key in keys)
    return tuple(_text(key.date() if days else key) for key in keys)


def _edge(value: float, step: float) -> str:
    """Return where a bin begins, with as many digits as tell it from the next."""
    if not 0 < step < _WIDE:
        return f"{value:.6g}"
    digits = max(1 - floor(log10(step)), 0)
    return f"{value:.{digits}f}" if digits < _MOST_DECIMALS and step != 1 else f"{value:.6g}"


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(
            " ", "minutes" if not (value.second or value.microsecond) else "auto"
        )
    return value.isoformat() if isinstance(value, date) else str(value)


def _numbers(values: pl.Series) -> tuple[float | None, ...]:
    numbers = values.cast(pl.Float64)
    return tuple(v if ok else None for v, ok in zip(numbers, numbers.is_finite(), strict=True))
