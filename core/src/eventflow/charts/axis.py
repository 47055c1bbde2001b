"""Scales: the bins into which a column's values fall, as few as a picture can show.

The width of bins is worked out in the query itself, from the ends of the data: calendar steps for
times, equal steps for numbers. What is neither is taken by name.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl
from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

_STEPS: Final[tuple[tuple[str, timedelta], ...]] = (
    ("1s", timedelta(seconds=1)),
    ("10s", timedelta(seconds=10)),
    ("1m", timedelta(minutes=1)),
    ("5m", timedelta(minutes=5)),
    ("15m", timedelta(minutes=15)),
    ("1h", timedelta(hours=1)),
    ("3h", timedelta(hours=3)),
    ("6h", timedelta(hours=6)),
    ("1d", timedelta(days=1)),
    ("1w", timedelta(days=7)),
    ("1mo", timedelta(days=30)),
    ("3mo", timedelta(days=91)),
    ("1y", timedelta(days=365)),
    ("10y", timedelta(days=3_652)),
    ("100y", timedelta(days=36_524)),
)
"""Calendar steps from narrow to wide, with about how long each is."""

_HUGE: Final = 1e300
"""Beyond, numbers have no bin: their distance may be infinite."""

_TINY: Final = 1e-290
"""Below, numbers are one: their distance cannot be divided."""

_FIRST: Final = datetime(1, 1, 2)  # noqa: DTZ001 - of the zone of the column
_LAST: Final = datetime(9999, 12, 30)  # noqa: DTZ001 - likewise
"""Ends of what Python takes for a time, in every zone."""

_DAY: Final = timedelta(days=1)


@frozen
class Axis:
    """One direction of a chart.

    Attributes:
        name: Column it is made of.
        key: Expression for the bin of a row: the start of a calendar step, the index of a numeric
            bin, or the value as text; null where a row has none.
        scalars: What tells a bin's place on the scale, the same for every row: ``step`` (text of a
            calendar step, or width of a bin) and ``low`` (start of the first bin); empty for names.
    """

    name: str
    key: pl.Expr = field(eq=False)
    scalars: Mapping[str, pl.Expr] = field(factory=dict, eq=False)

    @property
    def named(self) -> bool:
        """Whether values are taken by name, so that there may be any number of them."""
        return not self.scalars


def axis(name: str, dtype: pl.DataType, most: int, *, every: str | None = None) -> Axis:
    """Return the scale of a column.

    Args:
        name: The column.
        dtype: Its dtype: text, categories and Booleans are names, all others have a scale.
        most: Bins at most, about.
        every: Calendar step of times, as Polars writes it (``6h``); by default what fits.
    """
    column = pl.col(name)
    if dtype == pl.Date or isinstance(dtype, pl.Datetime):
        times = column.cast(pl.Datetime("us")) if dtype == pl.Date else column
        step = pl.lit(every) if every is not None else _step(times, dtype, most)
        return Axis(name, _told(times.dt.truncate(step), dtype), {"step": step})
    if dtype.is_numeric():
        return _numeric(name, dtype, most)
    return Axis(name, column.cast(pl.String))


def _told(times: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return times that Python has too: earlier and later ones fall into the first and last bin."""
    if isinstance(dtype, pl.Datetime) and dtype.time_unit == "ns":
        return times
    zone = dtype.time_zone if isinstance(dtype, pl.Datetime) else None
    first, last = (pl.lit(at).dt.replace_time_zone(zone) for at in (_FIRST, _LAST))
    return times.clip(first, last)


def _step(column: pl.Expr, dtype: pl.DataType, most: int) -> pl.Expr:
    """Return the narrowest calendar step of which few enough cover the data."""
    extent = column.max() - column.min()
    steps = [(s, w) for s, w in _STEPS if dtype != pl.Date or w >= _DAY]
    found: pl.Expr = pl.lit(steps[-1][0])
    for step, width in reversed(steps):
        found = pl.when(extent < width * (most - 1)).then(pl.lit(step)).otherwise(found)
    return found


def _numeric(name: str, dtype: pl.DataType, most: int) -> Axis:
    """Return bins of one width; whole numbers fall into whole steps."""
    values = pl.col(name).cast(pl.Float64)
    values = pl.when(values.abs() < _HUGE).then(values)
    low, extent = values.min(), values.max() - values.min()
    if dtype.is_integer():
        step = ((extent + 1) / most).ceil()
    else:
        step = pl.when(extent > _TINY).then(extent / most).otherwise(1.0)
    index = ((values - low) / step).floor().clip(0, most - 1)
    return Axis(name, index.cast(pl.Int64), {"step": step, "low": low})
