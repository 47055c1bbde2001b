"""The step `time.calendar`: what the calendar says of an event's time."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, get_args

import polars as pl
from pydantic import Field

from eventflow.base import BaseStep, ComponentConfig
from eventflow.zones import TimeZone  # noqa: TC001 - pydantic reads it
from eventflow_time.clocks import Clock
from eventflow_time.errors import UnfitColumnError, require_free
from eventflow_time.history import named_time, time_dtype

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows

Part = Literal[
    "year", "quarter", "month", "week", "day", "day_of_week", "day_of_year", "hour", "minute",
    "is_weekend", "is_month_start", "is_month_end",
]  # fmt: skip
Cycle = Literal["quarter", "month", "day", "day_of_week", "day_of_year", "hour", "minute"]
_OF_DAY = {"hour", "minute"}
_DEFAULT: tuple[Part, ...] = tuple(part for part in get_args(Part) if part != "minute")


class TemporalCalendarStep(BaseStep):
    """Parts of the date and time on the calendar of a zone.

    | column | what | dtype |
    |---|---|---|
    | year | calendar year | i32 |
    | quarter, month, day | 1 to 4, 1 to 12, 1 to 31 | i8 |
    | week | ISO 8601 week, 1 to 53; the first days of January may be in week 52 or 53 | i8 |
    | day_of_week | ISO 8601: Monday 1 to Sunday 7 | i8 |
    | day_of_year | 1 to 366 | i16 |
    | hour, minute | 0 to 23, 0 to 59, as the wall clock shows | i8 |
    | is_weekend | whether the day of the week is one of `weekend` | bool |
    | is_month_start, is_month_end | first, last day of the month | bool |
    | PART_sin, PART_cos | sine and cosine of 2π · (part - its first) / its number | f64 |

    Names begin with the time column and ``_``, unless `prefix` says otherwise. The cycle of ``day``
    has the days of the month, that of ``day_of_year`` the days of the year. Instants are read on
    the wall clock of `timezone`, so summer time shows in the hour. Null: no time. Parity: exact;
    sines and cosines close(1e-9).

    Raises while the plan is built: `SchemaError` (EF301), `UnknownHistoryError` (EF330),
    `UnfitColumnError` (EF331: hours of a date), `ColumnTakenError` (EF332).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            parts: What is wanted; not given: all of the table down to the hour (dates: the day).
            cyclic: Parts that are wanted as sine and cosine.
            time: Column of the event time; the schema's timestamp if not given.
            timezone: Zone of the calendar; not given: that of the times.
            prefix: What the names begin with; not given: the time column and ``_``.
            weekend: Days of the weekend, Monday 1 to Sunday 7.
        """

        parts: tuple[Part, ...] | None = None
        cyclic: tuple[Cycle, ...] = ()
        time: str | None = None
        timezone: TimeZone | None = None
        prefix: str | None = None
        weekend: tuple[Annotated[int, Field(ge=1, le=7)], ...] = (6, 7)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """The time."""
        del columns
        return frozenset({named_time(self.config.time, schema)})

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        config, found = self.config, frame.columns()
        time = named_time(config.time, frame.schema)
        dtype = time_dtype(time, found)
        date = dtype == pl.Date
        parts = config.parts
        if parts is None:
            parts = tuple(p for p in _DEFAULT if not (date and p in _OF_DAY))
        if date and (wrong := _OF_DAY & {*parts, *config.cyclic}):
            raise UnfitColumnError.of_value(time, dtype, f"times of day: {min(wrong)}", key="parts")
        wall = Clock.of(frame, time, dtype, config.timezone).wall
        prefix = f"{time}_" if config.prefix is None else config.prefix
        made = {f"{prefix}{part}": self._part(wall, part) for part in parts}
        for part in config.cyclic:
            made |= {f"{prefix}{part}_{name}": e for name, e in _cycle(wall, part)}
        require_free(made, found, key="prefix")
        return frame.with_lazy(frame.lazy.with_columns(**made))

    def _part(self, wall: pl.Expr, part: Part) -> pl.Expr:
        match part:
            case "is_weekend":
                return wall.dt.weekday().is_in(list(self.config.weekend))
            case "is_month_start":
                return wall.dt.day() == 1
            case "is_month_end":
                return wall.dt.day() == wall.dt.days_in_month()
            case _:
                return number(wall, part)


def number(wall: pl.Expr, part: str) -> pl.Expr:
    """Return a part of a wall clock or date as a number."""
    methods = {
        "year": wall.dt.year,
        "quarter": wall.dt.quarter,
        "month": wall.dt.month,
        "week": wall.dt.week,
        "day": wall.dt.day,
        "day_of_week": wall.dt.weekday,
        "day_of_year": wall.dt.ordinal_day,
        "hour": wall.dt.hour,
        "minute": wall.dt.minute,
    }
    return methods[part]()


def _cycle(wall: pl.Expr, part: Cycle) -> Iterator[tuple[str, pl.Expr]]:
    fixed = {"quarter": 4, "month": 12, "day_of_week": 7, "hour": 24, "minute": 60}
    if part == "day":
        period = wall.dt.days_in_month().cast(pl.Float64)
    elif part == "day_of_year":
        period = pl.when(wall.dt.is_leap_year()).then(366.0).otherwise(365.0)
    else:
        period = pl.lit(float(fixed[part]))
    first = 0 if part in _OF_DAY else 1
    angle = (number(wall, part).cast(pl.Float64) - first) * (2 * pi) / period
    yield "sin", angle.sin()
    yield "cos", angle.cos()
