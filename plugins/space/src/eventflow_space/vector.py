"""Zones from what GDAL reads: Shapefile, GeoPackage, FlatGeobuf."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

from eventflow_space.scans import scanned
from eventflow_space.zone_errors import MissingExtraError, ZoneFileError
from eventflow_space.zones import Layer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SHAPES = "__eventflow_shapes"
_NOWHERE = (1e30, 1e30, 2e30, 2e30)  # no shape is there: a header with dtypes, and no rows


def layer(path: Path, name: str | None) -> Layer:
    """Return the shapes of a layer; its header is read.

    Raises:
        MissingExtraError: EF390, pyogrio is not installed.
        ZoneFileError: EF391, the file cannot be read, or which layer is not clear.
    """
    ogr = _ogr(path)
    try:
        layers = [str(found) for found in ogr.list_layers(path)[:, 0]]
        if (name is None and len(layers) != 1) or (name is not None and name not in layers):
            raise ZoneFileError.of_layers(path, layers, name)
        schema, crs = _header(path, name or layers[0])
    except ogr.errors.DataSourceError as error:
        raise ZoneFileError.unreadable(path, str(error)) from error
    return Layer(scanned(partial(_read, path, name or layers[0]), schema), crs)


def _ogr(path: Path) -> Any:
    try:
        import pyogrio  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError.of_format(path) from error
    return pyogrio


def _header(path: Path, name: str) -> tuple[pl.Schema, str | None]:
    rows, meta = _opened(path, name, bbox=_NOWHERE)
    if SHAPES not in rows.columns:
        raise ZoneFileError.without_shapes(path)
    return rows.schema, meta["crs"]


def _opened(path: Path, name: str, **options: Any) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Read a layer by Arrow; the shapes come last."""
    from pyogrio.raw import open_arrow  # noqa: PLC0415 - an extra

    with open_arrow(path, layer=name, use_pyarrow=False, **options) as (meta, reader):
        rows = pl.DataFrame(reader)
    shapes = meta["geometry_name"] or "wkb_geometry"
    if shapes in rows.columns:
        storage = rows[shapes]
        wkb = storage if storage.dtype == pl.Binary else storage.ext.storage()
        rows = rows.drop(shapes).with_columns(wkb.alias(SHAPES))
    return rows.with_columns(cs.float().fill_nan(None)), meta


def _read(path: Path, name: str, columns: Sequence[str], most: int | None) -> pl.DataFrame:
    fields = [column for column in columns if column != SHAPES]
    shaped = SHAPES in columns or not fields
    rows, _ = _opened(path, name, columns=fields, read_geometry=shaped)
    return rows.select(columns).head(rows.height if most is None else most)
