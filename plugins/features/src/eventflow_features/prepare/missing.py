"""The step `prepare.missing`: fill what is missing, or drop the rows, and say where it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

import polars as pl
from attrs import frozen
from pydantic import Field

from eventflow.base import BaseStep, ComponentConfig
from eventflow.frame import EventFrame, Rejection
from eventflow.types import ROW, Locality, Rows, ordered
from eventflow_features.errors import MissingOptionError, require_columns
from eventflow_features.prepare.choice import Choice, Family, require_free
from eventflow_features.prepare.filling import (
    Known,
    carried_forward,
    checked_constant,
    learnable,
    literal_of,
    statistic,
    suits,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow.schema import EventSchema

Strategy = Literal["auto", "drop", "mean", "median", "mode", "constant", "forward", "none"]
_LEARNED: Final = frozenset({"auto", "mean", "median", "mode"})
_SUFFIX: Final = "_missing"


@frozen(kw_only=True)
class MissingState:
    """What was learned.

    Attributes:
        values: Column → value that fills it; None where no value was known. Times are in ticks of
            their dtype, decimals as text.
    """

    values: dict[str, bool | int | float | str | None]


class MissingStep(BaseStep):
    """Fill missing values with what was learned on the fitting data.

    Shape: the same columns and dtypes, and a Boolean ``COLUMN_missing`` for each indicator.

    ``auto`` takes, by dtype: for floats and decimals the mean where the column is about symmetric
    (skewness from -1 to 1 when fitting), else the median; for integers the median; for text,
    categories, enums and Booleans the mode; times it leaves alone, since an invented time would
    move events. ``mean`` and ``median`` (linear, as scikit-learn's SimpleImputer) of integers are
    rounded half to even, to keep the dtype. ``mode`` is the most frequent value, of equals the
    smallest, as there. ``forward`` is the last value that the same entity had before the row's
    time; rows of the same time do not fill one another; nothing fills an entity's first rows, nor
    rows without entity or time. Infinities take no part in mean and skewness; NaN is not missing
    (frames hold none). A column without any value when fitting stays as it is. ``drop`` takes out
    rows before anything is filled.

    Raises while the plan is built: `SchemaError` (EF301), `UnsuitableColumnError` (EF340),
    `MissingOptionError` (EF323), `NameTakenError` (EF322).
    """

    rows: ClassVar[Rows] = "accounted"
    fixed_schema: ClassVar[bool] = True

    class Config(ComponentConfig):
        """Options.

        Attributes:
            strategy: How columns are filled for which nothing else is said.
            columns: Columns to fill, or column → strategy; every column if neither this nor
                `dtypes` is given, but for entity and timestamp.
            dtypes: Family of dtypes (integer, float, number, text, boolean, time) → strategy.
            exclude: Columns to leave alone.
            values: Column → the value of ``constant``; times as ISO text.
            indicators: Columns that get a column ``COLUMN_missing``, or ``all`` that are treated.
            by: Entity of ``forward``; the schema's if not given.
            time: Time of ``forward``; the schema's timestamp if not given.
            tie_break: Columns that decide between values of one entity and time; then the largest.
            outcome: What becomes of rows that are dropped.
        """

        strategy: Strategy = "auto"
        columns: dict[str, Strategy] | tuple[str, ...] | None = None
        dtypes: dict[Family, Strategy] = Field(default_factory=dict)
        exclude: tuple[str, ...] = ()
        values: dict[str, bool | int | float | str] = Field(default_factory=dict)
        indicators: Literal["all"] | tuple[str, ...] = ()
        by: str | None = None
        time: str | None = None
        tie_break: tuple[str, ...] = ()
        outcome: Literal["dropped", "quarantined"] = "dropped"

    @property
    def locality(self) -> Locality:
        """Each row alone, once fitted; filling forward needs an entity's rows in time order."""
        config = self.config
        columns = config.columns.values() if isinstance(config.columns, dict) else ()
        if "forward" not in {config.strategy, *columns, *config.dtypes.values()}:
            return ROW
        if config.by is None or config.time is None:
            return Locality("ordered", (config.by,) if config.by else (), config.time)
        return ordered(config.by, time=config.time)

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Needs the columns it fills, and entity and time; cannot say when dtypes decide."""
        del columns
        named = self._choice().reads()
        if named is None or self.locality == ROW:
            return named
        keys = {self.config.by or schema.entity, self.config.time or schema.timestamp}
        return named | {key for key in keys if key is not None} | set(self.config.tie_break)

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Return one row: per column the value that fills it, or what `auto` decides by."""
        found = frame.columns()
        learned = {c: m for c, m in self._methods(frame).items() if m in _LEARNED}
        wanted = [statistic(c, m, found[c]).alias(c) for c, m in learned.items()]
        return frame.lazy.select(wanted) if wanted else None

    def fit(self, statistics: pl.DataFrame) -> MissingState:
        """Keep the values."""
        found = statistics.row(0, named=True)
        return MissingState(values={column: learnable(value) for column, value in found.items()})

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Drop, then fill and mark, lazily."""
        methods = self._methods(frame)
        if not methods:
            return frame
        drops = [
            Rejection(f"no {column}", pl.col(column).is_null(), self.config.outcome)
            for column, method in methods.items()
            if method == "drop"
        ]
        kept = frame.reject(*drops) if drops else frame
        filled = self._filled(frame, methods, state.values if state is not None else {})
        return kept.pipe(lambda lazy: lazy.with_columns(**filled, **self._marks(frame, methods)))

    def _filled(
        self, frame: EventFrame, methods: Mapping[str, str], learned: Mapping[str, Known]
    ) -> dict[str, pl.Expr]:
        found, out = frame.columns(), {}
        for column, method in methods.items():
            if method == "forward":
                by, time = self._keys(frame)
                out[column] = carried_forward(column, by, time, self.config.tie_break)
            elif method == "constant":
                out[column] = pl.col(column).fill_null(self._constant(column, found[column]))
            elif learned.get(column) is not None:
                value = literal_of(learned[column], found[column])
                out[column] = pl.col(column).fill_null(value)
        return out

    def _marks(self, frame: EventFrame, methods: Mapping[str, str]) -> dict[str, pl.Expr]:
        asked = self.config.indicators
        columns = tuple(methods) if asked == "all" else asked
        require_columns(columns, frame.columns(), key="indicators")
        marks = {column + _SUFFIX: pl.col(column).is_null() for column in columns}
        require_free(marks, frame.columns(), key="indicators")
        return marks

    def _constant(self, column: str, dtype: pl.DataType) -> pl.Expr:
        value = self.config.values.get(column)
        if value is None:
            raise MissingOptionError.lacking(method="constant", option=f"values.{column}")
        return checked_constant(value, column, dtype)

    def _keys(self, frame: EventFrame) -> tuple[str, str]:
        by = self.config.by or frame.schema.entity
        time = self.config.time or frame.schema.timestamp
        if by is None:
            raise MissingOptionError.lacking(method="forward", option="by", role="entity")
        if time is None:
            raise MissingOptionError.lacking(method="forward", option="time", role="timestamp")
        require_columns((by, time, *self.config.tie_break), frame.columns(), key="by")
        return by, time

    def _choice(self) -> Choice:
        config = self.config
        return Choice(config.strategy, config.columns, config.dtypes, config.exclude)

    def _methods(self, frame: EventFrame) -> dict[str, str]:
        found = frame.columns()
        methods = self._choice().methods(frame, lambda dtype: not dtype.is_nested())
        return {c: m for c, m in methods.items() if m != "none" and suits(c, m, found[c])}
