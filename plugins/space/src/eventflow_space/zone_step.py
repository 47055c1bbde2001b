"""The step `space.zone`: the short form of `enrich` with the join `in_zone`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from eventflow.base import BaseStep
from eventflow.config import ONE_OR_MANY
from eventflow.config.uses import Uses
from eventflow.context.enrich import ContextEnricherStep
from eventflow.context.schema import ContextSchema  # noqa: TC001 - pydantic reads it at run time
from eventflow_space.in_zone import InZoneConfig, InZoneJoin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.blueprint import FeatureSpec
    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows


class SpatialZoneStep(BaseStep):
    """Events get columns of the zone that holds them.

    The short form of `enrich` with the join `in_zone`, which says what zones may be, to which of
    them a boundary belongs, and why events find none.

    Shape: the same events in the same number; each chosen column of the zones under its name with
    `prefix`, with its dtype. A map by such a column (`chart`, ``cell: NAME``) draws the zones.

    Example:
        >>> import polars as pl, shapely
        >>> from eventflow import EventFrame, Pipeline
        >>> from eventflow.context.schema import ContextSchema
        >>> from eventflow_space import SpatialZoneStep
        >>> square = shapely.to_wkb(shapely.box(0, 0, 1, 1))
        >>> parks = pl.LazyFrame({"name": ["park"], "shape": [square]})
        >>> zones = EventFrame(parks).under(ContextSchema(geometry="shape", crs="EPSG:4326"))
        >>> roles = {"latitude": "y", "longitude": "x", "crs": "EPSG:4326"}
        >>> events = EventFrame.of({"y": [0.5], "x": [0.5]}, **roles)
        >>> step = SpatialZoneStep(zones=zones, prefix="zone_")
        >>> Pipeline([step]).run(events).collect()["zone_name"].item()
        'park'

    Errors: those of `in_zone` and `enrich`.

    Parity: exact.
    """

    rows: ClassVar[Rows] = "kept"
    fixed_schema: ClassVar[bool] = True

    class Config(InZoneConfig):
        """Options of `space.zone`.

        Attributes:
            zones: Where the zones come from.
            columns: Columns of the zones to add; all but the shapes if not given.
            prefix: Text before the names of added columns.
            roles: What the zones' columns mean, where their source does not say so.
            latitude: Column of latitude in degrees; the schema's if not given.
            longitude: Column of longitude in degrees; the schema's if not given.
            crs: Geographic coordinate system of the two; the frame's if not given.
            overlaps: What an event inside several zones is: an ``error``, in the ``smallest`` of
                them, or in the ``first``, in the order of the values that are added.
            invalid: What a zone is whose boundary crosses itself: an ``error``, or is it
                ``repair``-ed.
            others: What points and lines among the zones are: an ``error``, or ``ignore``-d.
            antimeridian: What an edge over more than 180° of longitude is: an ``error``, one that
                does ``cross`` 180°, or ``plain``, as it is drawn.
            timeless: Whether every zone was known before every event, where zones have a time.
        """

        zones: Annotated[Any, Uses("source")]
        columns: Annotated[tuple[str, ...], ONE_OR_MANY] | None = Field(default=None, min_length=1)
        prefix: str = ""
        roles: ContextSchema | None = None

    def __init__(self, **options: Any) -> None:
        """Validate the options."""
        super().__init__(**options)
        own = {name: getattr(self.config, name) for name in InZoneConfig.model_fields}
        self._enrich = ContextEnricherStep(
            self.config.zones, InZoneJoin(**own), columns=self.config.columns,
            prefix=self.config.prefix, roles=self.config.roles,
        )  # fmt: skip

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Return the position."""
        return self._enrich.reads(schema, columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Join."""
        return self._enrich.apply(frame, state)

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Say of each added column what the zones say of it."""
        return self._enrich.describe(frame, state)
