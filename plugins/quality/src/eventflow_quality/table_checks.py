"""Checks that compare rows with each other in time: order, gaps, freshness."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import frozen

from eventflow.config.types import format_duration
from eventflow.moments import elapsed
from eventflow_quality.checks import EXAMPLES, Check, Measured, name, text
from eventflow_quality.clock import bound, time_of
from eventflow_quality.conditions import value_of
from eventflow_quality.errors import RuleTypeError
from eventflow_quality.rules import sensitive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from eventflow.frame import EventFrame
    from eventflow.quality import Dimension
    from eventflow_quality.config import GateConfig
    from eventflow_quality.table_options import FreshnessRule, GapRule, MonotonicRule, TableRule

_MICROSECONDS = 1_000_000
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"mo": 1, "q": 3, "y": 12}


@frozen(kw_only=True)
class TableChecks:
    """What the checks of one gate share.

    Attributes:
        config: Options of the gate.
        frame: What is checked.
        at: The moment of the run, if the gate is bound to one.
    """

    config: GateConfig
    frame: EventFrame
    at: datetime | None

    def all(self) -> Iterator[Measured]:
        """Yield every check that compares rows with each other.

        Raises:
            NoMomentError: Freshness without a moment of the run (EF413).
            NoTimestampError: The schema names no timestamp (EF414).
        """
        for number, rule in enumerate(self.config.monotonic):
            yield self._monotonic(number, rule)
        if self.config.gaps is not None:
            yield self._gaps(self.config.gaps)
        if self.config.freshness is not None:
            yield self._freshness(self.config.freshness)

    def _monotonic(self, number: int, rule: MonotonicRule) -> Measured:
        """Sort and compare with the row before: the one thing that needs an order."""
        along = rule.along or time_of(self.frame, "monotonic")[0]
        entity = self.frame.schema.entity
        by = rule.by if rule.by is not None else (entity,) if entity else ()
        columns = tuple(dict.fromkeys((*by, along, rule.column)))
        found = self.frame.columns()
        data = self.frame.lazy.select(value_of(c, found[c]).alias(c) for c in columns).drop_nulls()
        same = pl.all_horizontal(pl.lit(value=True), *(pl.col(c) == pl.col(c).shift(1) for c in by))
        value = pl.col(rule.column)
        ordered = data.sort(*by, along, rule.column).with_columns(
            pl.when(same).then(value >= value.shift(1)).alias("__holds")
        )
        key = name(f"monotonic {number}", *columns)
        ok, failing = pl.col("__holds"), text(columns).filter(~pl.col("__holds"))
        table = ordered.select(
            ok.sum().alias(f"passed {key}"),
            ok.count().alias(f"total {key}"),
            failing.unique().bottom_k(EXAMPLES).implode().alias(f"examples {key}"),
        )
        wanted = f"rising along {along}"
        return self._made("monotonic", columns, key, rule, table, wanted, "consistency")

    def _gaps(self, rule: GapRule) -> Measured:
        time, dtype = time_of(self.frame, "gaps")
        if dtype == pl.Date and rule.every[-1] in _SECONDS:
            wanted = "a whole number of days, weeks, months, quarters or years"
            raise RuleTypeError.for_value(time, "gaps", rule.every, dtype, wanted)
        when = pl.col(time)
        if isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
            when = when.dt.convert_time_zone(self.frame.zone)
        by, columns = list(rule.by), (*rule.by, time)
        period, before = pl.col(time), pl.col(time).shift(1)
        seen = self.frame.lazy.select(*by, when.dt.truncate(rule.every)).drop_nulls().unique()
        same = pl.all_horizontal(pl.lit(value=True), *(pl.col(c) == pl.col(c).shift(1) for c in by))
        steps = _steps(before, period, rule.every)
        rows = seen.sort(*by, time).with_columns(
            pl.when(same).then(steps).otherwise(1).fill_null(1).alias("__steps"),
            (pl.lit("nothing from ") + before.cast(pl.String)).alias("__before"),
        )
        key = name("gaps", *columns)
        shown = pl.concat_str(
            *(pl.lit(f"{c}=") + pl.col(c).cast(pl.String) + ", " for c in by),
            "__before", pl.lit(" to "), period.cast(pl.String),
        )  # fmt: skip
        table = rows.select(
            pl.len().alias(f"passed {key}"),
            pl.col("__steps").sum().cast(pl.Int64).alias(f"total {key}"),
            shown.filter(pl.col("__steps") > 1)
            .bottom_k(EXAMPLES)
            .implode()
            .alias(f"examples {key}"),
        )
        wanted = f"periods of {rule.every} with an event"
        return self._made("gaps", columns, key, rule, table, wanted, "timeliness")

    def _freshness(self, rule: FreshnessRule) -> Measured:
        time, dtype = time_of(self.frame, "freshness")
        at = bound(self.at, "freshness")
        age = elapsed(time, dtype, at, self.frame.zone).dt.total_microseconds(fractional=False)
        key = name("freshness", time)
        past = pl.col("age").filter(pl.col("age") >= 0)
        limit = int(rule.within.total_seconds() * _MICROSECONDS)
        table = self.frame.lazy.select(age.alias("age")).select(
            (past.min() <= limit).fill_null(value=False).cast(pl.Int64).alias(f"passed {key}"),
            (past.count() > 0).cast(pl.Int64).alias(f"total {key}"),
            _age(past.min()).alias(f"found {key}"),
        )
        wanted = f"at most {format_duration(rule.within)} old"
        return self._made(
            "freshness", (time,), key, rule, table, wanted, "timeliness", required=1.0
        )

    def _made(  # noqa: PLR0913, PLR0917 - the parts of a check
        self,
        title: str,
        columns: tuple[str, ...],
        key: str,
        rule: TableRule,
        table: pl.LazyFrame,
        wanted: str,
        dimension: Dimension,
        required: float | None = None,
    ) -> Measured:
        share = getattr(self.config, dimension) if required is None else required
        whole: dict[str, Any] = (
            {"examples": f"examples {key}"} if required is None else {"found": f"found {key}"}
        )
        check = Check(
            dimension=dimension,
            check=title,
            columns=columns,
            passed=f"passed {key}",
            total=f"total {key}",
            required=share if rule.required is None else rule.required,
            severity=rule.severity or getattr(self.config.severity, dimension),
            wanted=wanted,
            masked=sensitive(self.config, self.frame.schema, columns),
            **whole,
        )
        return Measured(check=check, table=table)


def _steps(before: pl.Expr, period: pl.Expr, every: str) -> pl.Expr:
    """Count the periods from one to another, by the calendar for days and longer."""
    count, unit = re.fullmatch(r"(\d+)(\D+)", every).groups()  # type: ignore[union-attr] # the option's pattern
    if unit in _SECONDS:
        length = int(count) * _SECONDS[unit]
        return (period - before).dt.total_seconds() // length
    if unit in _DAYS:
        days = (period.dt.date() - before.dt.date()).dt.total_days()
        return days // (int(count) * _DAYS[unit])
    months = period.dt.year().cast(pl.Int64) * 12 + period.dt.month()
    past = before.dt.year().cast(pl.Int64) * 12 + before.dt.month()
    return (months - past) // (int(count) * _MONTHS[unit])


def _age(microseconds: pl.Expr) -> pl.Expr:
    """Say an age in days, hours and minutes."""
    minutes = microseconds // (60 * _MICROSECONDS)
    parts = (minutes // 1440, minutes // 60 % 24, minutes % 60)
    return pl.format("the newest event is {}d {}h {}m old", *parts)
