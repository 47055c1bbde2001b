"""Indexes of points that a plan makes when it is executed, and how expressions reach them.

The plan holds points and events: the index is a row of a frame that is made from the points, and
every event carries its number. So the points are read once an execution, before the first event,
events stream, and of theirs only the columns that are asked for are read.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import polars as pl
from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventflow_space.poi_index import PoiIndex

LAT, LON, KIND = "__eventflow_lat", "__eventflow_lon", "__eventflow_kind"
"""Hidden columns: position in degrees, and the kind of a point."""

NUMBER = "__eventflow_index"
"""Hidden column: the number of the index."""

_KEPT = 4  # executions of one plan at a time; an index lives as long as the plan


@define(eq=False)
class PoiHandles:
    """The indexes of one plan.

    Attributes:
        build: Makes an index of points.
        dtype: What the index returns, as a struct.
    """

    build: Callable[[pl.DataFrame], PoiIndex]
    dtype: pl.Struct
    made: dict[int, PoiIndex] = field(factory=dict, init=False)
    numbers: Iterator[int] = field(factory=count, init=False)

    def beside(self, events: pl.LazyFrame, points: pl.LazyFrame) -> pl.LazyFrame:
        """Return the events with `NUMBER`, the index of the points."""
        number = points.map_batches(
            self._make,
            schema={NUMBER: pl.UInt64},
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
        )
        # Polars 2.1 streams the right side of a cross join, and gathers the left.
        return number.join(events, how="cross")

    def asked(self, lat: pl.Expr, lon: pl.Expr) -> pl.Expr:
        """Return what the index says of positions in degrees, as a struct."""
        position = pl.struct(NUMBER, lat.alias(LAT), lon.alias(LON))
        return position.map_batches(self._ask, return_dtype=self.dtype, is_elementwise=True)

    def _make(self, points: pl.DataFrame) -> pl.DataFrame:
        number = next(self.numbers)
        self.made[number] = self.build(points)
        self.made.pop(number - _KEPT, None)
        return pl.DataFrame({NUMBER: [number]}, schema={NUMBER: pl.UInt64})

    def _ask(self, events: pl.Series) -> pl.Series:
        if not len(events):
            return pl.Series(events.name, [], dtype=self.dtype)
        batch = events.struct.unnest()
        return self.made[batch.item(0, NUMBER)].ask(batch).to_struct(events.name)
