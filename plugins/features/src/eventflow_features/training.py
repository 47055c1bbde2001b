"""The step `features.training`: features and labels at many cut-offs, in one pass."""

from __future__ import annotations

from copy import copy
from datetime import datetime  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
from attrs import evolve
from pydantic import Field, field_validator

from eventflow.moments import literal
from eventflow.schema import EventSchema
from eventflow.types import Locality, Rows, aggregate
from eventflow_features.aggregation import FeatureAggregationStep, rules
from eventflow_features.cutoffs import MOST, Cutoff, CutoffRange, LabelOptions, cutoffs_of, listed
from eventflow_features.dictionary import Dictionary
from eventflow_features.errors import MissingOptionError, NameTakenError, require_columns
from eventflow_features.specs import AggregateSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.blueprint import FeatureSpec
    from eventflow.frame import EventFrame
    from eventflow_features.entity import EntityAggregation
    from eventflow_features.grouping import LearnedGroups

CUTOFF = "cutoff"
_CUTOFFS = "cutoffs"
_SEEN = "__eventflow_seen"


class TrainingSetStep(FeatureAggregationStep):
    """One row per entity and cut-off: features from before it, labels from a window after it.

    Needs event rows; returns the key columns, ``cutoff``, one column per aggregate and window, and
    one per label. Features are what `features.aggregate` gives with the cut-off as its `as_of`:
    windows are ``[cutoff - W, cutoff)``. Labels see ``[cutoff, cutoff + L)``: no event is in
    both. An entity has a row for each cut-off before which it has an event; without an event in the
    label window its labels are those of no rows: counts and sums 0, everything else null.

    A cut-off whose label window is not over at `as_of`, or that lies after it, gives no row.
    ``cutoff`` is an instant in the zone of the times, and the timestamp of what follows.

    Rows without a key or a time, and rows after everything that is asked for, are dropped and
    counted; the others are folded. Groups that are not listed are learned before the first cut-off.

    All cut-offs are computed in one pass over the events; memory grows with entities × cut-offs ×
    columns, not with rows, but for aggregates that keep values.

    Raises while the plan is built: `SchemaError` (EF301), `ExpressionError` (EF320),
    `ValueTypeError` (EF321), `NameTakenError` (EF322), `MissingOptionError` (EF323),
    `GroupValueError` (EF324), `CutoffError` (EF325, no cut-off is over).
    """

    rows: ClassVar[Rows] = "unknown"

    class Config(FeatureAggregationStep.Config):
        """Options.

        Attributes:
            by: Columns that identify the entity; the schema's entity if not given.
            time: Column of the event time; the schema's timestamp if not given.
            as_of: Up to when events are known; bound by the run if not given. Naive: UTC.
            windows: Windows of features, before each cut-off: ``7d``, ``60d..30d``, ``all``.
            groups: Groups of features, as in `features.aggregate`.
            aggregates: Features, name → what, as in `features.aggregate`.
            form: How it is computed: in ``tiles``, with ``masks``, or ``auto``.
            cutoffs: Moments, or ``{every: 1mo, from: 2024-01-01, to: 2024-06-01}``. Naive: UTC.
            labels: ``{window: 30d, aggregates: {bought: count}}``; none if not given.
        """

        cutoffs: CutoffRange | tuple[datetime, ...]
        labels: LabelOptions | None = Field(default=None)

        @field_validator("cutoffs")
        @classmethod
        def _some_cutoffs(cls, value: Any) -> Any:
            if not isinstance(value, CutoffRange) and not 1 <= len(value) <= MOST:
                msg = f"list 1 to {MOST:,} cut-offs"
                raise ValueError(msg)
            return value

    moment: datetime | None = None
    """The moment of the run, once the step is bound to it."""

    def __init__(self, **options: Any) -> None:
        """Validate the options, and keep whether the labels were written as a list."""
        super().__init__(**options)
        labels = options.get("labels")
        written = labels.get("aggregates") if isinstance(labels, dict) else None
        self._labels_listed = isinstance(written, (list, tuple))

    @property
    def locality(self) -> Locality:
        """Folds rows per entity and cut-off."""
        by = self.config.by
        return aggregate(*by, CUTOFF) if by else aggregate()

    def at(self, as_of: datetime) -> TrainingSetStep:
        """Return this step as of a moment, unless its options already name one."""
        if self.config.as_of is not None:
            return self
        bound = copy(self)
        bound.moment = as_of
        return bound

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Key, time, and what features and labels name."""
        features = super().reads(schema, columns) or frozenset()
        return features.union(*(spec.columns() for spec in self._labels()))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Return one row per entity and cut-off, lazily."""
        features = self._features(frame, state)
        labels, cutoffs = self._labels(), self._cutoffs(frame)
        names = [spec.name for spec in (*features.aggregates, *labels)]
        taken = [*features.by, CUTOFF, *names]
        if twice := {name for name in taken if taken.count(name) > 1}:
            raise NameTakenError.twice(twice, key="aggregates")
        whole = evolve(
            features,
            as_of=max(cutoff.end for cutoff in cutoffs),
            aggregates=_everywhere(cutoffs, features.aggregates, labels),
        )
        late = "after the last " + ("label window" if labels else "cut-off")
        counted = frame.reject(*rules(whole, frame.columns(), late=late))
        dtype = _instants(frame.columns()[str(whole.time)], frame.zone)
        long = _long(whole.fold(counted.lazy), features.by, cutoffs, names, dtype)
        return counted.with_lazy(long, schema=_schema(frame.schema, frozenset(features.by)))

    def describe(self, frame: EventFrame, state: Any) -> tuple[FeatureSpec, ...]:
        """Return the feature dictionary: features before the cut-off, labels after it."""
        made, labels = self.aggregation(frame.schema, state), self.config.labels
        told = Dictionary(frame.schema, frame.columns(), made.time, CUTOFF)
        ahead = told.ahead(self._labels(), labels.window) if labels else ()
        return (*told.of(made.aggregates), *ahead)

    def _features(self, frame: EventFrame, state: LearnedGroups | None) -> EntityAggregation:
        made = self.aggregation(frame.schema, state)
        require_columns(made.by, frame.columns(), key="by")
        if made.time is None:
            raise MissingOptionError.time(_CUTOFFS)
        require_columns([made.time], frame.columns(), key="time")
        return evolve(made, zone=frame.zone)

    def _teaching(self, frame: EventFrame) -> pl.LazyFrame:
        first = self._cutoffs(frame)[0]
        return evolve(self._features(frame, None), as_of=first.at).counted(frame.lazy)

    def _cutoffs(self, frame: EventFrame) -> list[Cutoff]:
        time = self._features(frame, None).time
        dtype, asked, labels = frame.columns()[str(time)], self.config.cutoffs, self.config.labels
        ranged = isinstance(asked, CutoffRange)
        moments = asked.moments(dtype, frame.zone) if ranged else listed(asked)
        as_of = self.config.as_of or self.moment
        return cutoffs_of(moments, labels and labels.window, as_of, dtype, frame.zone)

    def _labels(self) -> list[AggregateSpec]:
        labels = self.config.labels
        return [
            spec
            for i, (name, options) in enumerate((labels.aggregates if labels else {}).items())
            for spec in options.specs(
                name, (), key=f"labels.aggregates.{i if self._labels_listed else name}"
            )
        ]


