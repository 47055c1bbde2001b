"""The step `time.bin`: which interval of the calendar an event lies in."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import polars as pl
from attrs import frozen
from pydantic import Field

from eventflow.base import BaseStep, ComponentConfig
from eventflow.zones import TimeZone, changes
from eventflow_time.clocks import Clock, instant_of
from eventflow_time.errors import UnfitColumnError, require_free
from eventflow_time.history import named_time, time_dtype
from eventflow_time.lengths import HOUR, BinLength, Length, bounds, of_days, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows

_BINS = "__eventflow_bins"


class TemporalBinStep(BaseStep):
    """The bins of the calendar that an event lies in, half-open: ``[bin_start, bin_end)``.

    Bins begin every `every`, counted from midnight, Monday, the first of the month or of the year
    (of several of these: from 1970), plus `offset`, on the calendar of the zone. With `every`
    shorter than `bin_size` they overlap, and an event gives one row for each bin it lies in; with
    `every` longer there are gaps, and an event in one has no bin.

    Where clocks change, bins of a part of an hour (15m, 1h) keep their exact length and their
    number follows the day's, if they are also a part of the change: where clocks are put back by
    half an hour (Lord Howe), 30m is, 1h is not. All others keep to the wall clock and are longer or
    shorter: a 6h bin has 5 to 7 hours, a day 23 to 25. Either way every instant lies in exactly one
    of the bins that neither overlap nor leave gaps. Times without a zone are binned as their clock
    shows them.

    | column | what | dtype |
    |---|---|---|
    | bin_start, bin_end | first instant of the bin, first after it | as the time, in the zone |
    | bin_label | both, as an ISO 8601 interval; only when asked for | text |

    Null: no time, or in a gap. Parity: exact. Rows: kept; with overlapping bins one for each bin (a
    row without a time stays one). The schema gains the bin as a dimension, by which
    ``features.aggregate`` groups unless told otherwise.

    Raises while the plan is built: `SchemaError` (EF301), `UnknownHistoryError` (EF330),
    `UnfitColumnError` (EF331), `ColumnTakenError` (EF332).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            bin_size: Length of a bin: ``15m``, ``6h``, ``1d``, ``1w`` (from Monday), ``1mo``.
            every: From the start of one bin to the next; not given: `bin_size`.
            offset: How much later bins begin: ``6h`` for days from six in the morning.
            time: Column of the event time; the schema's timestamp if not given.
            timezone: Zone of the calendar; not given: that of the times.
            columns: Which columns are made.
            prefix: What their names begin with.
        """

        bin_size: BinLength
        every: BinLength | None = None
        offset: Length | None = None
        time: str | None = None
        timezone: TimeZone | None = None
        columns: tuple[Literal["start", "end", "label"], ...] = Field(
            default=("start", "end"), min_length=1
        )
        prefix: str = "bin_"

    def __init__(self, **options: Any) -> None:
        """Validate the options."""
        super().__init__(**options)
        if self._number > 1:
            self.rows = "unknown"  # type: ignore[misc] # overlapping bins multiply rows

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """The time."""
        del columns
        return frozenset({named_time(self.config.time, schema)})

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        bins, found = self._bins(frame), frame.columns()
        names = {str(c): f"{self.config.prefix}{c}" for c in self.config.columns}
        require_free(names.values(), found, key="prefix")
        if self._number == 1:
            made = bins.columns(bins.own, self.config.bin_size)
            if bins.every != self.config.bin_size:
                inside = bins.clock.time < made["end"]
                made = {name: pl.when(inside).then(point) for name, point in made.items()}
            lazy = frame.lazy.with_columns(made[c].alias(name) for c, name in names.items())
            return frame.with_lazy(lazy, schema=self._schema(frame.schema, names))
        wanted = [bins.containing(n, self.config.bin_size, names) for n in range(self._number)]
        lazy = frame.lazy.with_columns(pl.concat_list(wanted).list.drop_nulls().alias(_BINS))
        lazy = lazy.explode(_BINS, empty_as_null=True).unnest(_BINS)
        return frame.with_lazy(lazy, schema=self._schema(frame.schema, names))

    def _schema(self, schema: EventSchema, names: dict[str, str]) -> EventSchema:
        """Return the schema with the bin as a dimension; a label alone is none."""
        if "start" not in names:
            return schema
        every = self.config.every or self.config.bin_size
        return schema.with_dimension(
            names["start"], end=names.get("end"), every=every, offset=self.config.offset
        )

    @property
    def _number(self) -> int:
        """How many bins an event can lie in."""
        size, every = self.config.bin_size, self.config.every
        if every is None or every == size:
            return 1
        number = ceil(bounds(size)[1] / bounds(every)[0])
        return number + 1 if number > 1 else 1

    def _bins(self, frame: EventFrame) -> Bins:
        config = self.config
        time = named_time(config.time, frame.schema)
        dtype = time_dtype(time, frame.columns())
        every = config.every or config.bin_size
        for key, length in (("bin_size", config.bin_size), ("every", every)):
            if dtype == pl.Date and not of_days(length):
                raise UnfitColumnError.of_length(length, time, key=key)
        return Bins(Clock.of(frame, time, dtype, config.timezone), every, config.offset)


@frozen
class Bins:
    """Points of a calendar at regular distances.

    Attributes:
        clock: Which times, on which calendar.
        every: The distance.
        offset: How much later they lie than midnight, Monday or the first of the month.
    """

    clock: Clock
    every: str
    offset: str | None = None

    @property
    def exact(self) -> bool:
        """Whether bins are a part of an hour, and no change of clocks in the zone cuts one."""
        length = timedelta(microseconds=bounds(self.every)[0] / 1000)
        if of_days(self.every) or HOUR % bounds(self.every)[0]:
            return False
        return self.clock.plain or not any(c % length for c in changes(str(self.clock.zone)))

    @property
    def _floor(self) -> pl.Expr:
        wall = self.clock.wall
        if self.offset is None:
            return wall.dt.truncate(self.every)
        moved = wall.dt.offset_by(f"-{self.offset}").dt.truncate(self.every)
        return moved.dt.offset_by(self.offset)

    @property
    def _walled(self) -> bool:
        """Whether points are kept as wall clocks until it is said which instants they are."""
        return not (self.clock.plain or self.exact)

    @property
    def own(self) -> pl.Expr:
        """The last point at a time or before; a wall clock where hours may be skipped."""
        clock, floor = self.clock, self._floor
        if clock.plain:
            return floor.dt.replace_time_zone(clock.zone) if clock.aware else floor
        if self.exact:
            return clock.time - (clock.wall - floor)
        following = floor.dt.offset_by(self.every)
        begun = self.at(following) <= clock.time  # in the second pass of a repeated hour
        return pl.when(begun).then(following).otherwise(floor)

    def at(self, point: pl.Expr) -> pl.Expr:
        """Return a point as the calendar's times are: an instant in its zone, where it has one."""
        zone = self.clock.zone
        return instant_of(point, zone) if self._walled and zone is not None else point

    def moved(self, point: pl.Expr, length: str) -> pl.Expr:
        """Return a point moved along the calendar."""
        zone = self.clock.zone
        if self.exact and of_days(length) and zone is not None and not self.clock.plain:
            return instant_of(point.dt.replace_time_zone(None).dt.offset_by(length), zone)
        return point.dt.offset_by(length)

    def columns(self, point: pl.Expr, size: str) -> dict[str, pl.Expr]:
        """Return start, end and label of the bins that begin at a point."""
        start, end = self.at(point), self.at(self.moved(point, size))
        form = self._form(size)
        label = pl.concat_str(start.dt.to_string(form), end.dt.to_string(form), separator="/")
        return {"start": start, "end": end, "label": label}

    def containing(self, number: int, size: str, names: dict[str, str]) -> pl.Expr:
        """Return the columns of the bin `number` before a time's own, if the time lies in it."""
        point = self.moved(self.own, f"-{times(self.every, number)}") if number else self.own
        made = self.columns(point, size)
        row = pl.struct(made[c].alias(name) for c, name in names.items())
        inside = (made["start"] <= self.clock.time) & (self.clock.time < made["end"])
        return pl.when(inside).then(row)

    def _form(self, size: str) -> str:
        lengths = (size, self.every, *([self.offset] if self.offset else ()))
        if all(of_days(length) for length in lengths):
            return "%Y-%m-%d"
        fraction = "%.f" if any(bounds(x)[0] % 10**9 for x in lengths) else ""
        return f"%Y-%m-%dT%H:%M:%S{fraction}" + ("%:z" if self.clock.aware else "")
