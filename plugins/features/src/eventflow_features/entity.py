"""Entity aggregation: one row per entity, any number of windows and aggregates, in one pass."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve, field, frozen

from eventflow.errors import EventflowError
from eventflow.moments import UTC_ZONE
from eventflow_features.errors import (
    MissingOptionError,
    NameTakenError,
    require_columns,
    together,
)
from eventflow_features.planner.choose import Form, chosen
from eventflow_features.planner.masked import masked
from eventflow_features.planner.tiled import Tiled
from eventflow_features.specs import AggregateSpec, in_dtypes
from eventflow_features.windows import before, ended

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from eventflow.aggregate import Aggregate

_AS_OF = "as_of"


def _names(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _specs(value: Iterable[AggregateSpec]) -> tuple[AggregateSpec, ...]:
    return tuple(value)


@frozen(kw_only=True)
class EntityAggregation:
    """Aggregates per entity, as of a moment.

    Rows without a key, and (when `as_of` is given) rows without a time or not before `as_of`, take
    no part: an entity appears when at least one row of it counts. Every window is half-open,
    ``[as_of - W, as_of)``.

    Keys may be bins of time. A bin counts once it is over, so that its features are never those of
    a part of it: with `as_of` and `until`, rows of a bin that ends later take no part either.

    ``run(rows)`` equals ``finish(merge(partial(part) for part in split(rows)))`` for any split in
    any order, to each aggregate's parity class.

    Attributes:
        by: Columns that identify the entity.
        aggregates: What is computed, one column each.
        time: Column of the event time; needed by `as_of`, windows, first and last.
        as_of: The moment the features speak of. None: all rows count, and there are no windows.
        until: Columns of when the bins end that rows lie in.
        zone: IANA zone of times without an offset.
        form: How `run` computes it: in ``tiles`` of time and groups, with ``masks`` over rows, or
            by what is expected to be faster. The answer is the same.
    """

    by: tuple[str, ...] = field(converter=_names)
    aggregates: tuple[AggregateSpec, ...] = field(converter=_specs)
    time: str | None = None
    as_of: datetime | None = None
    until: tuple[str, ...] = field(default=(), converter=_names)
    zone: str = UTC_ZONE
    form: Form = "auto"

    def __attrs_post_init__(self) -> None:
        """Check the names of the answer.

        Raises:
            NameTakenError: Two columns would have one name (EF322).
            MissingOptionError: There is a moment but no time column, or no key (EF323).
        """
        if not self.by:
            raise MissingOptionError.key()
        counted = Counter((*self.by, *(spec.name for spec in self.aggregates)))
        if twice := [name for name, times in counted.items() if times > 1]:
            raise NameTakenError.twice(twice, key="aggregates")
        if self.as_of is not None and self.time is None:
            raise MissingOptionError.time(_AS_OF)

    def at(self, as_of: datetime) -> EntityAggregation:
        """Return the same aggregation as of another moment."""
        return evolve(self, as_of=as_of)

    def counting(self, name: str) -> EntityAggregation:
        """Return the same aggregation with a column more: the rows folded into each entity."""
        return evolve(self, aggregates=(*self.aggregates, AggregateSpec(name=name)))

    def carrying(self, *names: str) -> EntityAggregation:
        """Return the same aggregation with columns more that are the same in all rows of a key."""
        told = [AggregateSpec(name=n, op="max", value=n) for n in names if n not in self.by]
        return evolve(self, aggregates=(*told, *self.aggregates))

    def columns(self) -> frozenset[str]:
        """Return the columns it reads."""
        time = () if self.time is None else (self.time,)
        return frozenset((*self.by, *time, *self.until)).union(
            *(s.columns() for s in self.aggregates)
        )

    def run(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return one row per entity: the keys, then the aggregates in their order.

        Raises:
            SchemaError: A column does not exist (EF301).
            ExpressionError: An expression does not fit its columns (EF320).
            ValueTypeError: An aggregate cannot take such values (EF321).
            MissingOptionError: A window without `as_of`, or no time column (EF323).
            GroupValueError: A category column, or a value of it, cannot be grouped by (EF324).
        """
        return self.fold(self.counted(rows))

    def fold(self, counted: pl.LazyFrame) -> pl.LazyFrame:
        """Return what `run` does, of rows that all take part. Raises as `run` does."""
        made = self._tiled if chosen(self.aggregates, self.form) == "tiles" else self._masked
        found = counted.collect_schema()
        self._check(found)
        return made(counted, found)

    def counted(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return the rows that take part. Raises `SchemaError` for a column that is missing."""
        found = rows.collect_schema()
        self._check(found)
        return rows.filter(self._counts(found))

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return one row per entity with its partial columns. Raises as `run` does."""
        parts: dict[str, pl.Expr] = {}
        for aggregate, dtype in self._bound(rows.collect_schema()):
            parts |= aggregate.partial(dtype)
        counted = self.counted(rows)
        return counted.group_by(self.by).agg(e.alias(name) for name, e in parts.items())

    def merge(self, *partials: pl.LazyFrame) -> pl.LazyFrame:
        """Fold partial frames into one of the same shape, in any order and nesting."""
        parts: dict[str, pl.Expr] = {}
        together = pl.concat(partials, how="vertical")
        for aggregate in self._unbound(together):
            parts |= aggregate.merge()
        return together.group_by(self.by).agg(e.alias(name) for name, e in parts.items())

    def finish(self, merged: pl.LazyFrame) -> pl.LazyFrame:
        """Turn partial columns into the answer; adds no group-by."""
        return merged.select(*self.by, *(a.finish() for a in self._unbound(merged)))

    def _tiled(self, rows: pl.LazyFrame, found: Mapping[str, pl.DataType]) -> pl.LazyFrame:
        typed = in_dtypes(self.aggregates, found)
        tiled = Tiled(
            by=self.by, specs=typed, time=self.time, as_of=self.as_of, zone=self.zone, found=found
        )
        return tiled.run(rows)

    def _masked(self, rows: pl.LazyFrame, found: Mapping[str, pl.DataType]) -> pl.LazyFrame:
        return masked(rows, self.by, self._bound(found))

    def _bound(self, found: Mapping[str, pl.DataType]) -> list[tuple[Aggregate, pl.DataType]]:
        self._check(found)
        bound: list[tuple[Aggregate, pl.DataType]] = []
        faults: list[EventflowError] = []
        for spec in self.aggregates:
            try:
                bound.append(spec.bound(found, self.time, self.as_of, self.zone))
            except EventflowError as error:
                faults.append(error)
        if faults:
            raise together(faults)
        return bound

    def _unbound(self, partials: pl.LazyFrame) -> list[Aggregate]:
        parts = partials.collect_schema()
        return [s.unbound(self.time, checked=s.is_checked(parts)) for s in self.aggregates]

    def _check(self, found: Mapping[str, pl.DataType]) -> None:
        require_columns((*self.by, *self.until), found, key="by")
        if self.time is not None:
            require_columns([self.time], found, key="time")

    def _counts(self, found: Mapping[str, pl.DataType]) -> pl.Expr:
        known = pl.all_horizontal(pl.col(c).is_not_null() for c in self.by)
        if self.as_of is None or self.time is None:
            return known
        over = (ended(end, found[end], self.as_of, self.zone) for end in self.until)
        early = before(self.time, found[self.time], self.as_of, self.zone)
        return pl.all_horizontal(known, early, *over)
