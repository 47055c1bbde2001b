"""Zones from GeoParquet, which Polars scans natively."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

from eventflow_space.zone_errors import ZoneFileError
from eventflow_space.zones import Layer

if TYPE_CHECKING:
    from pathlib import Path

_WGS84 = "OGC:CRS84"


def layer(path: Path) -> Layer:
    """Return the shapes of a GeoParquet file; its footer is read.

    Raises:
        ZoneFileError: EF391, it is damaged, no GeoParquet, or its shapes are no WKB.
    """
    try:
        told = pl.read_parquet_metadata(path).get("geo")
        lazy = pl.scan_parquet(path)
        schema = lazy.collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise ZoneFileError.unreadable(path, str(error)) from error
    geo = _geo(path, told)
    shapes = str(geo.get("primary_column"))
    if shapes not in schema:
        raise ZoneFileError.without_shapes(path)
    column = geo.get("columns", {}).get(shapes, {})
    encoding = column.get("encoding", "WKB")
    if encoding != "WKB":
        raise ZoneFileError.of_encoding(path, encoding)
    wkb = pl.col(shapes)
    wkb = wkb if schema[shapes] == pl.Binary else wkb.ext.storage()
    others = cs.exclude(shapes)
    lazy = lazy.select(others - cs.float(), cs.float().fill_nan(None), wkb).select(
        *(name for name in schema if name != shapes), shapes
    )
    return Layer(lazy, _crs(path, column))


def _geo(path: Path, told: str | None) -> dict[str, Any]:
    """Return what the footer says of shapes."""
    try:
        found = json.loads(told or "{}")
    except ValueError as error:
        raise ZoneFileError.unreadable(path, f"its metadata is no JSON: {error}") from error
    return found if isinstance(found, dict) else {}


def _crs(path: Path, column: dict[str, Any]) -> str | None:
    """Return the coordinate system; missing means WGS 84, longitude first, and null unknown."""
    from pyproj import CRS  # noqa: PLC0415 - delayed: PROJ takes 50 ms to open
    from pyproj.exceptions import CRSError  # noqa: PLC0415 - delayed: likewise

    if "crs" not in column:
        return _WGS84
    try:
        return None if column["crs"] is None else CRS.from_json_dict(column["crs"]).to_string()
    except CRSError as error:
        raise ZoneFileError.unreadable(path, f"PROJ does not know its system: {error}") from error
