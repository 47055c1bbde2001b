"""What can be wrong with zones and stations, and with how events find theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError, Problem, nearest
from eventflow.schema import dtype_name
from eventflow_space.errors import OWNER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import polars as pl

_SHOWN = 100  # bytes of a geometry in a message


class NoShapeError(EventflowError):
    """Nothing says where the rows of context lie, or in which coordinate system."""

    code = "EF376"

    @classmethod
    def missing(cls, context: str, roles: str) -> Self:
        """No role names shapes or positions."""
        return cls.of(
            f"{context} says of no column where its rows lie",
            owner=OWNER,
            key="context",
            fix=f"write roles: {{{roles}}} beside context, or use the source zones",
        )

    @classmethod
    def of_dtype(cls, column: str, dtype: pl.DataType) -> Self:
        """The shapes are no WKB."""
        return cls.of(
            f'the shapes "{column}" are {dtype_name(dtype)}, not well-known binary',
            owner=OWNER,
            key="context",
            fix="name a column of bytes (WKB), or read the file with the source zones",
        )

    @classmethod
    def without_crs(cls, context: str) -> Self:
        """No coordinate system is stated: positions would be guesses."""
        return cls.of(
            f"{context} is in no stated coordinate system",
            owner=OWNER,
            key="context",
            fix="write crs on the source zones, or roles: {crs: EPSG:4326} beside context,"
            " if it is in degrees as GPS gives them",
        )


class ZoneShapeError(EventflowError):
    """Shapes cannot be used as they are: found while the zones are read."""

    code = "EF377"

    @classmethod
    def _of(cls, message: str, fix: str, detail: Sequence[str] = ()) -> Self:
        return cls.of(message, owner=OWNER, key="join", fix=fix, detail=detail)  # fmt: skip

    @classmethod
    def unreadable(cls, number: int, example: str) -> Self:
        """Bytes that are no WKB."""
        return cls._of(
            f"{number} shapes are no well-known binary, the first is that of {example}",
            "read the file with the source zones",
        )

    @classmethod
    def invalid(cls, number: int, example: str, why: str) -> Self:
        """Boundaries that cross themselves and the like."""
        return cls._of(
            f"{number} zones have an invalid boundary, the first is {example}: {why}",
            "write invalid: repair on the join, or mend the shapes",
        )

    @classmethod
    def not_areas(cls, kinds: Mapping[str, int]) -> Self:
        """Points and lines hold no event."""
        told = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
        return cls._of(
            f"zones must be areas, and some are not: {told}",
            "write others: ignore on the join, or use the join nearest for points",
        )

    @classmethod
    def not_points(cls, kinds: Mapping[str, int]) -> Self:
        """What is an area or a line has no one position."""
        told = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
        return cls._of(
            f"places must be points, and some are not: {told}",
            "use the join in_zone for areas, or a file of points",
        )

    @classmethod
    def off_the_globe(cls, number: int, example: str, crs: str, reach: float) -> Self:
        """Coordinates that are no degrees."""
        return cls._of(
            f"{number} zones lie off the globe, the first is {example}: read as {crs},"
            f" they reach {reach:,.0f}",
            "state the coordinate system they are in: crs on the source zones, or roles: {crs: …}",
        )

    @classmethod
    def around_the_globe(cls, number: int, example: str) -> Self:
        """Edges that are longer than half the globe."""
        return cls._of(
            f"{number} zones have an edge over more than 180° of longitude, the first is {example}",
            "write antimeridian: cross on the join if such edges take the short way, over 180°,"
            " or antimeridian: plain if they are as drawn",
        )

    @classmethod
    def around_a_pole(cls, number: int, example: str) -> Self:
        """Rings around a pole have no inside on a map of longitudes."""
        return cls._of(
            f"{number} zones have a ring around a pole, the first is {example}",
            "cut them along the meridian of 180° and down to the pole, as GeoJSON asks",
        )


class OverlappingZonesError(EventflowError):
    """An event lies inside several zones: found while events are read.

    It is raised in an expression, and Polars raises errors of expressions anew, from their text:
    the problem is made again of its first line.
    """

    code = "EF378"

    def __init__(self, *problems: Problem | str) -> None:
        """Take one problem, or its text."""
        super().__init__(*(p if isinstance(p, Problem) else self._problem(p) for p in problems))

    @classmethod
    def at(cls, latitude: float, longitude: float, zones: Sequence[str]) -> Self:
        """Tell where, and of which zones."""
        return cls(f"{latitude:.6f}, {longitude:.6f} is inside {' and '.join(zones)}")

    @classmethod
    def _problem(cls, text: str) -> Problem:
        return Problem(
            code=cls.code,
            message=text.partition("\n")[0].removeprefix(cls.code).strip(),
            owner=OWNER,
            key="join.overlaps",
            fix="write overlaps: smallest or overlaps: first, or mend the zones",
        )


class TimedPlaceError(EventflowError):
    """Context became known over time, and a join looks at places alone."""

    code = "EF392"

    @classmethod
    def of_column(cls, context: str, column: str, join: str) -> Self:
        """Name the time."""
        other = ", or use nearest_asof" if join == "nearest" else ""
        return cls.of(
            f'{context} became known over time ("{column}"); {join} looks at places',
            owner=OWNER,
            key="join",
            fix=f"write timeless: true if every row was known before every event{other}",
        )


class MissingExtraError(EventflowError):
    """A format needs a library that is installed only when it is asked for."""

    code = "EF390"

    @classmethod
    def of_format(cls, path: Path) -> Self:
        """Name the format and what to install."""
        return cls.of(
            f'{path.suffix} of "{path.name}" is read by pyogrio, which is not there',
            owner=OWNER,
            key="path",
            fix="uv add 'eventflow-space[vector]', or convert the file to GeoParquet",
            command="uv add 'eventflow-space[vector]'",
        )


class ZoneFileError(EventflowError):
    """A file of zones cannot be read, or is not what it says."""

    code = "EF391"

    @classmethod
    def _of(cls, message: str, fix: str, detail: Sequence[str] = ()) -> Self:
        return cls.of(message, owner=OWNER, key="path", fix=fix, detail=detail)  # fmt: skip

    @classmethod
    def unreadable(cls, path: Path, why: str) -> Self:
        """It is not there, may not be read, or is damaged."""
        return cls._of(
            f'"{path}" cannot be read: {why.splitlines()[0] if why else "no reason given"}',
            "give the path of a GeoJSON, GeoParquet, Shapefile, GeoPackage or FlatGeobuf file",
        )

    @classmethod
    def of_layers(cls, path: Path, layers: Sequence[str], named: str | None) -> Self:
        """Several layers and none chosen, or no such layer."""
        which = f'has no layer "{named}"' if named else f"has {len(layers)} layers"
        near = nearest(named, layers) if named else None
        return cls._of(
            f'"{path}" {which}: {", ".join(layers[:12])}', f"write layer: {near or layers[0]}"
        )

    @classmethod
    def of_encoding(cls, path: Path, encoding: str) -> Self:
        """GeoParquet whose shapes are no WKB."""
        return cls._of(
            f'the shapes in "{path}" are encoded as {encoding}, not as WKB',
            "write the file with WKB, the default of every GeoParquet writer",
        )

    @classmethod
    def without_shapes(cls, path: Path) -> Self:
        """Parquet without the metadata of GeoParquet, or a layer that is a mere table."""
        return cls._of(
            f'"{path}" says of no column that it holds shapes',
            "write it as GeoParquet, or read it with parquet and roles: {geometry: COLUMN}",
        )

    @classmethod
    def of_name(cls, path: Path, name: str) -> Self:
        """A property is called as the column of shapes would be."""
        return cls._of(
            f'"{path}" has a property "{name}" beside its shapes',
            "name the column of shapes otherwise: geometry: shape",
        )

    @classmethod
    def late(cls, path: Path, name: str, dtype: pl.DataType, value: object) -> Self:
        """A value of GeoJSON that the beginning of the file did not foretell."""
        return cls._of(
            f'"{name}" in "{path}" is {dtype_name(dtype)} in the first MiB, and later {value!r}',
            "convert the file to GeoParquet or FlatGeobuf, which carry their dtypes",
        )

    @classmethod
    def of_geometry(cls, path: Path, feature: int, geometry: bytes) -> Self:
        """A geometry of GeoJSON that is none: of no known type, not closed, without numbers."""
        begin = geometry[:_SHOWN].decode(errors="replace")
        return cls._of(
            f'the geometry of feature {feature} in "{path}" is none that GeoJSON knows:'
            f" {begin}{'…' if len(geometry) > _SHOWN else ''}",
            "mend it, or write null where there is no shape",
        )

    @classmethod
    def late_crs(cls, path: Path, planned: str, found: str) -> Self:
        """A coordinate system that stands behind the features."""
        return cls._of(
            f'"{path}" says behind its features that it is in {found}; planned with {planned}',
            f"write crs: {found} on the source",
        )
