"""Zones are read from the files that maps come in, lazily and with their coordinate system."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import geopandas
import polars as pl
import pytest
import shapely

from eventflow.context.schema import context_schema
from eventflow.schema import SchemaError
from eventflow.testing import contract
from eventflow_space import ZonesSource
from eventflow_space.zone_errors import MissingExtraError, ZoneFileError

if TYPE_CHECKING:
    from pathlib import Path

SHAPES = [
    shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(1, 1), (1, 2), (2, 2), (2, 1)]]),
    shapely.MultiPolygon([shapely.box(5, 0, 6, 1), shapely.box(7, 0, 8, 1)]),
]
TABLE = {
    "name": ["köln", None], "people": [2**60 + 1, 5], "share": [0.5, None], "open": [True, False],
}  # fmt: skip
ENDINGS = (".geojson", ".parquet", ".gpkg", ".fgb")


def write(path: Path, crs: str = "EPSG:25832") -> dict[str, Any]:
    """Write two zones; return the options that read them."""
    table = geopandas.GeoDataFrame({**TABLE, "geometry": SHAPES}, crs=crs)
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_file(path)
    return {"path": str(path), "key": "name"}


TestGeoJson = contract(ZonesSource, config=lambda f: write(f / "z.geojson"), missing={"path": "x"})
TestGeoPackage = contract(ZonesSource, config=lambda f: write(f / "z.gpkg"))


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format_gives_the_same_table(tmp_path: Path, ending: str) -> None:
    """Properties with dtypes, nulls and digits as they are, shapes as WKB, the file's system."""
    frame = ZonesSource(**write(tmp_path / f"z{ending}")).scan()
    assert frame.columns() == {
        "name": pl.String, "people": pl.Int64, "share": pl.Float64, "open": pl.Boolean,
        "geometry": pl.Binary,
    }  # fmt: skip
    rows = frame.collect().sort("people", descending=True)
    assert rows.drop("geometry").to_dict(as_series=False) == TABLE
    read = shapely.from_wkb(rows["geometry"].to_list())
    assert shapely.equals(read, SHAPES).all()
    assert (frame.metadata.crs, frame.metadata.dataset) == ("EPSG:25832", "z")
    schema = context_schema(frame)
    assert (schema.geometry, schema.key) == ("geometry", ("name",))


def test_a_shapefile_is_read_with_the_names_it_has_room_for(tmp_path: Path) -> None:
    """Shapefiles cut names to ten characters; times become text, which GDAL says while writing."""
    table = geopandas.GeoDataFrame({"n": [1, 2], "geometry": SHAPES}, crs="EPSG:25832")
    table.to_file(tmp_path / "z.shp")
    rows = ZonesSource(path=str(tmp_path / "z.shp"), geometry="shape").scan().collect()
    assert rows.drop("shape").to_dict(as_series=False) == {"n": [1, 2]}


def test_geojson_says_little_of_its_columns(tmp_path: Path) -> None:
    """Ids, missing and nested properties, numbers of both kinds, WGS 84, no shape."""
    path = tmp_path / "z.json"
    point = {"type": "Point", "coordinates": [1, 2]}
    features = [
        {"type": "Feature", "id": "a", "properties": {"n": 1, "tags": [1, {"x": None}]},
         "geometry": point},
        {"type": "Feature", "id": "b", "properties": {"n": 1.5, "late": True}, "geometry": None},
        {"type": "Feature", "properties": None, "geometry": point},
    ]  # fmt: skip
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8-sig")
    frame = ZonesSource(path=str(path)).scan()
    assert frame.metadata.crs == "OGC:CRS84"
    rows = frame.collect()
    assert rows.drop("geometry").to_dict(as_series=False) == {
        "id": ["a", "b", None], "n": [1.0, 1.5, None], "tags": ['[1, {"x": null}]', None, None],
        "late": [None, True, None],
    }  # fmt: skip
    assert rows["geometry"].null_count() == 1


def collection(features: list[Any], **members: Any) -> str:
    """Return GeoJSON whose members stand behind the features."""
    return json.dumps({"type": "FeatureCollection", "features": features, **members})


