"""`space.zone` is `enrich` with `in_zone`, in fewer words."""

from __future__ import annotations

import shapely

from eventflow import ContextEnricherStep, Pipeline
from eventflow.testing import contract
from eventflow_space import InZoneJoin, SpatialZoneStep
from zone_frames import events, zones

EVENTS = events([45, 45, None, 70], [5, 15, 5, 5])
ZONES = zones({"a": shapely.box(0, 40, 10, 50), "b": shapely.box(9, 40, 20, 50)})
TestZone = contract(
    SpatialZoneStep, config={"zones": ZONES, "prefix": "in_"}, frame=EVENTS,
    exclude={"no-python": "shapes are tested by GEOS, which is compiled, a batch at a time"},
)  # fmt: skip


def test_it_is_the_long_form_in_fewer_words() -> None:
    """Options of the join stand beside those of the step; the rows are the same."""
    short = SpatialZoneStep(zones=ZONES, columns="zone", prefix="in_", overlaps="smallest")
    join = InZoneJoin(overlaps="smallest")
    long = ContextEnricherStep(ZONES, join, columns="zone", prefix="in_")
    rows = [Pipeline([step]).run(EVENTS).collect().sort("id") for step in (short, long)]
    assert rows[0].equals(rows[1])
    assert rows[0]["in_zone"].to_list() == ["a", "b", None, None]
    [told] = short.describe(EVENTS, None)
    assert (told.name, told.formula) == ("in_zone", "zone of context")
