"""What can be wrong with neighbourhoods, tracks and points of interest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from eventflow.errors import EventflowError
from eventflow.schema import dtype_name
from eventflow_space.errors import OWNER

if TYPE_CHECKING:
    import polars as pl


class UnknownTrackError(EventflowError):
    """Neither the options nor the schema say who moves, or when."""

    code = "EF379"

    @classmethod
    def nobody(cls) -> Self:
        """Nothing names the entity."""
        return cls._of("by", "entity")

    @classmethod
    def never(cls) -> Self:
        """Nothing names the time."""
        return cls._of("time", "timestamp")

    @classmethod
    def _of(cls, key: str, role: str) -> Self:
        return cls.of(
            f"{key} is not given, and the schema names no {role}",
            owner=OWNER,
            key=key,
            fix=f"write {key}: COLUMN on the step, or schema: {{{role}: COLUMN}}",
        )


class UnfitTimeError(EventflowError):
    """A column that says when is no date or datetime, or is not given."""

    code = "EF394"

    @classmethod
    def of_dtype(cls, column: str, dtype: pl.DataType) -> Self:
        """It holds something else."""
        return cls.of(
            f'the time "{column}" is {dtype_name(dtype)}, not a date or datetime',
            owner=OWNER,
            key="time",
            fix=f"cast it first: {{use: cast, columns: {{{column}: datetime}}}}",
        )

    @classmethod
    def of_length(cls, length: str, column: str) -> Self:
        """A date has no hours."""
        return cls.of(
            f'"{length}" is shorter than a day, but "{column}" holds dates',
            owner=OWNER,
            key="earlier",
            fix=f"write whole days, or cast {column} to datetime first",
        )


class UnknownCellsError(EventflowError):
    """Nothing says what the ids of cells are, or how large the cells."""

    code = "EF395"

    @classmethod
    def of_dtype(cls, column: str, dtype: pl.DataType) -> Self:
        """Ids of no grid have this dtype."""
        return cls.of(
            f'"{column}" is {dtype_name(dtype)}: the cells of no grid are written so',
            owner=OWNER,
            key="cell",
            detail=("square cells are Int64; H3 cells are UInt64, or text; geohashes are text",),
            fix="name the column that space.grid, space.h3 or space.geohash made, or say which grid"
            " it is of",
        )

    @classmethod
    def no_size(cls, column: str) -> Self:
        """A square's id does not tell its side."""
        return cls.of(
            f'"{column}" holds square cells, and nothing says how large they are',
            owner=OWNER,
            key="size_m",
            fix="write size_m: METRES, as the step that made the cells has it",
        )

    @classmethod
    def size_of_others(cls, column: str) -> Self:
        """Cells that are no squares tell their own size."""
        return cls.of(
            f'size_m is given, but "{column}" holds no squares; its cells tell their size',
            owner=OWNER,
            key="size_m",
            fix="leave size_m out",
        )


class PoiKnownLaterError(EventflowError):
    """Points of interest came to be known at different times, which this step does not look at."""

    code = "EF396"

    @classmethod
    def of_column(cls, column: str) -> Self:
        """Their schema says when each became known."""
        return cls.of(
            f'the points of interest became known at "{column}"; events before '
            "would be told of points that were not there",
            owner=OWNER,
            key="pois",
            fix="write timeless: true if all were there before the first event, "
            "or filter the points first",
        )


class PoiPlaceError(EventflowError):
    """Nothing says where points of interest are, or it is in another coordinate system."""

    code = "EF397"

    @classmethod
    def of_role(cls, role: str, columns: list[str]) -> Self:
        """Nothing names the latitude, the longitude, or the coordinate system."""
        value = "EPSG:4326" if role == "crs" else "COLUMN"
        return cls.of(
            f"nothing says what the {role} of the points of interest is",
            owner=OWNER,
            key="pois",
            detail=(f"they have the columns {', '.join(columns)[:300]}",),
            fix=f"write roles: {{{role}: {value}}} on the step",
        )

    @classmethod
    def of_crs(cls, theirs: str, ours: str) -> Self:
        """Degrees of two systems are not the same places."""
        return cls.of(
            f"the points of interest are in {theirs}, the events in {ours}",
            owner=OWNER,
            key="pois",
            fix=f"convert one of them first, for example {{use: space.project, to: {ours}}}",
        )
