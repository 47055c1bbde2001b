"""Zones of context, ready to be asked in batches of events."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import shapely
from attrs import frozen

from eventflow.context.joining import FOUND
from eventflow_space.context_places import LAT, LON, label, ordered
from eventflow_space.zone_cells import ZoneCells
from eventflow_space.zone_errors import OverlappingZonesError
from eventflow_space.zone_shapes import areas

if TYPE_CHECKING:
    from eventflow_space.zone_shapes import Rules


@frozen(eq=False)
class Zones:
    """Zones, ready to be asked in batches.

    Attributes:
        rows: What is added, one row for each zone, in the order in which zones go before others,
            and a last one of nulls.
        cells: Their shapes.
        overlaps: What an event inside several zones is.
    """

    rows: pl.DataFrame
    cells: ZoneCells
    overlaps: str

    @classmethod
    def of(cls, context: pl.DataFrame, *, shapes: str, crs: str, to: str, rules: Rules) -> Zones:
        """Make zones of rows of context.

        Raises:
            ZoneShapeError: EF377, shapes that are no areas.
        """
        rows = ordered(context)
        found = areas(rows[shapes], crs, to, rules, partial(label, rows))
        kept = np.flatnonzero(~shapely.is_missing(found))
        if rules.overlaps == "smallest":
            kept = kept[np.argsort(_sizes(found[kept]), kind="stable")]
        values = rows.drop(shapes)[kept].with_columns(pl.lit(value=True).alias(FOUND))
        return cls(pl.concat([values, values.clear(1)]), ZoneCells.of(found[kept]), rules.overlaps)

    def ask(self, batch: pl.DataFrame) -> pl.DataFrame:
        """Return the columns of the zone of each event.

        Raises:
            OverlappingZonesError: EF378, an event is inside several.
        """
        x, y = (batch[name].to_numpy() for name in (LON, LAT))
        zone, several = self.cells.find(x, y)
        if len(several) and self.overlaps == "error":
            one = several[np.lexsort((x[several], y[several]))[0]]
            inside = np.flatnonzero(shapely.contains_xy(self.cells.zones, x[one], y[one]))
            names = [label(self.rows, i) for i in inside[:3]]
            raise OverlappingZonesError.at(y[one], x[one], names)
        return self.rows.select(pl.all().gather(zone))  # -1, for none, is the last


def _sizes(shapes: Any) -> Any:
    """Return areas on the sphere, by Lambert's cylindrical equal-area projection."""

    def flat(points: Any) -> Any:
        return np.stack([points[:, 0], np.sin(np.radians(points[:, 1]))], axis=1)

    return shapely.area(shapely.transform(shapes, flat))
