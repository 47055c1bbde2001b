"""What the steps share that tell a cell of the cells near it."""

from __future__ import annotations

import re
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Annotated

import polars as pl
from attrs import frozen
from pydantic import AfterValidator, Field

from eventflow.base import BaseStep, ComponentConfig
from eventflow.config import ONE_OR_MANY
from eventflow.types import WHOLE
from eventflow_space.errors import require_columns, require_free
from eventflow_space.lattice import CELL, NEAR, Grid, Lattice, lattice_of
from eventflow_space.path_errors import UnfitTimeError, UnknownTrackError
from eventflow_space.places import flagged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Locality

_PERIOD, _FROM = "__eventflow_period", "__eventflow_from"
_LENGTH = re.compile(r"[1-9]\d*(s|m|h|d|w|mo|q|y)")
_OF_DAYS = ("d", "w", "mo", "q", "y")


def _length(text: str) -> str:
    if _LENGTH.fullmatch(text) is None:
        msg = f'"{text}" is not a length of time in one unit; write for example 6h, 1d or 1mo'
        raise ValueError(msg)
    return text


Length = Annotated[str, AfterValidator(_length), Field(examples=["6h", "1d", "1mo"])]
"""A length of time in one unit; ``d`` and longer are lengths of the calendar."""


class NeighbourhoodConfig(ComponentConfig):
    """Options of every step that looks at the cells near one.

    Attributes:
        cell: Column of the cell's id.
        grid: What ids are of: ``square`` (Int64, as space.grid makes them), ``h3`` (UInt64 or
            text; Int64 if said so) or ``geohash`` (text); if ``auto``, by the dtype squares or H3.
        by: Columns within whose values cells are neighbours.
        time: Column of the period, of which cells are neighbours too; if neither this nor `by` is
            given, the schema's timestamp, where it names one.
        earlier: How much earlier the period of the neighbours began: ``6h``, so that nothing of
            the same period is looked at. Not given: the same period.
    """

    cell: str = Field(default="cell", min_length=1)
    grid: Grid = "auto"
    by: Annotated[tuple[str, ...], ONE_OR_MANY] = ()
    time: str | None = None
    earlier: Length | None = None


@frozen
class Neighbourhood:
    """The rows of a table, by cell and period, and how to tell each of the cells near it.

    Attributes:
        lattice: The cells.
        keys: Columns within whose values cells are neighbours, the period aside.
        time: Column of the period, or None.
        earlier: The period whose cells are looked at, as an expression of `_PERIOD`.
    """

    lattice: Lattice
    keys: tuple[str, ...]
    time: str | None
    earlier: pl.Expr

    @property
    def usable(self) -> pl.Expr:
        """Whether a row has a cell and every key; never null."""
        return self._whole(self.lattice.cell)

    @property
    def told_of(self) -> pl.Expr:
        """The same of rows that `told` returns, which have their cell as a number."""
        return self._whole(pl.col(CELL))

    def _whole(self, cell: pl.Expr) -> pl.Expr:
        named = (*self.keys, *([self.time] if self.time else []))
        return reduce(and_, (pl.col(c).is_not_null() for c in named), cell.is_not_null())

    def told(
        self,
        lazy: pl.LazyFrame,
        around: Callable[[pl.LazyFrame], pl.LazyFrame],
        per_cell: Mapping[str, pl.Expr],
        of_near: Mapping[str, pl.Expr],
        *,
        spread: Callable[[pl.LazyFrame], pl.LazyFrame] | None = None,
    ) -> pl.LazyFrame:
        """Add to each row what the cells near its own add up to; null where none is there.

        Args:
            lazy: The rows; any number of them for a cell.
            around: From a table with `CELL` to one with a row for each cell in `NEAR`.
            per_cell: Hidden column → aggregate of the rows of one cell.
            of_near: Hidden column → aggregate of those, over the cells near one.
            spread: From the table of cells to that in which `NEAR` is looked up; itself if not
                given.
        """
        period = pl.col(self.time) if self.time else pl.lit(0, pl.Int8)
        rows = lazy.with_columns(self.lattice.cell.alias(CELL), period.alias(_PERIOD))
        keys = [*self.keys, _PERIOD, CELL]
        table = rows.filter(self.told_of).group_by(keys).agg(**per_cell)
        near = around(table.select(keys)).with_columns(self.earlier.alias(_FROM))
        there = table if spread is None else spread(table)
        found = near.join(there, left_on=[*self.keys, _FROM, NEAR], right_on=keys, how="inner")
        return rows.join(found.group_by(keys).agg(**of_near), on=keys, how="left")


