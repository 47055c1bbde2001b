"""The step `time.ewma`: a mean of the past in which recent events weigh more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import polars as pl
from pydantic import Field, model_validator

from eventflow.config.types import Duration  # noqa: TC001 - pydantic reads it
from eventflow_time.errors import UnfitColumnError, require_columns, require_free
from eventflow_time.history import History, HistoryConfig, HistoryStep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.frame import EventFrame
    from eventflow.types import Rows


class TemporalEwmaStep(HistoryStep):
    """Exponentially weighted mean of an entity's earlier values: ``amount_ewma``.

    The recursive form, which a live update can go on with from one number: ``y = x`` for the first
    value, then ``y = (1 - a) * y + a * x`` (pandas' and Polars' ``adjust=False``). A row is told
    ``y`` as it stood after the events strictly before it.

    - with `alpha`, or `span` (``a = 2 / (span + 1)``), every event weighs alike however long after
      the last it came; simultaneous events count from the smallest value to the largest;
    - with `half_life`, ``a = 1 - 2 ** (-dt / half_life)`` for the time ``dt`` since the last known
      value; simultaneous events count once, by their mean.

    Unit: that of the column. dtype: f64. Null values are passed over. Null: no earlier value, no
    entity, no time. Parity: close(1e-9). Source: Hunter (1986), "The exponentially weighted moving
    average"; for uneven times Polars' ``ewm_mean_by``.

    Raises while the plan is built: `SchemaError` (EF301), `UnknownHistoryError` (EF330),
    `UnfitColumnError` (EF331), `ColumnTakenError` (EF332).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(HistoryConfig):
        """Options; exactly one of `alpha`, `span` and `half_life`.

        Attributes:
            columns: Columns of numbers.
            alpha: Weight of the newest value, above 0 and at most 1.
            span: The same by the span of a moving average: ``alpha = 2 / (span + 1)``.
            half_life: Time after which a value weighs half as much: ``7d`` (24 hours a day).
            by: Columns that identify the entity; the schema's entity if not given; ``[]``: one
                series.
            time: Column of the event time; the schema's timestamp if not given.
            tie_break: Columns that order events of one time.
        """

        columns: tuple[str, ...] = Field(min_length=1)
        alpha: float | None = Field(default=None, gt=0, le=1)
        span: float | None = Field(default=None, ge=1)
        half_life: Duration | None = None

        @model_validator(mode="after")
        def _one_decay(self) -> Self:
            if sum(v is not None for v in (self.alpha, self.span, self.half_life)) != 1:
                msg = "give alpha, span or half_life, one of the three"
                raise ValueError(msg)
            if self.half_life is not None and self.half_life.total_seconds() <= 0:
                msg = "half_life must be longer than nothing"
                raise ValueError(msg)
            return self

    def named(self) -> Sequence[str]:
        """Columns it averages."""
        return tuple(self.config.columns)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Add the columns, lazily."""
        del state
        history, found = self.history(frame), frame.columns()
        require_columns(self.config.columns, found, key="columns")
        for column in self.config.columns:
            if not found[column].is_numeric():
                raise UnfitColumnError.of_value(column, found[column], "numbers")
        made = {f"{c}_ewma": self._averaged(history, c) for c in self.config.columns}
        require_free(made, found, key="columns")
        return frame.with_lazy(frame.lazy.with_columns(**made))

    def _averaged(self, history: History, column: str) -> pl.Expr:
        values = pl.col(column).cast(pl.Float64)
        if self.config.half_life is not None:
            once = values.mean().over([*history.by, history.instant])
            decayed = once.ewm_mean_by(history.steady, half_life=self.config.half_life)
            return history.told(history.back(decayed.forward_fill()), column)
        alpha = self.config.alpha or 2 / (self.config.span + 1)
        mean = values.ewm_mean(alpha=alpha, adjust=False, ignore_nulls=True)
        return history.told(history.back(mean.forward_fill()), column)
