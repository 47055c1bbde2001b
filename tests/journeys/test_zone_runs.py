"""A run over real places: airports in zones of a file, by the step and by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import geopandas
import polars as pl
import shapely

import eventflow

if TYPE_CHECKING:
    from pathlib import Path

BANDS = {"pacific": (-130, -115), "mountain": (-115, -100), "central": (-100, -85),
         "eastern": (-85, -60)}  # fmt: skip


def _pipeline(folder: Path) -> dict[str, object]:
    shapes = [shapely.box(west, 24, east, 50) for west, east in BANDS.values()]
    zones = geopandas.GeoDataFrame({"band": list(BANDS)}, geometry=shapes, crs="EPSG:4326")
    zones.to_crs("EPSG:3857").to_file(folder / "bands.gpkg")
    return {
        "name": "airports",
        "source": {"use": "nyc_airports"},
        "steps": [
            {
                "use": "space.zone",
                "zones": {"use": "zones", "path": str(folder / "bands.gpkg")},
            },
            {
                "use": "enrich",
                "context": {"use": "zones", "path": str(folder / "none.geojson")},
                "join": {"use": "in_zone"},
                "prefix": "none_",
            },
            {
                "use": "enrich",
                "context": {"use": "nyc_airports"},
                "join": {"use": "nearest", "max_distance_m": 1000, "distance": "metres",
                         "repeats": "first"},
                "columns": ["faa"],
                "prefix": "near_",
            },
        ],
        "sink": {"use": "parquet", "path": str(folder / "airports.parquet")},
    }  # fmt: skip


def test_airports_find_their_zone_and_themselves(tmp_path: Path) -> None:
    """As many in each band as between its meridians; the nearest airport to each is itself."""
    (tmp_path / "none.geojson").write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": null,'
        ' "properties": {"name": "nowhere"}}]}'
    )
    result = eventflow.run(_pipeline(tmp_path))
    rows = pl.read_parquet(tmp_path / "airports.parquet")
    ledger = result.record.ledger
    assert ledger is not None
    assert (ledger.read, ledger.result, ledger.adds_up) == (rows.height, rows.height, True)
    inside = pl.col("lat").is_between(24, 50)
    for band, (west, east) in BANDS.items():
        expected = rows.filter(inside, pl.col("lon").is_between(west, east))["faa"]
        assert set(rows.filter(band=band)["faa"]) == set(expected)
        assert len(expected) > 50
    told = [(e.reason, e.rows) for e in ledger.entries if e.kind == "flagged" and e.rows]
    assert told == [
        ("outside every zone", rows["band"].null_count()),
        ("outside every zone", rows.height),
    ]
    assert rows["none_name"].null_count() == rows.height
    assert rows["metres"].max() == 0
    assert (rows["near_faa"] == rows["faa"]).sum() > rows.height - 20


def test_a_pipeline_takes_the_nearest_of_a_file(tmp_path: Path) -> None:
    """The source `zones` below `enrich`; the shapes themselves are not added."""
    features = [
        {"type": "Feature", "properties": {"name": n}, "geometry": shapely.geometry.mapping(p)}
        for n, p in {"a": shapely.Point(8, 50), "b": shapely.Point(9, 51)}.items()
    ]
    path = tmp_path / "stations.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (tmp_path / "events.csv").write_text("id,lat,lon\n1,50.1,8.1\n2,51.1,8.9\n")
    asked = {
        "source": {"use": "csv", "path": str(tmp_path / "events.csv")},
        "schema": {"latitude": "lat", "longitude": "lon", "crs": "EPSG:4326"},
        "steps": [
            {
                "use": "enrich",
                "context": {"use": "zones", "path": str(path)},
                "join": {"use": "nearest", "max_distance_m": 50_000},
            }
        ],
    }
    result = eventflow.run(asked)
    assert result.data is not None
    assert result.data.columns == ["id", "lat", "lon", "name"]
    assert dict(result.data.select("id", "name").iter_rows()) == {"1": "a", "2": "b"}
