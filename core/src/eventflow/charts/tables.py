"""Asking for charts of groups: heatmaps, bars, histograms. Nothing is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from eventflow.charts import chart as c
from eventflow.charts.axis import axis
from eventflow.charts.chart import Chart
from eventflow.charts.measure import Measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventflow.charts.axis import Axis

ROWS: Final = "__eventflow_rows"
MOST_BINS: Final = 32

_COUNTED = Measure.of(None)


def heatmap(  # noqa: PLR0913 - what a picture of two directions has
    lazy: pl.LazyFrame,
    x: str,
    y: str,
    measure: Measure = _COUNTED,
    *,
    every: str | None = None,
    title: str = "",
    unit: str = "",
) -> Chart:
    """Ask for a number of each pair of two columns' values.

    Args:
        lazy: The rows.
        x: Column from left to right: a time, a number, or names.
        y: Column from top to bottom.
        measure: The number of each pair.
        every: Calendar step of times in `x`, such as ``6h``; by default what fits.
        title: What it shows; by default measure and columns.
        unit: Unit of the number.
    """
    columns = lazy.collect_schema()
    across = axis(x, columns[x], c.MOST_COLUMNS, every=every)
    down = axis(y, columns[y], c.MOST_ROWS)
    grouped = _grouped(lazy, {c.X: across, c.Y: down}, measure)
    marks = placed(grouped, (c.X, c.Y))
    for name, scale, most in ((c.X, across, c.MOST_COLUMNS), (c.Y, down, c.MOST_ROWS)):
        if scale.named or every is not None:
            marks = marks.join(_fullest(marks, name, most), on=name, how="semi")
    return Chart(
        kind="heatmap",
        title=title or f"{capital(measure.words)} by {y} and {x}",
        marks=marks.select(c.X, c.Y, c.VALUE).sort(c.X, c.Y),
        facts=facts(grouped, (c.X, c.Y), {c.X: across, c.Y: down}),
        measure=measure.words,
        unit=unit,
        x=x,
        y=y,
    )


def bars(
    lazy: pl.LazyFrame, by: str, measure: Measure = _COUNTED, *, title: str = "", unit: str = ""
) -> Chart:
    """Ask for a number of each value of a column, the largest first.

    Args:
        lazy: The rows.
        by: The column; a number or a time is taken by name too.
        measure: The number of each value.
        title: What it shows; by default measure and column.
        unit: Unit of the number.
    """
    names = {c.LABEL: _names(by)}
    grouped = _grouped(lazy, names, measure)
    fullest = placed(grouped, (c.LABEL,)).top_k(
        c.MOST_BARS, by=[ROWS, c.LABEL], reverse=[False, True]
    )
    return Chart(
        kind="bars",
        title=title or f"{capital(measure.words)} by {by}",
        marks=fullest.select(c.LABEL, c.VALUE).sort(
            c.VALUE, c.LABEL, descending=[True, False], nulls_last=True
        ),
        facts=facts(grouped, (c.LABEL,), names),
        measure=measure.words,
        unit=unit,
        y=by,
    )


def histogram(
    lazy: pl.LazyFrame, of: str, *, every: str | None = None, title: str = "", unit: str = ""
) -> Chart:
    """Ask how many rows fall into each of a few neighbouring bins.

    Args:
        lazy: The rows.
        of: A column of numbers or times.
        every: Calendar step of times, such as ``6h``; by default what fits.
        title: What it shows; by default the column.
        unit: Unit of the column.
    """
    dtype = lazy.collect_schema()[of]
    scale = axis(of, dtype, MOST_BINS if dtype.is_numeric() else c.MOST_COLUMNS, every=every)
    grouped = _grouped(lazy, {c.X: scale}, _COUNTED)
    marks = placed(grouped, (c.X,))
    if every is not None:
        marks = marks.join(_fullest(marks, c.X, c.MOST_COLUMNS), on=c.X, how="semi")
    return Chart(
        kind="histogram",
        title=title or f"Events by {of}",
        marks=marks.select(c.X, c.VALUE).sort(c.X),
        facts=facts(grouped, (c.X,), {c.X: scale}),
        unit=unit,
        x=of,
    )


def capital(words: str) -> str:
    """Return words that begin a title."""
    return words[:1].upper() + words[1:]


def placed(grouped: pl.LazyFrame, keys: Iterable[str]) -> pl.LazyFrame:
    """Return the groups that have a place: no key is null."""
    return grouped.filter(*(pl.col(key).is_not_null() for key in keys))


def facts(
    grouped: pl.LazyFrame, keys: Sequence[str], axes: dict[str, Axis] | None = None
) -> pl.LazyFrame:
    """Return one row: how many groups have a place, the rows that have none, and the scales."""
    there = pl.all_horizontal(pl.col(key).is_not_null() for key in keys)
    scalars = [f"{key}:{name}" for key, scale in (axes or {}).items() for name in scale.scalars]
    return grouped.select(
        there.sum().cast(pl.Int64).alias(c.GROUPS),
        pl.col(ROWS).filter(there.not_()).sum().cast(pl.Int64).alias(c.MISSING),
        *(pl.col(name).drop_nulls().first() for name in scalars),
    )


def _names(column: str) -> Axis:
    return axis(column, pl.String(), c.MOST_BARS)


def _grouped(lazy: pl.LazyFrame, axes: dict[str, Axis], measure: Measure) -> pl.LazyFrame:
    """Return one row for each group: its bins, its number, its rows, and what its scales are."""
    keyed = lazy.with_columns(scale.key.alias(_key(key)) for key, scale in axes.items())
    scalars = {f"{k}:{n}": e for k, scale in axes.items() for n, e in scale.scalars.items()}
    keyed = keyed.with_columns(expr.alias(_key(name)) for name, expr in scalars.items())
    return (
        keyed.group_by(_key(key) for key in axes)
        .agg(
            measure.expr.alias(_key(c.VALUE)),
            pl.len().alias(_key(ROWS)),
            *(pl.col(_key(name)).first() for name in scalars),
        )
        .select(pl.col(_key(name)).alias(name) for name in (*axes, c.VALUE, ROWS, *scalars))
    )


def _key(name: str) -> str:
    """Return a column's name among those of the events."""
    return f"__eventflow_chart_{name}"


def _fullest(marks: pl.LazyFrame, key: str, most: int) -> pl.LazyFrame:
    """Return the keys of which there are most rows."""
    totals = marks.group_by(key).agg(pl.col(ROWS).sum())
    return totals.top_k(most, by=[ROWS, key], reverse=[False, True]).select(key)
