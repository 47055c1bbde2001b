"""Zones from GeoJSON (RFC 7946): the beginning tells the columns, a run reads the rest."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import polars as pl
import shapely

from eventflow_space.geojson_shapes import shapes_of
from eventflow_space.scans import scanned
from eventflow_space.zone_errors import ZoneFileError
from eventflow_space.zones import Layer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SHAPES = "__eventflow_shapes"
_WGS84 = "OGC:CRS84"
_BEGINNING = 2**20
_FEATURES = re.compile(r'"features"\s*:\s*\[\s*')
_NEXT = re.compile(r"\s*,\s*")
_CRS = re.compile(r'"crs"\s*:\s*(?=\{)')
_ID = "id"
_NULL = b"null"
_AT_ONCE = 2**18  # bytes of geometries that are decoded together


class _Feature(msgspec.Struct):
    geometry: msgspec.Raw = msgspec.Raw(_NULL)
    properties: dict[str, Any] | None = None
    id: str | int | float | None = None


class _Collection(msgspec.Struct):
    features: list[_Feature]
    crs: dict[str, Any] | None = None


def layer(path: Path) -> Layer:
    """Return the features of a collection; the first MiB is read.

    Raises:
        ZoneFileError: EF391, it is no collection of features.
    """
    features, crs = _beginning(path)
    schema = {**_dtypes(features), SHAPES: pl.Binary()}
    return Layer(scanned(partial(_read, path, schema, crs), schema), crs)


def _beginning(path: Path) -> tuple[list[dict[str, Any]], str]:
    """Return the features in the first MiB, and the coordinate system that stands before them."""
    try:
        with path.open("rb") as file:
            text = file.read(_BEGINNING).decode("utf-8-sig", errors="ignore")
    except OSError as error:
        raise ZoneFileError.unreadable(path, str(error)) from error
    begin = _FEATURES.search(text)
    if begin is None:
        raise ZoneFileError.unreadable(path, 'there is no "features" in its first MiB')
    decoder, features, at = json.JSONDecoder(), [], begin.end()
    while at < len(text) and text[at] == "{":
        try:
            feature, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError:
            break
        features.append(feature)
        between = _NEXT.match(text, at)
        at = between.end() if between else len(text)
    if not features and text[begin.end() : begin.end() + 1] != "]":
        raise ZoneFileError.unreadable(path, "no feature ends in its first MiB")
    told = _CRS.search(text, 0, begin.start())
    return features, _crs(decoder.raw_decode(text, told.end())[0]) if told else _WGS84


def _crs(member: Mapping[str, Any]) -> str:
    """Return the system that a `crs` member of GeoJSON 2008 names."""
    name = str(member.get("properties", {}).get("name", _WGS84))
    urn = re.fullmatch(r"urn:ogc:def:crs:(\w+):[^:]*:(\w+)", name)
    return f"{urn[1]}:{urn[2]}" if urn else name


def _dtypes(features: Sequence[Mapping[str, Any]]) -> dict[str, pl.DataType]:
    """Return name → dtype of all properties, in the order in which they appear."""
    kinds: dict[str, set[type]] = {}
    for feature in features:
        for name, value in (feature.get("properties") or {}).items():
            kinds.setdefault(name, set()).add(type(value))
    if _ID not in kinds and any(_ID in feature for feature in features):
        kinds = {_ID: {type(feature.get(_ID)) for feature in features}, **kinds}
    return {name: _dtype(found - {type(None)}) for name, found in kinds.items()}


def _dtype(kinds: set[type]) -> pl.DataType:
    if kinds == {bool}:
        return pl.Boolean()
    if kinds == {int}:
        return pl.Int64()
    return pl.Float64() if kinds and kinds <= {int, float} else pl.String()


def _read(
    path: Path,
    schema: Mapping[str, pl.DataType],
    crs: str,
    columns: Sequence[str],
    most: int | None,
) -> pl.DataFrame:
    found = _collection(path)
    if found.crs is not None and _crs(found.crs) != crs:
        raise ZoneFileError.late_crs(path, crs, _crs(found.crs))
    features = found.features[:most]
    return pl.DataFrame([_series(path, name, schema[name], features) for name in columns])


def _collection(path: Path) -> _Collection:
    try:
        text = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        return msgspec.json.decode(text, type=_Collection)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise ZoneFileError.unreadable(path, str(error)) from error


def _series(path: Path, name: str, dtype: pl.DataType, features: Sequence[_Feature]) -> pl.Series:
    if name == SHAPES:
        return pl.Series(name, _wkb(path, features), pl.Binary)
    own = [_value(feature, name) for feature in features]
    if dtype == pl.String:
        own = [v if v is None or isinstance(v, str) else json.dumps(v) for v in own]
    elif dtype == pl.Float64:
        own = [float(v) if type(v) is int else v for v in own]
    expected = {pl.Boolean(): bool, pl.Int64(): int, pl.Float64(): float}.get(dtype, str)
    for value in own:
        if value is not None and type(value) is not expected:
            raise ZoneFileError.late(path, name, dtype, value)
    return pl.Series(name, own, dtype)


def _value(feature: _Feature, name: str) -> Any:
    properties = feature.properties or {}
    return properties.get(name, feature.id if name == _ID else None)


def _wkb(path: Path, features: Sequence[_Feature]) -> list[bytes | None]:
    """Return shapes as well-known binary, so many at a time as memory is spared."""
    made: list[bytes | None] = []
    for geometries in _batches(features):
        shapes = shapes_of(geometries)
        for at in np.flatnonzero(shapely.is_missing(shapes)):
            if bytes(geometries[at]) != _NULL:
                number = len(made) + int(at) + 1
                raise ZoneFileError.of_geometry(path, number, bytes(geometries[at]))
        made += shapely.to_wkb(shapes).tolist()
    return made


def _batches(features: Sequence[_Feature]) -> Iterator[list[msgspec.Raw]]:
    """Yield geometries in their order, so many at a time as have `_AT_ONCE` bytes."""
    batch, size = [], 0
    for feature in features:
        batch.append(feature.geometry)
        size += memoryview(feature.geometry).nbytes
        if size >= _AT_ONCE:
            yield batch
            batch, size = [], 0
    yield batch
