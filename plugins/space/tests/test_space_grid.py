"""Square cells: which grid is chosen, which cell a position has, and what has none."""

from __future__ import annotations

from math import floor
from typing import Any

import polars as pl
import pytest
from pyproj import Geod, Transformer

from eventflow import EventFrame
from eventflow_space import SpatialGridStep
from eventflow_space.errors import (
    ColumnTakenError,
    SwappedPositionsError,
    UnfitGridError,
    UnknownCrsError,
)
from eventflow_space.grid import SpatialGridState
from eventflow_space.squares import x_of, y_of

Positions = list[tuple[float | None, float | None]]
NEW_YORK: Positions = [(40.64, -73.78), (40.77, -73.87), (40.69, -74.17)]
FIJI: Positions = [(-17.0, 177.5), (-18.0, -179.5), (-16.5, 179.9)]


def _frame(positions: Positions, **roles: str) -> EventFrame:
    data = pl.DataFrame(positions, schema={"lat": pl.Float64, "lon": pl.Float64}, orient="row")
    named = {"latitude": "lat", "longitude": "lon", "crs": "EPSG:4326", **roles}
    return EventFrame.of(data, **named)


def _chosen(positions: Positions, **options: Any) -> str:
    step, frame = SpatialGridStep(size_m=300, **options), _frame(positions)
    statistics = step.learn(frame)
    assert statistics is not None
    return str(step.fit(statistics.collect()).crs)


def _told(frame: EventFrame) -> dict[str, int]:
    counted = [a.counts.collect().iter_rows() for a in frame.accounts]
    return {reason: rows for rows_of in counted for reason, rows in rows_of if rows}


