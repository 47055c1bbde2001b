"""The source `zones`: shapes with their properties, from the files that maps come in."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from attrs import frozen
from pydantic import Field

from eventflow.base import BaseContextSource, ComponentConfig
from eventflow.columns import require_columns
from eventflow.config import ONE_OR_MANY
from eventflow.context.schema import ContextSchema
from eventflow.frame import EventFrame
from eventflow.schema import EventMetadata
from eventflow_space.errors import OWNER
from eventflow_space.zone_errors import ZoneFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

_JSON, _PARQUET = (".geojson", ".json"), (".parquet", ".pq", ".geoparquet")


class ZonesConfig(ComponentConfig):
    """Options of `zones`.

    Attributes:
        path: A GeoJSON, GeoParquet, Shapefile, GeoPackage or FlatGeobuf file; by its ending.
        layer: The layer, where the file has several.
        columns: The only properties to deliver; None for all.
        key: Properties that identify a zone.
        geometry: Name of the column of shapes.
        crs: Coordinate system of the shapes; the file's if not given.
    """

    path: str = Field(examples=["zones.geojson"])
    layer: str | None = None
    columns: Annotated[tuple[str, ...], ONE_OR_MANY] | None = None
    key: Annotated[tuple[str, ...], ONE_OR_MANY] = ()
    geometry: str = Field(default="geometry", min_length=1)
    crs: str | None = Field(default=None, min_length=1)


@frozen(eq=False)
class Layer:
    """A layer of a file, not read.

    Attributes:
        lazy: One row for each shape: its properties, and the shape as WKB in the last column.
        crs: Coordinate system, None if the file does not say.
    """

    lazy: pl.LazyFrame
    crs: str | None


class ZonesSource(BaseContextSource):
    """Shapes with their properties: areas, points or lines, one row each.

    Shape: a column for each property, with the file's dtype, and the shapes as well-known binary
    in `geometry`, in the file's coordinate system, which is the frame's. GeoJSON has no dtypes:
    its properties and theirs are told from the first MiB; lists and objects become JSON text, and
    its system is WGS 84, longitude first, unless a `crs` member names another. Shapefile,
    GeoPackage and FlatGeobuf need ``eventflow-space[vector]``. Planning reads headers only.

    Units: those of the coordinate system.

    Errors: EF390 for a format whose library is missing; EF391 for a file that cannot be read;
    EF301 for columns that it does not have.

    Source: RFC 7946 (GeoJSON), GeoParquet 1.1; GDAL for the others.
    """

    Config = ZonesConfig
    config: ZonesConfig

    def scan(self) -> EventFrame:
        """Return the shapes, lazily."""
        path = self._path()
        layer = self._layer(path)
        geometry, wanted = self.config.geometry, self.config.columns
        found = layer.lazy.collect_schema()
        *names, shapes = found.names()
        require_columns(self.config.key, found, key="key", owner=OWNER)
        require_columns(wanted or (), found, key="columns", owner=OWNER)
        if geometry in names:
            raise ZoneFileError.of_name(path, geometry)
        lazy = layer.lazy.rename({shapes: geometry})
        lazy = lazy if wanted is None else lazy.select(*wanted, geometry)
        key = self.config.key if wanted is None or {*self.config.key} <= {*wanted} else ()
        schema = ContextSchema(key=key, geometry=geometry, crs=self.config.crs or layer.crs)
        frame = EventFrame(lazy, metadata=EventMetadata(dataset=path.stem, source=str(path)))
        return frame.under(schema)

    def paths_read(self) -> Sequence[Path | str]:
        """Return the file."""
        return (self._path(),)

    def fingerprint(self) -> str | None:
        """Return a hash over path, size and time of change."""
        path = self._path()
        told = path.stat()
        text = f"{path.resolve()}\0{told.st_size}\0{told.st_mtime_ns}"
        return hashlib.sha256(text.encode()).hexdigest()

    def _path(self) -> Path:
        path = Path(os.path.expanduser(self.config.path))  # noqa: PTH111 - Path.expanduser fails without a home
        if not path.is_file():
            raise ZoneFileError.unreadable(path, "there is no such file")
        return path

    def _layer(self, path: Path) -> Layer:
        from eventflow_space import (  # noqa: PLC0415 - delayed: shapely, and what reads files
            geojson,
            geoparquet,
            vector,
        )

        suffix = path.suffix.lower()
        if suffix in _JSON:
            return geojson.layer(path)
        if suffix in _PARQUET:
            return geoparquet.layer(path)
        return vector.layer(path, self.config.layer)
