"""Points of context, ready to be asked in batches of events for the nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from attrs import frozen

from eventflow.context.joining import FOUND
from eventflow_space.context_places import BEFORE, LAT, LON, SINCE
from eventflow_space.nearest import FAR
from eventflow_space.nearest_tree import NearestTree
from eventflow_space.point_tree import NONE, PointTree
from eventflow_space.proj import in_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventflow_space.point_tree import Floats


@frozen(eq=False)
class Nearest:
    """Points, ready to be asked in batches.

    Attributes:
        rows: What is added, one row for each point, and a last one of nulls.
        tree: Their positions; with since when they are known, where that counts.
        most: Farthest that a point may be, metres.
        distance: Name of the column with the distance, if there is to be one.
    """

    rows: pl.DataFrame
    tree: NearestTree | PointTree
    most: float | None
    distance: str | None

    @classmethod
    def of(
        cls,
        rows: pl.DataFrame,
        *,
        systems: tuple[str, str],
        most: float | None,
        distance: str | None,
    ) -> Nearest:
        """Make an index of rows with `LAT`, `LON`, what is added, and maybe `SINCE`.

        Args:
            rows: The points, at most one in each place.
            systems: Their coordinate system, and that of the events.
            most: Farthest that a point may be, metres.
            distance: Name of the column with the distance, if there is to be one.
        """
        points = rows.sort(LAT, LON)
        lat, lon = _converted(points[LAT].to_numpy(), points[LON].to_numpy(), *systems)
        values = points.drop(LAT, LON, SINCE, strict=False).with_columns(
            pl.lit(value=True).alias(FOUND)
        )
        tree = (
            NearestTree.of(lat, lon, points[SINCE].to_numpy())
            if SINCE in points.columns
            else PointTree.of(lat, lon)
        )
        return cls(pl.concat([values, values.clear(1)]), tree, most, distance)

    def ask(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return the columns of the nearest point of each event, and whether it is too far."""
        lat, lon = batch[LAT].to_numpy(), batch[LON].to_numpy()
        if isinstance(self.tree, PointTree):
            number, metres = self.tree.find(lat, lon)
        else:
            number, metres = self.tree.find(lat, lon, batch[BEFORE].to_numpy())
        far = np.zeros(len(number), bool) if self.most is None else metres > self.most
        number[far] = NONE
        found = self.rows.select(pl.all().gather(number))
        if self.distance is not None:
            told = np.where(number == NONE, np.nan, metres)
            distance = pl.Series(self.distance, told).fill_nan(None)
            found = found.insert_column(found.width - 1, distance)
        return found.with_columns(pl.Series(FAR, far))


def _converted(lat: Floats, lon: Floats, crs: str, to: str) -> tuple[Floats, Floats]:
    """Return positions in another geographic system."""
    from pyproj import Transformer  # noqa: PLC0415 - delayed: PROJ takes 50 ms to open

    if crs == to or not len(lat):
        return lat, lon
    turned: tuple[NDArray[Any], NDArray[Any]] = in_thread(
        lambda: Transformer.from_crs(crs, to, always_xy=True).transform(lon, lat)
    )
    return turned[1], turned[0]
