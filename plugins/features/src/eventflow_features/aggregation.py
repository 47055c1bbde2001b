"""The step `features.aggregate`: entity aggregation from a configuration."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import polars as pl
from attrs import evolve
from pydantic import Field, field_validator

from eventflow.base import BaseStep, ComponentConfig
from eventflow.config import ONE_OR_MANY
from eventflow.frame import Account, EventFrame, Rejection
from eventflow.types import Locality, Rows, aggregate
from eventflow_features.compact import (
    AggregateOptions,
    Aggregates,
    default_aggregates,
    read_aggregates,
)
from eventflow_features.dictionary import Dictionary
from eventflow_features.entity import EntityAggregation
from eventflow_features.errors import require_columns
from eventflow_features.grouping import (
    ALL,
    GroupingOptions,
    LearnedGroups,
    groups_of,
    learned,
    read_groupings,
    statistics,
)
from eventflow_features.keys import default_key, ends, keyed
from eventflow_features.planner.choose import Form  # noqa: TC001 - pydantic reads it
from eventflow_features.windows import Window, before, ended

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eventflow.blueprint import FeatureSpec
    from eventflow.schema import EventSchema
    from eventflow_features.groups import Group
    from eventflow_features.specs import AggregateSpec

Grouped = str | GroupingOptions
Groups = tuple[str | tuple[str, ...] | GroupingOptions, ...]

_ROWS = "__eventflow_rows"
_UNGUARDED = "no time column, so nothing kept out what happened after as_of"


class FeatureAggregationStep(BaseStep):
    """One row per entity, cell, zone or bin of time: any aggregates and windows in one pass.

    Needs event rows; returns the key columns and one column per aggregate and window. Keys are any
    columns. Not given: the places (cells, zones) that steps before this one made, else the schema's
    entity; and the bins of time that they made.

    Features of a bin of time ``[bin_start, bin_end)`` are complete, and so known, at its end: that
    is the timestamp of the result, and a row for a bin that ends after `as_of` is not made. What is
    joined as of that time was known when the bin was over, and whoever joins the result to other
    events sees no event of the bin before it is over.

    Windows are half-open ``[as_of - W, as_of)``: an event at `as_of` does not count, one at
    ``as_of - W`` does.

    Rows without a key, and (with `as_of`) rows without a time or not before `as_of`, are dropped
    and counted; the others are folded into their entity's row. An entity that only has events after
    `as_of` is not in the result. Rows of a bin that ends after `as_of` are dropped and counted too.
    Without a time column and without windows, all rows count: nothing can keep out what happened
    later, so every row is flagged in the ledger.

    Aggregates, none of which counts nulls:

    - ``count``: rows, or the values of a column; ``n_unique``: distinct values;
    - ``sum``: 0 without a value, an error where 64 bits do not hold it;
    - ``mean``, ``min``, ``max``: null without a value;
    - ``var``, ``std``: of a sample (``ddof`` 1 unless given), null below two values;
    - ``first``, ``last``: by time, equal times by ``tie_break``;
    - ``approx_n_unique``: distinct values, exact below ``bound``, estimated above;
    - ``median``, ``quantile`` (``q``): between neighbours by linear interpolation;
    - ``approx_quantile`` (``q``, ``error``): by a sketch, in memory that does not grow with rows;
    - ``mode``, ``top_k`` (``k``): the most frequent values, ties in order;
    - ``entropy`` (``base``; in nats unless given), ``simpson``, ``gini_simpson``, ``evenness``: how
      diverse the values are, by the share of each distinct one;
    - ``ratio``, ``cov``, ``corr``: of a column and an ``other``;
    - ``trend``: least-squares slope over time;
    - ``time_since``: from the last row to `as_of`; ``gap_mean``, ``gap_cv``: of the times between
      rows.

    Raises while the plan is built: `SchemaError` (EF301, a column does not exist),
    `ExpressionError` (EF320), `ValueTypeError` (EF321), `NameTakenError` (EF322),
    `MissingOptionError` (EF323), `GroupValueError` (EF324).
    """

    rows: ClassVar[Rows] = "accounted"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            by: Columns of the key; not given: the schema's dimensions that are places, else its
                entity, and its bins of time. With the start of a bin comes its end.
            time: Column of the event time; the schema's timestamp if not given.
            as_of: The moment the features speak of; bound by the run if not given. Naive: UTC.
                One that is given needs a time column.
            windows: Windows for every aggregate that does not name its own: ``7d``, ``60d..30d``,
                ``all``. With windows, names end in ``_7d`` and so on.
            groups: Groups for every aggregate: category columns, lists of columns that are taken
                together, ``{columns, values, limit, other}``, or ``all``, the rows of every group.
                Names tell column and value, before the window: ``amount_sum_kind_food_7d``.
            aggregates: Name → what: ``sum(amount)``, or ``{op, column, value, where, window}``,
                where value and where are SQL; or a list of the short forms, named ``amount_sum``.
                Not given: ``count``, and sum, mean, min, max and std of the schema's value.
            form: How it is computed: in ``tiles`` of time and groups, with ``masks`` over rows, or
                ``auto``, by what is expected to be faster. The answer is the same.
        """

        by: Annotated[tuple[str, ...], ONE_OR_MANY] | None = None
        time: str | None = None
        as_of: datetime | None = None
        windows: tuple[str, ...] = ()
        groups: Groups = (ALL,)
        aggregates: dict[str, AggregateOptions] | None = Field(default=None, min_length=1)
        form: Form = "auto"

        @field_validator("windows")
        @classmethod
        def _known_windows(cls, value: tuple[str, ...]) -> tuple[str, ...]:
            for text in value:
                Window.parse(text)
            return value

        @field_validator("groups", mode="before", json_schema_input_type=Groups | Grouped)
        @classmethod
        def _one_or_many_groups(cls, value: Any) -> Any:
            return value if isinstance(value, list | tuple) else (value,)

        @field_validator(
            "aggregates",
            mode="before",
            json_schema_input_type=Aggregates | None,
        )
        @classmethod
        def _short_forms(cls, value: Any) -> Any:
            return read_aggregates(value)

    _of_run = False
    """Whether the run bound the moment, which then gives way where there is no time."""

    def __init__(self, **options: Any) -> None:
        """Validate the options, and keep whether the aggregates were written as a list."""
        super().__init__(**options)
        self._listed = isinstance(options.get("aggregates"), (list, tuple))

    @property
    def locality(self) -> Locality:
        """Folds rows per entity."""
        return aggregate(*(self.config.by or ()))

    def at(self, as_of: datetime) -> FeatureAggregationStep:
        """Return this step as of a moment, unless its options already name one."""
        if self.config.as_of is not None:
            return self
        bound = FeatureAggregationStep(**{**dict(self.config), "as_of": as_of})
        bound._of_run = True
        bound._listed = self._listed
        return bound

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Key, time, and what the aggregates name; None while nothing names a key."""
        del columns
        if not (self.config.by or default_key(schema)):
            return None
        named = (g.columns for g in self._groupings() if g is not None)
        return self.aggregation(schema).columns().union(*named)

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Return the frequent values of groups that are not listed, among the rows that count."""
        teaching, groupings = self._teaching(frame), self._groupings()
        if all(g is None or g.values is not None for g in groupings):
            return None
        return statistics(teaching, groupings)

    def fit(self, statistics: pl.DataFrame) -> LearnedGroups:
        """Keep the values."""
        return learned(statistics, self._groupings())

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Return one row per entity, lazily."""
        made = evolve(self.aggregation(frame.schema, state), zone=frame.zone)
        found = frame.columns()
        require_columns((*made.by, *made.until), found, key="by")
        if made.as_of is not None and made.time is not None:
            require_columns([made.time], found, key="time")
        counted = frame.reject(*rules(made, found))
        if self._of_run and made.as_of is None:
            unguarded = counted.lazy.select(
                pl.lit(_UNGUARDED).alias("reason"), pl.len().cast(pl.UInt64).alias("rows")
            )
            counted = counted.account(Account(unguarded, {_UNGUARDED: "flagged"}))
        folded = made.counting(_ROWS).carrying(*made.until).fold(counted.lazy).cache()
        reason = f"folded into one row per {', '.join(made.by)}"
        others = (pl.col(_ROWS) - 1).sum().cast(pl.UInt64)
        lost = folded.select(pl.lit(reason).alias("reason"), others.alias("rows"))
        kept = keyed(counted.schema, made)
        return counted.with_lazy(folded.drop(_ROWS), schema=kept).account(
            Account(counts=lost, outcomes={reason: "folded"})
        )

    def describe(self, frame: EventFrame, state: Any) -> tuple[FeatureSpec, ...]:
        """Return the feature dictionary: each column's formula, unit, parity and null rule."""
        made = self.aggregation(frame.schema, state)
        return Dictionary(frame.schema, frame.columns(), made.time).of(made.aggregates)

    def aggregation(
        self, schema: EventSchema, state: LearnedGroups | None = None
    ) -> EntityAggregation:
        """Return the aggregation, with what the options leave open taken from the schema.

        Raises:
            MissingOptionError: Neither options nor schema name the entity (EF323).
        """
        by = self.config.by or default_key(schema)
        time = self.config.time or schema.timestamp
        as_of = self.config.as_of
        specs = self._specs(schema, groups_of(self._groupings(), state))
        if self._of_run and time is None and not self._windowed(specs):
            as_of = None
        if as_of is not None and as_of.tzinfo is None:
            as_of = as_of.replace(tzinfo=UTC)
        return EntityAggregation(
            by=by,
            time=time,
            as_of=as_of,
            until=ends(schema, by),
            aggregates=specs,
            form=self.config.form,
        )

    def _teaching(self, frame: EventFrame) -> pl.LazyFrame:
        return evolve(self.aggregation(frame.schema), zone=frame.zone).counted(frame.lazy)

    def _groupings(self) -> tuple[GroupingOptions | None, ...]:
        return read_groupings(self.config.groups)

    def _windowed(self, specs: Sequence[AggregateSpec]) -> bool:
        return bool(self.config.windows) or any(spec.window.start is not None for spec in specs)

    def _specs(self, schema: EventSchema, groups: Sequence[Group | None]) -> list[AggregateSpec]:
        asked = self.config.aggregates or default_aggregates(schema)
        windows = self.config.windows
        return [
            spec
            for i, (name, options) in enumerate(asked.items())
            for spec in options.specs(
                name, windows, groups, key=f"aggregates.{i if self._listed else name}"
            )
        ]


def rules(
    made: EntityAggregation, found: Mapping[str, pl.DataType], *, late: str = "not before as_of"
) -> Iterator[Rejection]:
    """Yield why rows take no part; the same rows that `EntityAggregation` passes over."""
    for column in made.by:
        yield Rejection(f"no {column}", pl.col(column).is_null())
    if made.as_of is not None and made.time is not None:
        yield Rejection(f"no {made.time}", pl.col(made.time).is_null())
        early = before(made.time, found[made.time], made.as_of, made.zone)
        yield Rejection(late, early.not_())
        for end in made.until:
            over = ended(end, found[end], made.as_of, made.zone)
            yield Rejection(f"{end} after as_of", over.not_())
