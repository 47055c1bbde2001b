"""What can be wrong with places, found before any data is read."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Self

from eventflow import columns
from eventflow.errors import EventflowError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import polars as pl

OWNER = f"eventflow-space {version('eventflow-space')}"


class UnknownPlaceError(EventflowError):
    """Neither the options nor the schema say where events happened."""

    code = "EF370"

    @classmethod
    def of_role(cls, role: str) -> Self:
        """Nothing names the latitude, or the longitude."""
        return cls.of(
            f"{role} is not given, and the schema names none",
            owner=OWNER,
            key=role,
            fix=f"write {role}: COLUMN on the step, or schema: {{{role}: COLUMN}}",
        )


class UnknownCrsError(EventflowError):
    """Nothing says in which coordinate reference system positions are, or it is another."""

    code = "EF371"

    @classmethod
    def missing(cls, latitude: str, longitude: str) -> Self:
        """The frame has positions, and no CRS."""
        return cls.of(
            f'"{latitude}" and "{longitude}" are in no stated coordinate system',
            owner=OWNER,
            key="crs",
            fix="write schema: {crs: EPSG:4326} if they are degrees as GPS gives them",
        )

    @classmethod
    def not_geographic(cls, crs: str) -> Self:
        """The CRS is projected: its coordinates are no degrees."""
        return cls.of(
            f"{crs} is projected: its coordinates are lengths, not degrees",
            owner=OWNER,
            key="crs",
            fix="convert positions first: {use: space.project, to: EPSG:4326}",
        )

    @classmethod
    def unreadable(cls, crs: str, why: str) -> Self:
        """PROJ does not know it."""
        return cls.of(
            f'"{crs}" is no coordinate system that PROJ knows',
            owner=OWNER,
            key="crs",
            detail=(why[:200],),
            fix="write an authority and a number, for example EPSG:4326 or EPSG:32618",
        )


class UnfitGridError(EventflowError):
    """A coordinate system does not serve a grid of squares measured in metres."""

    code = "EF373"

    @classmethod
    def not_projected(cls, crs: str) -> Self:
        """Its coordinates are degrees."""
        return cls.of(
            f"{crs} has degrees: its squares would not be square",
            owner=OWNER,
            key="projected",
            fix="leave it out, or name a projected system, for example EPSG:32618",
        )

    @classmethod
    def mercator(cls, crs: str) -> Self:
        """Its metres are metres on the equator only."""
        return cls.of(
            f"{crs} is for drawing: its metres are metres on the equator only",
            owner=OWNER,
            key="projected",
            fix="leave it out, or name another system, for example EPSG:6933 for the world",
        )


class SwappedPositionsError(EventflowError):
    """Latitudes are longitudes, and the other way round."""

    code = "EF374"

    @classmethod
    def of_share(cls, swapped: int, positions: int) -> Self:
        """Most positions fit only with the two exchanged."""
        return cls.of(
            f"{swapped:,} of {positions:,} positions are on Earth only with latitude "
            "and longitude exchanged",
            owner=OWNER,
            key="latitude",
            fix="exchange the two in schema: {latitude: …, longitude: …}",
        )


class ColumnTakenError(EventflowError):
    """A feature would have the name of a column that is there."""

    code = "EF372"

    @classmethod
    def of_names(cls, names: Iterable[str], *, key: str) -> Self:
        """List the names."""
        shown = ", ".join(sorted(names))
        return cls.of(
            f"there is already a column {shown}",
            owner=OWNER,
            key=key,
            fix="give another name or prefix, or drop the column first",
        )


def require_columns(
    names: Iterable[str],
    found: Mapping[str, pl.DataType],
    *,
    key: str,
    families: Sequence[str] = (),
) -> None:
    """Check that columns exist and have a dtype that will do; see `eventflow.require_columns`."""
    columns.require_columns(names, found, key=key, families=families, owner=OWNER)


def require_free(names: Iterable[str], found: Mapping[str, pl.DataType], *, key: str) -> None:
    """Check that features replace no column.

    Raises:
        ColumnTakenError: They would.
    """
    if taken := sorted(set(names) & set(found)):
        raise ColumnTakenError.of_names(taken, key=key)