LAEA = "+proj=laea +lat_0={} +lon_0={} +datum=WGS84 +units=m"
CHOICES: dict[str, tuple[Positions, str]] = {
    "a city": (NEW_YORK, "EPSG:32618"),
    "a city of the south": ([(-33.8, 151.2), (-33.9, 151.3)], "EPSG:32756"),
    "half a degree beyond the zone": ([(50.0, 5.6), (50.0, 11.0)], "EPSG:32632"),
    "one position": ([(52.5, 13.4)], "EPSG:32633"),
    "across the antimeridian, in a zone": ([(-17.0, 179.5), (-18.0, -179.5)], "EPSG:32701"),
    "across the antimeridian, in none": ([(-17.0, 174.5), (-18.0, -176.5)], LAEA.format(-18, 179)),
    "a country": ([(47.3, 5.9), (55.1, 15.0)], LAEA.format(51, 10)),
    "a continent": ([(35.0, -10.0), (71.0, 30.0)], LAEA.format(53, 10)),
    "around the north pole": ([(70.0, -120.0), (75.0, 0.0), (80.0, 120.0)], LAEA.format(90, 0)),
    "around the south pole": ([(-70.0, -120.0), (-75.0, 1.0), (-80.0, 120.0)], LAEA.format(-90, 0)),
    "the north of Svalbard": ([(85.0, 15.0), (85.5, 16.0)], LAEA.format(85, 16)),
    "the world": ([(-35.0, 150.0), (60.0, 10.0), (40.0, -74.0)], "EPSG:6933"),
    "all around, nothing at Greenwich": (
        [(60.0, -180.0), (50.0, 90.0), (10.0, 0.5), (-20.0, -0.4)], "EPSG:6933",
    ),
    "nowhere": ([(None, None), (0.0, 0.0), (95.0, 200.0)], "EPSG:6933"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOICES)
def test_the_smallest_system_that_fits_is_chosen(name: str) -> None:
    """A UTM zone, else an azimuthal system around the middle, else that of the world."""
    positions, crs = CHOICES[name]
    assert _chosen(positions) == crs


def test_longitudes_beyond_180_choose_the_same_grid() -> None:
    """Where it is said that they count to 360."""
    turned: Positions = [
        (lat, lon % 360) for lat, lon in FIJI if lat is not None and lon is not None
    ]
    assert _chosen(turned, longitudes="0..360") == _chosen(FIJI)


def test_a_cell_is_the_floor_of_easting_and_northing() -> None:
    """As PROJ computes them, in a list of sizes; negative indexes too."""
    step = SpatialGridStep(size_m=[300, 0.5, 50_000], projected="EPSG:6933")
    positions: Positions = [*NEW_YORK, (-33.8, 151.2), (-54.8, -68.3)]
    made = step.apply(_frame(positions), None).collect()
    change = Transformer.from_crs("EPSG:4326", "EPSG:6933", always_xy=True)
    for size, name in {300: "cell_300m", 0.5: "cell_0.5m", 50_000: "cell_50000m"}.items():
        cells = made.select(x=x_of(pl.col(name)), y=y_of(pl.col(name))).rows()
        planes = (change.transform(lon, lat) for lat, lon in positions)
        assert cells == [(floor(x / size), floor(y / size)) for x, y in planes]


def test_new_data_get_cells_of_the_learned_grid() -> None:
    """Also where another grid would have been chosen for them, and beyond what was seen."""
    step, state = SpatialGridStep(size_m=300), SpatialGridState("EPSG:32618")
    alone = step.apply(_frame(NEW_YORK[:1]), state).collect()["cell"].to_list()
    more = step.apply(_frame([*NEW_YORK, (42.4, -71.0), (48.9, 2.4)]), state)
    assert more.collect()["cell"].to_list()[:1] == alone
    assert more.collect()["cell"].is_null().to_list() == [False] * 4 + [True]
    assert _told(more) == {"position outside the grid": 1}


def test_positions_without_a_cell_stay_and_are_counted() -> None:
    """By reason; each has one."""
    odd: Positions = [(None, 1.0), (0.0, 0.0), (91.0, 200.0), (120.0, 45.0), (10.0, 181.0)]
    made = SpatialGridStep(size_m=300, projected="EPSG:32618").apply(
        _frame([*NEW_YORK, *odd]), None
    )
    assert made.collect()["cell"].is_null().to_list() == [False] * 3 + [True] * 5
    assert _told(made) == {
        "no position": 1,
        "position out of range": 2,
        "latitude and longitude exchanged": 1,
        "position 0, 0": 1,
    }


@pytest.mark.parametrize("crs", ["EPSG:32618", "EPSG:6933", LAEA.format(41, -74), "EPSG:2163"])
def test_what_is_no_number_of_degrees_has_no_cell_in_any_projection(crs: str) -> None:
    """NaN, infinite, far out of range: null and counted, whatever a formula would make of it."""
    nan, inf = float("nan"), float("inf")
    values = [nan, inf, -inf, 1e300, 90.000001, None]
    odd = [(lat, -74.0) for lat in values] + [(41.0, lon * 2 if lon else lon) for lon in values]
    dtypes = {"lat": pl.Float64, "lon": pl.Float64}
    data = pl.LazyFrame([*odd, *NEW_YORK], schema=dtypes, orient="row")
    frame = EventFrame(data).under(_frame(NEW_YORK).schema)
    made = SpatialGridStep(size_m=300, projected=crs).apply(frame, None)
    cells = made.collect()
    assert cells["cell"].null_count() == len(odd)
    assert cells.drop_nulls("cell")["lat"].sort().to_list() == [40.64, 40.69, 40.77]
    counted = {"no position": 4, "position out of range": 7, "latitude and longitude exchanged": 1}
    assert _told(made) == counted


def test_columns_that_were_exchanged_are_an_error_when_fitting() -> None:
    """If most positions are on Earth only the other way round; a few are counted."""
    swapped: Positions = [(151.2, -33.8), (174.8, -36.8), (40.7, -74.0)]
    with pytest.raises(SwappedPositionsError, match="2 of 3 positions"):
        _chosen(swapped)
    assert _chosen([*swapped[:1], *NEW_YORK]) == "EPSG:32618"


def test_neighbours_across_the_antimeridian_are_near_in_a_zone_and_not_in_the_world() -> None:
    """The grid of the world ends there."""
    two: Positions = [(10.0, 179.9999), (10.0, -179.9999)]
    for crs, apart in {"EPSG:32601": range(2), "EPSG:6933": range(115_000, 117_000)}.items():
        made = SpatialGridStep(size_m=300, projected=crs).apply(_frame(two), None).collect()
        west, east = made.select(x_of(pl.col("cell"))).to_series()
        assert abs(east - west) in apart


@pytest.mark.parametrize("crs", ["EPSG:32618", "EPSG:2263", LAEA.format(41, -74)])
def test_the_centre_of_a_cell_is_within_half_a_diagonal(crs: str) -> None:
    """Measured by geodesics on the ellipsoid, with the scale of the projection."""
    step = SpatialGridStep(size_m=300, projected=crs, add=["latitude", "longitude"])
    made = step.apply(_frame(NEW_YORK), None).collect()
    a, b, c, d = (made[n].to_list() for n in ("lon", "lat", "cell_longitude", "cell_latitude"))
    _, _, away = Geod(ellps="WGS84").inv(a, b, c, d)
    assert max(away) < 300 * 2**0.5 / 2 * 1.001


def test_a_grid_that_cannot_be_is_refused_while_planning() -> None:
    """Positions without a system, squares of degrees, and a name that is taken."""
    nowhere = EventFrame.of({"lat": [1.0], "lon": [1.0]}, latitude="lat", longitude="lon")
    with pytest.raises(UnknownCrsError, match="no stated"):
        SpatialGridStep(size_m=300).learn(nowhere)
    with pytest.raises(UnfitGridError, match="has degrees"):
        SpatialGridStep(size_m=300, projected="EPSG:4269").apply(_frame(NEW_YORK), None)
    with pytest.raises(ColumnTakenError, match="lon"):
        SpatialGridStep(size_m=300, projected="EPSG:6933", name="lon").apply(_frame(NEW_YORK), None)


def test_the_dictionary_says_in_which_system_cells_are() -> None:
    """Ids of two grids are never the same by accident."""
    step = SpatialGridStep(size_m=[300, 5000], add=["latitude"])
    specs = step.describe(_frame(NEW_YORK), SpatialGridState("EPSG:32618"))
    names = ["cell_300m", "cell_300m_latitude", "cell_5000m", "cell_5000m_latitude"]
    assert [spec.name for spec in specs] == names
    assert "in EPSG:32618" in specs[0].formula
