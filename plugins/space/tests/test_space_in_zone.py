"""Events get the columns of the zone that holds them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from eventflow import EventFrame
from eventflow.context.schema import ContextSchema
from eventflow.testing import contract
from eventflow_space import InZoneJoin
from eventflow_space.errors import UnknownCrsError
from eventflow_space.zone_cells import ZoneCells
from eventflow_space.zone_errors import NoShapeError, OverlappingZonesError, TimedPlaceError
from zone_frames import WGS84, events, voronoi, zones

A, B = shapely.box(0, 40, 10, 50), shapely.box(10, 40, 20, 50)
HOLED = shapely.Polygon(A.exterior, [shapely.box(4, 44, 6, 46).exterior])

_SAMPLE = events([45, 45, 45, None, 70, 0], [5, 10, 15, 5, 5, 0])
TestInZone = contract(InZoneJoin, frame=_SAMPLE, context=zones({"a": A, "b": B}), keys=("shape",))
TestInSmallest = contract(
    InZoneJoin, config={"overlaps": "smallest"}, frame=_SAMPLE,
    context=zones({"a": A, "b": B, "hole": HOLED, "none": None}), keys=("shape",),
)  # fmt: skip


def found(
    lat: Any, lon: Any, shapes: dict[str, Any], crs: str = WGS84, **options: Any
) -> list[str | None]:
    """Return the zone of each position."""
    joined = InZoneJoin(**options).join(events(lat, lon), zones(shapes, crs)).collect()
    return joined.sort("id")["zone"].to_list()


def test_every_event_is_in_the_zone_that_geos_says() -> None:
    """40 zones that fill a box, 20,000 events in it and around it: a loop over shapely agrees."""
    shapes = voronoi(40, (-100, 25, -70, 50), seed=3)
    random = np.random.default_rng(4)
    lat, lon = random.uniform(20, 55, 20_000), random.uniform(-105, -65, 20_000)
    names = found(lat, lon, {f"z{i}": shape for i, shape in enumerate(shapes)})
    expected = np.full(len(lat), None, object)
    for i, shape in enumerate(shapes):
        expected[shapely.contains_xy(shape, lon, lat)] = f"z{i}"
    assert names == expected.tolist()
    assert None in names


def test_unmatched_events_stay_and_are_counted_by_reason() -> None:
    """Null columns, and one reason for each event."""
    frame = events([45, None, 91, 0, 80], [5, 5, 5, 0, 5])
    joined = InZoneJoin().join(frame, zones({"a": A}))
    assert joined.collect().sort("id")["zone"].to_list() == ["a", None, None, None, None]
    assert dict(joined.accounts[-1].counts.collect().iter_rows()) == {
        "no position": 1, "latitude and longitude exchanged": 1, "position 0, 0": 1,
        "outside every zone": 1,
    }  # fmt: skip
    assert set(joined.accounts[-1].outcomes.values()) == {"flagged"}


def test_holes_and_several_parts() -> None:
    """What lies in a hole is outside, unless a zone fills the hole; a zone may have parts."""
    apart = shapely.MultiPolygon([shapely.box(30, 40, 31, 41), shapely.box(40, 40, 41, 41)])
    where = [45, 45, 40.5, 40.5, 40.5], [5, 1, 30.5, 40.5, 35]
    assert found(*where, {"a": HOLED, "m": apart}) == [None, "a", "m", "m", None]
    enclave = {"a": HOLED, "in": shapely.box(4, 44, 6, 46)}
    assert found([45, 45], [5, 1], enclave) == ["in", "a"]


def test_a_boundary_belongs_to_the_first_zone_whose_boundary_it_is() -> None:
    """Corners and edges count, in the order of the values; an inside goes before a boundary."""
    edge = [45, 40, 50, 45], [10, 0, 20, 4]
    assert found(*edge, {"b": B, "a": A}) == ["a", "a", "b", "a"]
    assert found(*edge, {"x": A, "b": B}) == ["b", "x", "b", "x"]
    wide = shapely.box(5, 40, 25, 50)
    assert found([45], [10], {"a": A, "wide": wide}) == ["wide"]


def test_overlaps_are_an_error_or_have_a_rule() -> None:
    """The message names place and zones; the smallest is that on the sphere."""
    north, south = shapely.box(0, 60, 10, 80), shapely.box(0, 50, 10, 65)
    with pytest.raises(
        OverlappingZonesError, match=r'62\.000000, 5\.000000 is inside "n" and "s"'
    ) as told:
        found([62, 70], [5, 5], {"s": south, "n": north})
    assert told.value.problems[0].key == "join.overlaps"
    assert found([70, 55], [5, 5], {"s": south, "n": north}) == ["n", "s"]
    assert found([62], [5], {"s": south, "n": north}, overlaps="first") == ["n"]
    assert found([62], [5], {"a": south, "n": north}, overlaps="first") == ["a"]
    # 200 square degrees in the north are less land than 150 in the south
    assert found([62], [5], {"a": south, "n": north}, overlaps="smallest") == ["n"]


def test_an_empty_layer_holds_nothing() -> None:
    """Every event stays and is counted."""
    joined = InZoneJoin().join(events([45], [5]), zones({}))
    assert joined.collect()["zone"].to_list() == [None]
    assert joined.accounts[-1].counts.collect().rows() == [("outside every zone", 1)]


def test_context_that_cannot_be_used_is_refused_while_planning() -> None:
    """No shapes, shapes that are text, no system, an unknown one, and zones with a time."""
    frame = events([45], [5])
    bare = EventFrame.of({"zone": ["a"], "shape": ["POINT (0 0)"]})
    with pytest.raises(NoShapeError, match="says of no column where its rows lie"):
        InZoneJoin().join(frame, bare)
    with pytest.raises(NoShapeError, match='the shapes "shape" are str'):
        InZoneJoin().join(frame, bare.under(ContextSchema(geometry="shape", crs=WGS84)))
    with pytest.raises(NoShapeError, match="is in no stated coordinate system"):
        InZoneJoin().join(frame, zones({"a": A}, crs=None))
    with pytest.raises(UnknownCrsError, match="PROJ knows"):
        InZoneJoin().join(frame, zones({"a": A}, crs="EPSG:0"))
    dated = zones({"a": A}).pipe(lambda lazy: lazy.with_columns(since=pl.date(2020, 1, 1)))
    dated = dated.under(ContextSchema(geometry="shape", timestamp="since"))
    with pytest.raises(TimedPlaceError, match='known over time \\("since"\\); in_zone'):
        InZoneJoin().join(frame, dated)
    assert InZoneJoin(timeless=True).join(frame, dated).collect()["zone"].to_list() == ["a"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.integers(0, 8)] * 2, *[st.integers(1, 6)] * 2), min_size=1, max_size=12
    ),
    st.lists(st.tuples(st.integers(-1, 30), st.integers(-1, 30)), min_size=1, max_size=40),
)
def test_cells_never_change_the_answer(
    boxes: list[tuple[int, ...]], places: list[tuple[int, int]]
) -> None:
    """Overlapping boxes, and points on corners, edges, inside and outside: as each shape says."""
    shapes = np.array([shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes])
    x, y = (np.array(values) / 2 for values in zip(*places, strict=True))
    zone, several = ZoneCells.of(shapes).find(x, y)
    inside = np.array([shapely.contains_xy(shape, x, y) for shape in shapes])
    touched = np.array([shapely.intersects_xy(shape, x, y) for shape in shapes])
    first = np.where(inside.any(0), inside.argmax(0), touched.argmax(0))
    assert zone.tolist() == np.where(touched.any(0), first, -1).tolist()
    assert several.tolist() == np.flatnonzero(inside.sum(0) > 1).tolist()


@pytest.mark.parametrize("seed", range(3))
def test_edges_of_a_cell_tell_what_shapes_tell(seed: int) -> None:
    """Overlapping zones with holes and parts, wide and narrow: as each shape says."""
    random = np.random.default_rng(seed)
    centres, sizes = random.uniform(0, 9, (60, 2)), random.uniform(0.1, 2, 60)
    discs = shapely.buffer(shapely.points(centres), sizes, quad_segs=seed + 2)
    rings = [shapely.difference(disc, shapely.affinity.scale(disc, 0.5, 0.7)) for disc in discs]
    bars = [shapely.box(*random.uniform(0, 9, 2), *random.uniform(0, 9, 2)) for _ in range(8)]
    several = shapely.union_all(shapely.difference(rings[:9], bars[0]))
    shapes = np.array([*rings[20:], *bars, several])
    x, y = random.uniform(-1, 10, (2, 20_000))
    zone, twice = ZoneCells.of(shapes).find(x, y)
    inside = np.array([shapely.contains_xy(shape, x, y) for shape in shapes])
    assert zone.tolist() == np.where(inside.any(0), inside.argmax(0), -1).tolist()
    assert twice.tolist() == np.flatnonzero(inside.sum(0) > 1).tolist()


def test_many_zones_in_one_place_are_searched_by_a_tree() -> None:
    """900 small zones and one at the other end of the world share one cell, and none is lost."""
    small = [shapely.box(x, y, x + 1, y + 1) for x in range(30) for y in range(30)]
    shapes = np.array([shapely.affinity.scale(s, 1e-3, 1e-3, origin=(0, 0)) for s in small])
    shapes = np.append(shapes, shapely.box(170, 80, 171, 81))
    cells = ZoneCells.of(shapes)
    assert (cells.answers < -1).any()
    random = np.random.default_rng(5)
    x, y = random.uniform(0, 0.03, 2_000), random.uniform(0, 0.03, 2_000)
    expected = np.floor(x * 1e3) * 30 + np.floor(y * 1e3)
    assert cells.find(x, y)[0].tolist() == expected.tolist()
