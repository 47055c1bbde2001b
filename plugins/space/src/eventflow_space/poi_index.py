"""Points of interest as k-d trees, one for each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import polars as pl
from attrs import frozen
from scipy.spatial import cKDTree

from eventflow_space.context_places import LAT, LON
from eventflow_space.in_space import chord, in_space
from eventflow_space.poi import KIND
from eventflow_space.sphere import Point, haversine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@frozen(eq=False)
class Points:
    """The points of one kind.

    Attributes:
        at: Latitude and longitude, degrees.
        tree: The same in space; None if there are none.
    """

    at: pl.DataFrame
    tree: Any

    @classmethod
    def of(cls, at: pl.DataFrame) -> Self:
        """Index points."""
        if not at.height:
            return cls(at, None)
        return cls(at, cKDTree(in_space(at[LAT].to_numpy(), at[LON].to_numpy())))

    def nearest(self, events: pl.DataFrame, where: Any) -> pl.Series:
        """Return the distance to the nearest point, metres; null if there is none."""
        if self.tree is None:
            return pl.repeat(None, events.height, dtype=pl.Float64, eager=True)
        _, rows = self.tree.query(where)
        there = self.at[rows].rename({LAT: "lat", LON: "lon"})
        metres = haversine(_point(LAT, LON), _point("lat", "lon"))
        return events.hstack(there).select(metres.alias("metres")).to_series()

    def within(self, where: Any, radius: float) -> pl.Series:
        """Return how many points are at most a distance in metres away."""
        if self.tree is None:
            return pl.repeat(0, len(where), dtype=pl.Int64, eager=True)
        found = self.tree.query_ball_point(where, chord(radius), return_length=True)
        return pl.Series(found, dtype=pl.Int64)


@frozen(eq=False)
class PoiIndex:
    """What events are asked against.

    Attributes:
        names: Names of the columns it returns: for each kind its distance, then its counts.
        kinds: Points of each kind that is asked for.
        radii: Distances within which points are counted, metres.
    """

    names: tuple[str, ...]
    kinds: tuple[Points, ...]
    radii: tuple[float, ...]

    @classmethod
    def of(
        cls,
        points: pl.DataFrame,
        *,
        names: Sequence[str],
        kinds: Sequence[str | None],
        radii: Sequence[float],
    ) -> Self:
        """Index points.

        Args:
            points: `LAT`, `LON` and `KIND` of usable points.
            names: Names of the columns to return.
            kinds: The kinds that are asked for; None: any.
            radii: Distances within which points are counted, metres.
        """
        chosen = (points if k is None else points.filter(pl.col(KIND) == k) for k in kinds)
        indexed = tuple(Points.of(some.select(LAT, LON)) for some in chosen)
        return cls(tuple(names), indexed, tuple(radii))

    def ask(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return distances and counts for the positions of a batch; null where there is none."""
        every = batch.select(LAT, LON).with_row_index("row")
        placed = every.drop_nulls(LAT)
        found = dict(zip(self.names, self._columns(placed.drop("row")), strict=True))
        told = placed.select("row").hstack(pl.DataFrame(found))
        joined = every.select("row").join(told, on="row", how="left", maintain_order="left")
        return joined.drop("row")

    def _columns(self, events: pl.DataFrame) -> Iterator[pl.Series]:
        where = in_space(events[LAT].to_numpy(), events[LON].to_numpy())
        for points in self.kinds:
            yield points.nearest(events, where)
            for radius in self.radii:
                yield points.within(where, radius)


def _point(lat: str, lon: str) -> Point:
    return Point(pl.col(lat), pl.col(lon))
