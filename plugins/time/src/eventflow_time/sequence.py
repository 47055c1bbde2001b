"""The step `time.sequence`: the n-th event, the last values, and how far along a funnel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator, model_validator

from eventflow.config.types import Duration  # noqa: TC001 - pydantic reads it
from eventflow_time.errors import UnfitColumnError, require_columns, require_free
from eventflow_time.history import History, HistoryConfig, HistoryStep

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import timedelta

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema
    from eventflow.types import Rows


class FunnelOptions(BaseModel):
    """A funnel: kinds of event in the order in which they must come.

    Attributes:
        steps: Values of the column, the first step first.
        column: Column that says what kind of event it is; the schema's event type if not given.
        within: Time from the first step in which the others must follow, half-open; none: any.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[str | int, ...] = Field(min_length=1)
    column: str | None = None
    within: Duration | None = None

    @field_validator("within")
    @classmethod
    def _longer_than_nothing(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value.total_seconds() <= 0:
            msg = "within must be longer than nothing"
            raise ValueError(msg)
        return value


class TemporalSequenceStep(HistoryStep):
    """Where an event stands in its entity's sequence.

    | column | what | dtype | null |
    |---|---|---|---|
    | event_number | 1 + events of the entity strictly before | i64 | no entity, no time |
    | COLUMN_last_K | up to K known values strictly before, the newest last | list | as above |
    | FUNNEL_stage | steps of the funnel done strictly before, 0 to all of them | i64 | as above |

    Simultaneous events do not see one another; those that others look back on are in the order of
    their values. A funnel's steps need not follow one another at once. A step is done when its kind
    of event comes strictly after the step before it and, with `within`, less than that after its
    first step; of several chains the one that started last counts (as ClickHouse's
    ``windowFunnel``). A stage once reached stays reached. Parity: exact.

    Raises while the plan is built: `SchemaError` (EF301), `UnknownHistoryError` (EF330),
    `UnfitColumnError` (EF331), `ColumnTakenError` (EF332).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(HistoryConfig):
        """Options; at least one thing must be asked for.

        Attributes:
            number: Name of the column that numbers an entity's events; none: it is not made.
            last: Column → how many of its last values are wanted.
            funnels: Name → ``{steps: [view, cart, buy], within: 7d}``.
            by: Columns that identify the entity; the schema's entity if not given; ``[]``: one
                series.
            time: Column of the event time; the schema's timestamp if not given.
            tie_break: Columns that order events of one time.
        """

        number: str | None = "event_number"
        last: dict[str, PositiveInt] = Field(default_factory=dict)
        funnels: dict[str, FunnelOptions] = Field(default_factory=dict)

        @model_validator(mode="after")
        def _something(self) -> Self:
            if self.number is None and not self.last and not self.funnels:
                msg = "nothing is asked for: give number, last or funnels"
                raise ValueError(msg)
            return self

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Entity, time, tie-break, and what the options name."""
        read = super().reads(schema, columns)
        kinds = {_kind(funnel, schema) for funnel in self.config.funnels.values()}
        return None if read is None else read | kinds | set(self.config.last)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        history, found = self.history(frame), frame.columns()
        require_columns(self.config.last, found, key="last")
        made = list(self._features(history))
        names = [*(n for n, _ in made), *(f"{name}_stage" for name in self.config.funnels)]
        require_free(names, found, key="number")
        lazy = frame.lazy.with_columns(**dict(made))
        for name, funnel in self.config.funnels.items():
            kind = _kind(funnel, frame.schema)
            require_columns([kind], found, key=f"funnels.{name}.column")
            matches = [pl.col(kind) == _as(found[kind], s, kind, name) for s in funnel.steps]
            lazy = _staged(lazy, history, kind, matches, funnel.within, f"{name}_stage")
        return frame.with_lazy(lazy)

    def _features(self, history: History) -> Iterator[tuple[str, pl.Expr]]:
        if self.config.number is not None:
            yield self.config.number, history.told(history.earlier + 1)
        for column, count in self.config.last.items():
            yield f"{column}_last_{count}", _last(history, column, count)


def _last(history: History, column: str, count: int) -> pl.Expr:
    """Return the last known values before each row, as a list."""
    known = pl.col(column).drop_nulls()
    behind = pl.col(column).is_not_null().cum_sum()
    earlier = history.earlier
    seen = behind.gather(pl.when(earlier >= 1).then(earlier - 1)).fill_null(0).cast(pl.Int64)
    values = [
        history.told(known.gather(pl.when(seen >= k).then(seen - k)), column)
        for k in range(count, 0, -1)
    ]
    return pl.when(history.known).then(pl.concat_list(values).list.drop_nulls())


def _staged(  # noqa: PLR0913, PLR0917 - one funnel, told in full
    lazy: pl.LazyFrame,
    history: History,
    kind: str,
    matches: Sequence[pl.Expr],
    within: timedelta | None,
    name: str,
) -> pl.LazyFrame:
    """Add the number of steps done before each row.

    For each step a column holds the start of the newest chain that has come so far, up to and
    including the row; the next step looks at what it was strictly before.
    """
    columns = [f"__eventflow_stage_{i}" for i in range(len(matches))]
    at = history.instant
    for i, (column, match) in enumerate(zip(columns, matches, strict=True)):
        if i == 0:
            chain = pl.when(match).then(at)
        else:
            before = history.back(pl.col(columns[i - 1]))
            fits = match if within is None else match & (at - before < within)
            chain = pl.when(fits).then(before)
        lazy = lazy.with_columns(history.told(chain.forward_fill(), kind).alias(column))
    done = sum(
        (history.told(history.back(pl.col(c)), kind).is_not_null().cast(pl.Int64) for c in columns),
        start=pl.lit(0, pl.Int64),
    )
    return lazy.with_columns(pl.when(history.known).then(done).alias(name)).drop(columns)


def _kind(funnel: FunnelOptions, schema: EventSchema) -> str:
    return funnel.column or schema.event_type or "event_type"


def _as(dtype: pl.DataType, step: str | int, column: str, name: str) -> pl.Expr:
    """Return a step as a value of the column."""
    text = dtype in (pl.String, pl.Categorical, pl.Enum)
    if text and isinstance(step, str):
        return pl.lit(step)
    if dtype.is_integer() and isinstance(step, int):
        return pl.lit(step)
    raise UnfitColumnError.of_value(column, dtype, f'values like "{step}"', key=f"funnels.{name}")
