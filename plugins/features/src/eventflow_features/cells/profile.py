"""The step `features.profile`: when in the week, or in the day, something happens."""

from __future__ import annotations

from copy import copy
from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import polars as pl
from attrs import frozen
from pydantic import Field, field_validator

from eventflow.base import BaseStep, ComponentConfig
from eventflow.blueprint import EXACT, FeatureSpec, close
from eventflow.config import ONE_OR_MANY
from eventflow.frame import Account, Rejection
from eventflow.moments import located
from eventflow.types import Locality, Rows, aggregate
from eventflow.zones import TimeZone  # noqa: TC001 - pydantic reads it
from eventflow_features.aggregation import rules
from eventflow_features.cells.checks import require_free, require_numbers, unit_of
from eventflow_features.cells.errors import UnfitBinError
from eventflow_features.entity import EntityAggregation
from eventflow_features.errors import MissingOptionError, require_columns
from eventflow_features.keys import ends, keyed, places_or_entity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema

_SLOT, _ROWS, _SUM, _COUNT = (f"__eventflow_{w}" for w in ("slot", "rows", "sum", "count"))
_NAME = "features.profile"
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = 24
Hour = Annotated[int, Field(ge=0, le=24)]


class FeatureProfileStep(BaseStep):
    """One row per entity, cell or zone: the share of its events in each hour of the week.

    The hour is that of the clock on the wall, in the frame's time zone. The columns are always the
    same: 168 hours of the week, ``mon_00`` to ``sun_23``, or what `parts` says. With `of`, they
    hold the mean of a column in each part, rather than the share of events.

    Shape: the keys, then a Float64 column for each part. Shares are those of all events that count;
    they add up to 1, unless `parts` leaves hours out, and are 0 for a part without events, where
    means are null. Rows without a key or a time, and with `as_of` rows not
    before it, are dropped and counted; with `of`, an event whose value is null counts for nothing,
    and a key of which no value is known has only nulls. Parity: shares exact, means close(1e-9).

    Raises while the plan is built: `SchemaError` (EF301), `ValueTypeError` (EF321),
    `NameTakenError` (EF322), `MissingOptionError` (EF323), `UnfitBinError` (EF345).
    """

    rows: ClassVar[Rows] = "accounted"
    as_of: datetime | None = None

    class Config(ComponentConfig):
        """Options of `features.profile`.

        Attributes:
            by: Columns of the key; not given: the schema's dimensions that are places, else its
                entity.
            parts: ``week_hour`` (168), ``hour`` (24), ``weekday`` (7), or parts of the day by name,
                each from an hour to another that no longer belongs to it, also over midnight:
                ``{night: [22, 6], day: [6, 22]}``.
            of: Column of numbers whose mean is wanted; not given: the share of events.
            time: Column of the event time; the schema's timestamp if not given.
            as_of: The moment the features speak of; bound by the run if not given. Naive: UTC.
            timezone: Zone of the clock; not given: the frame's, else that of the times.
            prefix: What the names begin with.
        """

        by: Annotated[tuple[str, ...], ONE_OR_MANY] | None = None
        parts: Literal["week_hour", "hour", "weekday"] | dict[str, tuple[Hour, Hour]] = "week_hour"
        of: str | None = None
        time: str | None = None
        as_of: datetime | None = None
        timezone: TimeZone | None = None
        prefix: str = ""

        @field_validator("parts")
        @classmethod
        def _apart(cls, value: Any) -> Any:
            if isinstance(value, dict):
                _named_hours(value)
            return value

    @property
    def locality(self) -> Locality:
        """Folds rows per key."""
        return aggregate(*(self.config.by or ()))

    def at(self, as_of: datetime) -> FeatureProfileStep:
        """Return a copy that speaks of a moment, unless its options already name one."""
        bound = copy(self)
        bound.as_of = as_of
        return bound

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Key, time, and the values."""
        del columns
        of = () if self.config.of is None else (self.config.of,)
        return self._made(schema).columns().union(of)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Count by key and part, then spread the parts over columns, lazily."""
        del state
        made, found = self._made(frame.schema, frame.zone), frame.columns()
        time = str(made.time)
        require_columns((*made.by, *made.until), found, key="by")
        require_columns([time], found, key="time")
        require_numbers([self.config.of] if self.config.of else [], found, op="mean", key="of")
        parts = Parts.of(self.config.parts)
        names = [f"{self.config.prefix}{name}" for name in parts.names]
        require_free(names, (*made.by, *made.until), key="prefix")
        slot = parts.slot(self._wall(frame, time), time, found[time])
        timeless = Rejection(f"no {time}", pl.col(time).is_null())
        counted = frame.reject(*rules(made, found), timeless)
        slotted = counted.lazy.with_columns(slot.alias(_SLOT))
        folded = slotted.group_by(*made.by, _SLOT).agg(self._parts(made))
        wide = folded.group_by(made.by).agg(
            *(pl.col(c).max() for c in made.until if c not in made.by),
            pl.col(_ROWS).sum(),
            *(self._told(i).alias(name) for i, name in enumerate(names)),
        )
        reason = f"folded into one row per {', '.join(made.by)}"
        lost = wide.select(
            pl.lit(reason).alias("reason"),
            (pl.col(_ROWS) - 1).sum().cast(pl.UInt64).alias("rows"),
        )
        schema = keyed(counted.schema, made)
        return counted.with_lazy(wide.drop(_ROWS), schema=schema).account(
            Account(counts=lost, outcomes={reason: "folded"})
        )

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Say of each column which part it is of."""
        del state
        of, made = self.config.of, self._made(frame.schema, frame.zone)
        told = f"of {', '.join(made.by)}, by the clock of {self._zone(frame) or 'its times'}"
        return [
            FeatureSpec(
                name=f"{self.config.prefix}{name}",
                unit="1" if of is None else unit_of(of, frame.schema),
                formula=f"share of events in {name} {told}" if of is None
                else f"mean of {of} in {name} {told}",
                parity=EXACT if of is None else close(),
                nulls="never null" if of is None else "null without values",
                source="profile over the week",
            )
            for name in Parts.of(self.config.parts).names
        ]  # fmt: skip

    def _parts(self, made: EntityAggregation) -> list[pl.Expr]:
        """Return what is kept of the rows of one key and part."""
        kept = [pl.col(c).max() for c in made.until if c not in made.by]
        kept.append(pl.len().alias(_ROWS))
        if self.config.of is not None:
            value = pl.col(self.config.of).cast(pl.Float64)
            kept += [value.sum().alias(_SUM), value.count().alias(_COUNT)]
        return kept

    def _told(self, part: int) -> pl.Expr:
        mine = pl.when(pl.col(_SLOT) == part)
        if self.config.of is None:
            return mine.then(_ROWS).sum() / pl.col(_ROWS).sum()
        count = mine.then(_COUNT).sum()
        return pl.when(count > 0).then(mine.then(_SUM).sum() / count)

    def _made(self, schema: EventSchema, zone: str = "UTC") -> EntityAggregation:
        """Return what says which rows count."""
        by = self.config.by or places_or_entity(schema)
        time = self.config.time or schema.timestamp
        if time is None:
            raise MissingOptionError.time(_NAME)
        as_of = self.config.as_of or self.as_of
        return EntityAggregation(
            by=by, aggregates=(), time=time, as_of=as_of, until=ends(schema, by), zone=zone
        )

    def _zone(self, frame: EventFrame) -> str | None:
        return self.config.timezone or frame.metadata.timezone

    def _wall(self, frame: EventFrame, time: str) -> pl.Expr:
        """Return the times as the clock on the wall shows them."""
        dtype, zone = frame.columns()[time], self._zone(frame)
        if dtype not in (pl.Date, pl.Datetime):
            raise UnfitBinError.of_dtype(time, dtype, key="time")
        own = dtype.time_zone if isinstance(dtype, pl.Datetime) else None
        if dtype == pl.Date or (own is None and zone == frame.zone) or (own or zone) is None:
            return pl.col(time)
        instants = located(time, dtype, frame.zone)
        return instants.dt.convert_time_zone(zone or str(own)).dt.replace_time_zone(None)


@frozen
class Parts:
    """Parts of the week or of the day.

    Attributes:
        names: Their names, in order.
        daily: Whether hours are told apart.
        weekly: Whether days of the week are told apart.
        hours: For each hour of a day, which part it belongs to; None for none.
    """

    names: tuple[str, ...]
    daily: bool
    weekly: bool
    hours: tuple[int | None, ...] = tuple(range(_HOURS))

    @classmethod
    def of(cls, written: str | dict[str, tuple[int, int]]) -> Parts:
        """Read the option."""
        if isinstance(written, dict):
            return cls(tuple(written), daily=True, weekly=False, hours=_named_hours(written))
        hours = [f"{h:02}" for h in range(_HOURS)]
        if written == "hour":
            return cls(tuple(f"hour_{h}" for h in hours), daily=True, weekly=False)
        if written == "weekday":
            return cls(_DAYS, daily=False, weekly=True)
        return cls(tuple(f"{d}_{h}" for d in _DAYS for h in hours), daily=True, weekly=True)

    def slot(self, wall: pl.Expr, column: str, dtype: pl.DataType) -> pl.Expr:
        """Return the number of the part in which a wall clock lies; null outside of all.

        Raises:
            UnfitBinError: A date is asked for its hour (EF345).
        """
        day = wall.dt.weekday().cast(pl.Int16) - 1
        if not self.daily:
            return day
        if dtype == pl.Date:
            raise UnfitBinError.of_hours(column)
        hour = wall.dt.hour().cast(pl.Int16)
        if self.weekly:
            return day * _HOURS + hour
        return hour.replace_strict([*range(_HOURS)], [*self.hours], return_dtype=pl.Int16)


def _named_hours(written: dict[str, tuple[int, int]]) -> tuple[int | None, ...]:
    """Return for each hour of the day the part it belongs to.

    Raises:
        ValueError: Two parts share an hour, or one has none.
    """
    hours: list[int | None] = [None] * _HOURS
    for part, (name, (start, end)) in enumerate(written.items()):
        mine = [h % _HOURS for h in range(start, end if end > start else end + _HOURS)]
        for hour in mine:
            if hours[hour] is not None:
                msg = f"hour {hour} belongs to {name} and to another part"
                raise ValueError(msg)
            hours[hour] = part
    return tuple(hours)
