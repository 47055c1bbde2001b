"""The step `prepare.encode`: categories become numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

import polars as pl
from pydantic import Field

from eventflow.base import BaseStep, ComponentConfig
from eventflow.config.types import Duration  # noqa: TC001 - pydantic reads it at run time
from eventflow.types import ROW, WHOLE, Locality, Rows
from eventflow_features.errors import MissingOptionError, require_columns
from eventflow_features.prepare import categories as cat
from eventflow_features.prepare.choice import Choice, is_text, require_free, rewritten
from eventflow_features.prepare.errors import (
    UnreadableFoldsError,
    UnsuitableColumnError,
)
from eventflow_features.prepare.fitting import EncodeState, Fitting
from eventflow_features.prepare.past import Clock, with_past_means

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow.frame import EventFrame
    from eventflow.schema import EventSchema

Method = Literal["auto", "label", "one_hot", "target", "target_ordered", "frequency", "none"]
_SUPERVISED: Final = frozenset({"target", "target_ordered"})


class EncodeStep(BaseStep):
    """Encode categories as numbers, with categories and statistics of the fitting data.

    Shape: the same rows. ``label``, ``target``, ``target_ordered`` and ``frequency`` replace a
    column under its name; ``one_hot`` replaces it by columns ``COLUMN_CATEGORY`` at the end.

    - ``label``: Int32, 0 to n - 1 in the order of the sorted categories (numbers by value).
      Unseen: -1; null: null.
    - ``one_hot``: UInt8, one column for each category in sorted order. Beyond `limit` columns, or
      below `minimum_rows`, the least frequent (of equals the last in order) share a column
      ``COLUMN_rare``. Unseen: rare, if there is such a column, else all 0; null: all 0.
    - ``frequency``: Float64, share of the fitting data's rows that have a value. Unseen: 0;
      null: null.
    - ``target``: Float64, mean of the target shrunk towards its overall mean: with a number as
      `smoothing` m, (sum + m·mean)/(n + m); ``auto`` is the empirical Bayes estimate (Micci-Barreca
      2001), as scikit-learn's TargetEncoder. Cross-fitted: a row whose target is known is encoded
      from the rows outside its fold, folds being dealt by a hash of `key`; a row whose target is
      unknown, and data without the target, from all. Unseen: the overall mean; null is a category.
    - ``target_ordered``: Float64, (past sum + m·prior)/(past n + m) over rows of the category whose
      target was known before the row's time, the prior being the mean over all categories then
      (Prokhorenkova et al. 2018), m = 1 unless `smoothing` says otherwise. Rows after the fitting
      data also count that. Null where nothing is past and no `prior` is given; null: null.
    - ``auto``: label for at most two categories, one_hot for at most `limit`, else target where one
      is named, else frequency.

    Raises while the plan is built: `SchemaError` (EF301), `UnsuitableColumnError` (EF340, floats
    are no categories; a target is numbers or Booleans), `MissingOptionError` (EF323),
    `NameTakenError` (EF322), `UnreadableFoldsError` (EF341).
    """

    rows: ClassVar[Rows] = "kept"

    class Config(ComponentConfig):
        """Options.

        Attributes:
            method: How columns are encoded for which nothing else is said.
            columns: Columns to encode, or column → method; every text, category and enum if not
                given, but for entity, timestamp and target.
            exclude: Columns to leave alone.
            limit: Most columns of ``one_hot``, the rare one included.
            minimum_rows: Categories of fewer rows are rare.
            categories: Column → the categories of ``label`` and ``one_hot``, instead of learned.
            target: Column of numbers or Booleans that ``target`` and ``target_ordered`` average.
            smoothing: Weight of the overall mean, in rows.
            folds: Number of folds of ``target``; 1 encodes every row from all rows.
            key: Columns whose hash deals rows to folds: rows that share a key share a fold; the
                schema's entity if not given.
            seed: Number that changes the folds.
            time: Time of ``target_ordered``; the schema's timestamp if not given.
            known_after: How long after a row's time its target is known.
            prior: Mean that ``target_ordered`` starts from when nothing is past.
        """

        method: Method = "auto"
        columns: dict[str, Method] | tuple[str, ...] | None = None
        exclude: tuple[str, ...] = ()
        limit: int = Field(default=20, ge=2)
        minimum_rows: int = Field(default=1, ge=1)
        categories: dict[str, tuple[str, ...]] = Field(default_factory=dict)
        target: str | None = None
        smoothing: float | Literal["auto"] = "auto"
        folds: int = Field(default=5, ge=1, le=100)
        key: tuple[str, ...] | None = None
        seed: int = Field(default=0, ge=0)
        time: str | None = None
        known_after: Duration | None = None
        prior: float | None = None

    @property
    def locality(self) -> Locality:
        """Each row alone, once fitted; time-ordered statistics need every row before."""
        return WHOLE if "target_ordered" in self._asked() else ROW

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Needs the columns it encodes, target, key and time; cannot say when dtypes decide."""
        named = self._choice().reads()
        if named is None or self.config.target is None:
            return named
        more = {self.config.target, *self._key_of(schema), self._time_of(schema)}
        return named | {column for column in more if column in columns}

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Return one row for each column and category (and fold): rows, and target statistics."""
        methods = self._methods(frame)
        if not methods:
            return None
        found = frame.columns()
        told = cat.marker({c: (m, found[c]) for c, m in methods.items()})
        return pl.concat([told, *(self._counts(frame, c, m) for c, m in methods.items())])

    def _counts(self, frame: EventFrame, column: str, method: str) -> pl.LazyFrame:
        if method == "target_ordered":
            target, clock = self._target(frame), self._clock(frame)
            return cat.target_counts(frame.lazy, column, target, clock=clock)
        if method == "target" or (method == "auto" and self.config.target):
            target, fold = self._target(frame), self._fold(frame)
            return cat.target_counts(frame.lazy, column, target, fold=fold)
        return cat.counts(frame.lazy, column)

    def fit(self, statistics: pl.DataFrame) -> EncodeState:
        """Choose the methods that were left open, and each column's codes."""
        config = self.config
        fitting = Fitting(
            limit=config.limit,
            minimum_rows=config.minimum_rows,
            categories=config.categories,
            supervised=config.target is not None,
            smoothing=config.smoothing,
            folds=config.folds,
        )
        return fitting.state(statistics, probe=cat.probe(config.seed))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Encode, lazily."""
        methods = self._methods(frame)
        if not methods:
            return frame
        codes = {c: state.columns[c] for c in methods if c in state.columns}
        made: dict[str, pl.Expr] = {}
        gone = [c for c, code in codes.items() if code.method == "one_hot"]
        for column, code in codes.items():
            if code.method == "target":
                made[column] = cat.target_means(column, code, *self._slot(frame, column, state))
            elif code.method != "target_ordered":
                made |= cat.encoded(column, code)
        require_free(made.keys() - codes.keys(), set(frame.columns()) - set(gone), key="columns")
        lazy, temporary = frame.lazy, list[str]()
        if past := {c: code for c, code in codes.items() if code.method == "target_ordered"}:
            lazy, means, temporary = with_past_means(lazy, past, self._past(frame, state))
            made |= means
        lazy = lazy.with_columns(**made).drop(*gone, *temporary)
        floats = [c for c, code in codes.items() if code.method not in {"one_hot", "label"}]
        return frame.with_lazy(lazy, schema=_schema(frame.schema, codes, [*gone, *floats]))

    def _slot(
        self, frame: EventFrame, column: str, state: EncodeState
    ) -> tuple[pl.Expr | None, int]:
        """Return which fold a row was in when fitting; None where no row's target is known."""
        folds = self.config.folds
        if folds == 1 or self.config.target not in frame.columns():
            return None, folds
        if state.probe != cat.probe(self.config.seed):
            raise UnreadableFoldsError.by_hash(column)
        return pl.when(self._target(frame).is_not_null()).then(self._fold(frame)), folds

    def _past(self, frame: EventFrame, state: EncodeState) -> Clock:
        config = self.config
        return Clock(
            time=self._clock(frame),
            target=self._target(frame) if config.target in frame.columns() else None,
            until=state.until,
            delay=int(config.known_after.total_seconds() * 1e6) if config.known_after else 0,
            weight=1.0 if config.smoothing == "auto" else config.smoothing,
            prior=config.prior,
        )

    def _target(self, frame: EventFrame) -> pl.Expr:
        name, found = self.config.target, frame.columns()
        require_columns((name,), found, key="target")
        if not (found[name].is_numeric() or found[name] == pl.Boolean):
            raise UnsuitableColumnError.of_method(
                name,
                found[name],
                method="target encoding",
                wanted="a target of numbers or Booleans",
            )
        values = pl.col(name)
        if found[name].is_float():
            values = pl.when(values.is_finite()).then(values)
        return values.cast(pl.Float64)

    def _fold(self, frame: EventFrame) -> pl.Expr | None:
        if self.config.folds == 1:
            return None
        key = self._key_of(frame.schema)
        if not key:
            raise MissingOptionError.lacking(method="target encoding", option="key", role="entity")
        require_columns(key, frame.columns(), key="key")
        return cat.fold(key, self.config.folds, self.config.seed)

    def _clock(self, frame: EventFrame) -> pl.Expr:
        time, found = self._time_of(frame.schema), frame.columns()
        if time is None:
            raise MissingOptionError.lacking(
                method="target_ordered", option="time", role="timestamp"
            )
        require_columns((time,), found, key="time")
        if found[time] not in (pl.Date, pl.Datetime):
            raise UnsuitableColumnError.of_method(
                time, found[time], method="target_ordered", wanted="a date or a time as time"
            )
        return pl.col(time).dt.epoch("us")

    def _key_of(self, schema: EventSchema) -> tuple[str, ...]:
        if self.config.key is not None:
            return tuple(self.config.key)
        return (schema.entity,) if schema.entity else ()

    def _time_of(self, schema: EventSchema) -> str | None:
        return self.config.time or schema.timestamp

    def _asked(self) -> set[str]:
        columns = self.config.columns
        if isinstance(columns, dict):
            return set(columns.values())
        return {self.config.method}

    def _choice(self) -> Choice:
        config = self.config
        exclude = (*config.exclude, *((config.target,) if config.target else ()))
        return Choice(config.method, config.columns, exclude=exclude)

    def _methods(self, frame: EventFrame) -> dict[str, str]:
        found = frame.columns()
        methods = {c: m for c, m in self._choice().methods(frame, is_text).items() if m != "none"}
        for column, method in methods.items():
            if not (is_text(found[column]) or found[column].is_integer()
                    or found[column] == pl.Boolean):  # fmt: skip
                raise UnsuitableColumnError.of_method(
                    column,
                    found[column],
                    method=method,
                    wanted="text, integers or Booleans as categories",
                )
            if method in _SUPERVISED and self.config.target is None:
                raise MissingOptionError.lacking(method=method, option="target")
        return methods


def _schema(
    schema: EventSchema, changed: Mapping[str, object], roleless: Sequence[str]
) -> EventSchema:
    """Drop constraints of encoded columns, and the roles that their new dtypes cannot have."""
    kept = rewritten(schema, changed, gone=roleless)
    names = {name for _, name in kept.roles()} | set(kept.columns)
    return kept.kept(frozenset(names))