class NeighbourhoodStep(BaseStep):
    """A step that looks at the cells near one; subclass it and use `neighbourhood`."""

    @property
    def locality(self) -> Locality:
        """Needs every row: a cell near one may be anywhere in the data."""
        return WHOLE

    def named(self) -> Sequence[str]:
        """Columns that the options name beside cell, keys and time; none, unless told."""
        return ()

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Cell, keys, period, and the columns that the options name."""
        del columns
        time = self._time(schema)
        return frozenset(
            (self.config.cell, *self.config.by, *self.named(), *([time] if time else []))
        )

    def neighbourhood(self, frame: EventFrame) -> Neighbourhood:
        """Return the cells and periods of a frame. Reads no data.

        Raises:
            SchemaError: EF301, a column is not there.
            UnknownTrackError: EF379, `earlier` is given and nothing names a time.
            UnfitTimeError: EF394, the time holds no times, or none of that length.
            UnknownCellsError: EF395, the column holds no cells.
        """
        found, config = frame.columns(), self.config
        time = self._time(frame.schema)
        require_columns([config.cell], found, key="cell")
        require_columns(config.by, found, key="by")
        require_columns([time] if time else [], found, key="time")
        require_columns(self.named(), found, key="columns", families=["numeric"])
        lattice = lattice_of(config.cell, config.grid, found)
        keys = tuple(name for name in config.by if name != time)
        if config.earlier is None:
            return Neighbourhood(lattice, keys, time, pl.col(_PERIOD))
        if time is None:
            raise UnknownTrackError.never()
        return Neighbourhood(lattice, keys, time, _before(config.earlier, time, found[time]))

    def finished(
        self,
        frame: EventFrame,
        told: pl.LazyFrame,
        made: Mapping[str, pl.Expr],
        near: Neighbourhood,
    ) -> EventFrame:
        """Return the rows with the new columns, and count those without a cell or period."""
        require_free(made, frame.columns(), key="suffix")
        columns = {name: pl.when(near.told_of).then(value) for name, value in made.items()}
        lazy = told.with_columns(**columns).select(*frame.columns().names(), *made)
        without = near.usable.not_()
        counted = flagged(frame, {"no cell or period": without}, among=without)
        return frame.with_lazy(lazy).account(counted)

    def _time(self, schema: EventSchema) -> str | None:
        if self.config.time or (self.config.by and not self.config.earlier):
            found: str | None = self.config.time
            return found
        return schema.timestamp


def unit_of(frame: EventFrame, column: str) -> str:
    """Return the unit of a column; one that states none is its own."""
    spec = frame.schema.columns.get(column)
    return column if spec is None or spec.unit is None else spec.unit


def _before(length: str, time: str, dtype: pl.DataType) -> pl.Expr:
    """Return the period that began a length before; null where the clocks skip its beginning."""
    whole = length.endswith(_OF_DAYS)
    if dtype == pl.Date and not whole:
        raise UnfitTimeError.of_length(length, time)
    if dtype != pl.Date and not isinstance(dtype, pl.Datetime):
        raise UnfitTimeError.of_dtype(time, dtype)
    back, period = f"-{length}", pl.col(_PERIOD)
    zone = dtype.time_zone if isinstance(dtype, pl.Datetime) else None
    if zone is None or not whole:
        return period.dt.offset_by(back)
    wall = period.dt.replace_time_zone(None).dt.offset_by(back)
    return wall.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