def _everywhere(
    cutoffs: Sequence[Cutoff], features: Sequence[AggregateSpec], labels: Sequence[AggregateSpec]
) -> Iterator[AggregateSpec]:
    """Yield what is computed at each cut-off, named after both."""
    for i, cutoff in enumerate(cutoffs):
        yield AggregateSpec(name=_named(i, _SEEN), window=cutoff.everything())
        for spec in features:
            yield evolve(spec, name=_named(i, spec.name), window=cutoff.past(spec.window))
        for spec in labels:
            yield evolve(spec, name=_named(i, spec.name), window=cutoff.future())


def _named(number: int, name: str) -> str:
    return f"{number} {name}"


def _long(
    wide: pl.LazyFrame,
    by: Sequence[str],
    cutoffs: Sequence[Cutoff],
    names: Sequence[str],
    dtype: pl.Datetime,
) -> pl.LazyFrame:
    """Turn one row per entity into one per entity and cut-off; none where nothing was before.

    One selection for each cut-off: lists of structs, taken apart, take 150 times as long.
    """
    once = wide.cache()
    return pl.concat(
        [
            once.filter(pl.col(_named(i, _SEEN)) > 0).select(
                *by,
                literal(cutoff.at, dtype).alias(CUTOFF),
                *(pl.col(_named(i, name)).alias(name) for name in names),
            )
            for i, cutoff in enumerate(cutoffs)
        ],
        how="vertical",
    )


def _instants(dtype: pl.DataType, zone: str) -> pl.Datetime:
    own = dtype.time_zone if isinstance(dtype, pl.Datetime) else None
    return pl.Datetime("us", own or zone)


def _schema(schema: EventSchema, by: frozenset[str]) -> EventSchema:
    kept = schema.kept(by)
    return EventSchema(**{**dict(kept.roles()), "timestamp": CUTOFF}, columns=kept.columns)