def test_what_the_first_mebibyte_did_not_foretell_is_told(tmp_path: Path) -> None:
    """A value of another dtype, and a system behind the features."""
    path = tmp_path / "z.geojson"
    feature = {"type": "Feature", "properties": {"n": 1, "text": "x" * 2000}, "geometry": None}
    other = {**feature, "properties": {"n": "many"}}
    path.write_text(collection([feature] * 600 + [other]))
    frame = ZonesSource(path=str(path)).scan()
    assert frame.lazy.select("text").collect().height == 601
    with pytest.raises(ZoneFileError, match="is i64 in the first MiB, and later 'many'"):
        frame.collect()
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25832"}}
    path.write_text(collection([feature], crs=crs))
    with pytest.raises(ZoneFileError, match="behind its features that it is in EPSG:25832"):
        ZonesSource(path=str(path)).scan().collect()


def test_an_empty_layer_has_no_rows(tmp_path: Path) -> None:
    """A collection without features is a table without rows."""
    (tmp_path / "z.geojson").write_text(collection([]))
    assert ZonesSource(path=str(tmp_path / "z.geojson")).scan().collect().shape == (0, 1)


def test_files_that_cannot_be_read_are_told_while_planning(tmp_path: Path) -> None:
    """Missing, damaged, no shapes, no such layer, no such column, a name that is taken."""

    def refused(words: str, error: type = ZoneFileError, **options: Any) -> None:
        with pytest.raises(error, match=words):
            ZonesSource(**{k: str(v) if k == "path" else v for k, v in options.items()}).scan()

    path = tmp_path / "z.geojson"
    refused("there is no such file", path=path)
    for text, words in {"{}": 'no "features"', '{"features": [{"a"': "no feature ends"}.items():
        path.write_text(text)
        refused(words, path=path)
    path.with_suffix(".gpkg").write_text("nothing")
    refused("cannot be read", path=path.with_suffix(".gpkg"))
    path.with_suffix(".parquet").write_text("nothing")
    refused("cannot be read", path=path.with_suffix(".parquet"))
    pl.DataFrame({"a": [1]}).write_parquet(path.with_suffix(".parquet"))
    refused("says of no column that it holds shapes", path=path.with_suffix(".parquet"))
    write(tmp_path / "two.gpkg")
    table = geopandas.GeoDataFrame({"n": [1, 2], "geometry": SHAPES}, crs="EPSG:25832")
    table.to_file(tmp_path / "two.gpkg", layer="other")
    refused("has 2 layers: two, other", path=tmp_path / "two.gpkg")
    refused('has no layer "othr".*\n.*layer: other', path=tmp_path / "two.gpkg", layer="othr")
    assert ZonesSource(path=str(tmp_path / "two.gpkg"), layer="other").scan().collect().height == 2
    write(path)
    refused('no column "nam"', SchemaError, path=path, key="nam")
    refused('no column "nam"', SchemaError, path=path, columns="nam")
    refused('a property "name" beside its shapes', path=path, geometry="name")


@pytest.mark.parametrize(
    ("geo", "words"),
    [
        ("{", "cannot be read: its metadata is no JSON"),
        ("[]", "says of no column that it holds shapes"),
        ({"encoding": "point"}, "are encoded as point, not as WKB"),
        ({"encoding": "WKB", "crs": {"type": "Nothing"}}, "PROJ does not know its system"),
    ],
)
def test_geoparquet_whose_metadata_cannot_be_used(tmp_path: Path, geo: Any, words: str) -> None:
    """No JSON, nothing of shapes, shapes that are no WKB, and a system that is none."""
    told = {"primary_column": "shape", "columns": {"shape": geo}}
    metadata = {"geo": geo if isinstance(geo, str) else json.dumps(told)}
    path = tmp_path / "z.parquet"
    pl.DataFrame({"shape": [b""]}).write_parquet(path, metadata=metadata)
    with pytest.raises(ZoneFileError, match=words):
        ZonesSource(path=str(path)).scan()


def test_a_missing_library_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GeoPackage needs pyogrio; GeoJSON and GeoParquet do not."""
    for ending in ENDINGS:
        write(tmp_path / f"z{ending}")
    monkeypatch.setitem(sys.modules, "pyogrio", None)
    for ending in ENDINGS[:2]:
        assert ZonesSource(path=str(tmp_path / f"z{ending}")).scan().collect().height == 2
    with pytest.raises(MissingExtraError, match=r"uv add 'eventflow-space\[vector\]'"):
        ZonesSource(path=str(tmp_path / "z.gpkg")).scan()


def test_the_fingerprint_tells_another_file(tmp_path: Path) -> None:
    """It changes when the file does, and the file is what the run has read."""
    source = ZonesSource(**write(tmp_path / "z.geojson"))
    before = source.fingerprint()
    write(tmp_path / "z.geojson", crs="EPSG:4326")
    assert source.fingerprint() != before
    assert source.paths_read() == (tmp_path / "z.geojson",)
