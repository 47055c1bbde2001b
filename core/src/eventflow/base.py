"""Base classes for components: everything that has a sensible default, filled in.

Subclass the one of your kind, write a `Config`, and override what your component is about.
"""

from __future__ import annotations

import re
from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
from attrs import evolve

from eventflow.blueprint import Compatibility, bind_fields
from eventflow.bus.base import BaseTransport
from eventflow.component import BaseComponent, ComponentConfig, lacks
from eventflow.context.made import made
from eventflow.context.schema import ContextSchema
from eventflow.frame import EventFrame, Rejection
from eventflow.moments import instant, moment
from eventflow.schema import EventMetadata
from eventflow.types import ROW, aggregate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pydantic import BaseModel

    from eventflow.blueprint import Binding, FeatureSpec, FieldSpec
    from eventflow.context.joining import JoinReads
    from eventflow.errors import EventflowError
    from eventflow.quality import Verdict
    from eventflow.schema import EventSchema
    from eventflow.tracking import Dataset
    from eventflow.types import Locality, Rows, Step

__all__ = [
    "BaseAggregateStep", "BaseBlueprint", "BaseComponent", "BaseContextJoin", "BaseContextSource",
    "BaseEngine", "BaseSink", "BaseSource", "BaseStep", "BaseTracker", "BaseTransport",
    "BlueprintConfig", "ComponentConfig",
]  # fmt: skip

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z_]+")


class BaseSource(BaseComponent):
    """A source; override `scan`."""

    def scan(self) -> EventFrame:
        """Return the rows, lazily."""
        raise NotImplementedError(lacks(self, "scan"))

    def estimated_bytes(self) -> int | None:
        """Unknown unless overridden."""
        return None

    def fingerprint(self) -> str | None:
        """Unknown unless overridden."""
        return None

    def paths_read(self) -> Sequence[Path | str]:
        """Reads no path of its own, unless overridden."""
        return ()


class BaseContextSource(BaseSource):
    """A source of context (weather, demographics, prices); override `scan`.

    Example:
        >>> from eventflow import BaseContextSource, ContextSchema
        >>> class Districts(BaseContextSource):
        ...     context = ContextSchema(
        ...         key="district",
        ...         columns={"district": {"dtype": "str"}, "inhabitants": {"dtype": "i64"}},
        ...     )
        ...
        ...     def scan(self):
        ...         return self.frame(lambda: [{"district": "Mitte", "inhabitants": 397_134}])

    Attributes:
        context: What the columns mean: key, times, places, dtypes, units.
    """

    context: ClassVar[ContextSchema] = ContextSchema()

    def frame(self, data: Any, *, name: str | None = None) -> EventFrame:
        """Wrap rows as context, under the class's `context`.

        Args:
            data: A lazy frame, anything `EventFrame.of` takes; or a function that makes the rows
                when the plan is executed, whose dtypes `context.columns` gives.
            name: What the context is called in messages and in the ledger; the class's name if
                not given, ``acme_rates`` of ``AcmeRatesSource``.

        Raises:
            TypeError: Rows are made by a function, and `context.columns` lacks dtypes.
        """
        rows = made(data, self._dtypes()) if callable(data) else data
        schema = self.context
        words = _WORDS.findall(type(self).__name__.removesuffix("Source"))
        about = EventMetadata(
            dataset=name or "_".join(words).lower(), timezone=schema.timezone, crs=schema.crs
        )
        return evolve(EventFrame.of(rows), schema=schema, metadata=about)

    def _dtypes(self) -> dict[str, pl.DataType]:
        columns = self.context.columns
        dtypes = {name: spec.dtype for name, spec in columns.items() if spec.dtype is not None}
        if not dtypes or len(dtypes) < len(columns):
            msg = (
                f"{type(self).__name__} makes its rows by a function, so that its context must"
                ' give the dtype of each column: columns={"NAME": {"dtype": "f64"}}'
            )
            raise TypeError(msg)
        return dtypes


class BaseSink(BaseComponent):
    """A sink; override `write`, `commit` and `abort`."""

    def check(self) -> None:
        """Nothing to check, unless overridden."""

    def write(self, frame: EventFrame) -> pl.LazyFrame:
        """Write aside."""
        raise NotImplementedError(lacks(self, "write"))

    def commit(self) -> Sequence[Path | str]:
        """Publish."""
        raise NotImplementedError(lacks(self, "commit"))

    def abort(self) -> None:
        """Remove what was written aside."""

    def paths_written(self) -> Sequence[Path | str]:
        """Writes to no path, unless overridden."""
        return ()

    def explain(self, error: BaseException) -> EventflowError | None:
        """Nothing to explain, unless overridden."""
        del error
        return None


class BaseStep(BaseComponent):
    """A row-wise step that learns nothing; override `apply`, and more where it does more."""

    rows: ClassVar[Rows] = "unknown"
    fixed_schema: ClassVar[bool] = False

    @property
    def locality(self) -> Locality:
        """Each row alone, unless overridden."""
        return ROW

    def at(self, as_of: datetime) -> Step:
        """Return the step itself, unless overridden."""
        del as_of
        return self

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Cannot say, unless overridden: every column is kept."""
        del schema, columns
        return None

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Nothing to learn, unless overridden."""
        del frame
        return None

    def fit(self, statistics: pl.DataFrame) -> Any:
        """No state, unless overridden."""
        del statistics
        return None

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Transform."""
        raise NotImplementedError(lacks(self, "apply"))

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Makes no features, or says nothing of them, unless overridden."""
        del frame, state
        return ()

    def measure(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Nothing to measure, unless overridden."""
        del frame
        return None

    def judge(self, metrics: pl.DataFrame) -> Verdict | None:
        """No verdict, unless overridden."""
        del metrics
        return None


class BaseAggregateStep(BaseStep):
    """A step that folds rows into one row per group; override `by`, `partial`, `merge`, `finish`.

    Example:
        >>> class AverageAmount(BaseAggregateStep):
        ...     by = ("customer",)
        ...
        ...     def partial(self, rows):
        ...         amount = pl.col("amount")
        ...         return rows.group_by(self.by).agg(total=amount.sum(), known=amount.count())
        ...
        ...     def merge(self, partials):
        ...         return partials.group_by(self.by).agg(pl.col("total", "known").sum())
        ...
        ...     def finish(self, partials):
        ...         mean = pl.when(pl.col("known") > 0).then(pl.col("total") / pl.col("known"))
        ...         return partials.select(*self.by, mean.alias("average_amount"))

    Rows without a key take no part, nor do, where the schema names a timestamp and the run a
    moment, rows without a time or not before the moment; they are dropped and counted.

    Attributes:
        by: Columns of the key, a tuple of names; or a property that takes them from `config`.
        as_of: The moment of the run, once the step is bound to it.
    """

    by: Any = ()  # only Any may be overridden by a tuple and by a property, for every type checker
    as_of: datetime | None = None

    @property
    def locality(self) -> Locality:
        """Folds rows per key."""
        return aggregate(*self.by)

    def at(self, as_of: datetime) -> Step:
        """Return a copy that counts only rows before a moment."""
        bound = copy(self)
        bound.as_of = as_of
        return bound

    def eligible(self, frame: EventFrame) -> EventFrame:
        """Take out the rows that take no part, and account for them."""
        rules = [Rejection(f"no {column}", pl.col(column).is_null()) for column in self.by]
        time = frame.schema.timestamp
        if time is not None and self.as_of is not None:
            dtype = frame.columns()[time]
            early = instant(time, dtype) < moment(self.as_of, dtype, frame.zone)
            rules.append(Rejection(f"no {time}", pl.col(time).is_null()))
            rules.append(Rejection("not before as_of", early.not_()))
        return frame.reject(*rules) if rules else frame

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Fold rows into one row per group: the key, and columns that `merge` can combine."""
        raise NotImplementedError(lacks(self, "partial"))

    def merge(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        """Fold partials, one below the other, into one row per group with the same columns."""
        raise NotImplementedError(lacks(self, "merge"))

    def finish(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        """Turn partials into the answer: the key, and the features."""
        raise NotImplementedError(lacks(self, "finish"))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Fold every row at once; roles of columns that are gone are forgotten."""
        del state
        counted = self.eligible(frame)
        folded = self.finish(self.partial(counted.lazy))
        names = frozenset(folded.collect_schema().names())
        return counted.with_lazy(folded, schema=frame.schema.kept(names))


class BaseContextJoin(BaseComponent):
    """A context join; override `join`, and `reads` so that columns can be chosen and renamed."""

    def reads(self, events: EventSchema, context: EventFrame) -> JoinReads | None:
        """Cannot say, unless overridden."""
        del events, context
        return None

    def join(self, events: EventFrame, context: EventFrame) -> EventFrame:
        """Add the context's columns."""
        raise NotImplementedError(lacks(self, "join"))


class BlueprintConfig(ComponentConfig):
    """Options every blueprint has.

    Attributes:
        columns: Field name → column that serves it, where the names differ.
    """

    columns: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it for each


class BaseBlueprint(BaseComponent):
    """A blueprint; declare `name`, `version`, `fields`, `features` and override `steps`."""

    Config: ClassVar[type[BaseModel]] = BlueprintConfig
    name: ClassVar[str]
    version: ClassVar[str]
    fields: ClassVar[tuple[FieldSpec, ...]] = ()
    features: ClassVar[tuple[FeatureSpec, ...]] = ()

    def compatibility(
        self, schema: EventSchema, columns: Mapping[str, pl.DataType]
    ) -> Compatibility:
        """Bind fields as given, by name, then by role."""
        return bind_fields(self.fields, self.features, schema, columns, self.config.columns)

    def steps(self, binding: Binding) -> Sequence[Step]:
        """Return the steps."""
        raise NotImplementedError(lacks(self, "steps"))


class BaseTracker(BaseComponent):
    """A tracker that records nothing; override what it records.

    Attributes:
        local: Whether it waits for nobody elsewhere, so that the run itself may call it.
        gathers: Whether it makes something of all it was told, at the end.
        apart: Whether a process of its own tells it, since what it imports takes long.
        told_at: When that happened of which it is being told.
    """

    local: ClassVar[bool] = False
    gathers: ClassVar[bool] = False
    apart: ClassVar[bool] = False
    told_at: datetime | None = None

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        """A run has begun."""

    def resume(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        """Take up a run that was started before: as `start`, unless overridden."""
        self.start(run_id, name, started_at, **({"parent": parent} if parent else {}))

    def params(self, params: Mapping[str, Any]) -> None:
        """Record parameters."""

    def labels(self, labels: Mapping[str, str]) -> None:
        """Record words by which runs are found."""

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers."""

    def table(self, name: str, rows: pl.DataFrame) -> None:
        """Record a small table."""

    def figure(self, name: str, markup: str) -> None:
        """Record a picture, as SVG or HTML."""

    def artifact(self, path: Path, name: str) -> None:
        """Record a file."""

    def lineage(self, inputs: Sequence[Dataset], outputs: Sequence[Dataset]) -> None:
        """Record what was read and written."""

    def finish(self, status: str) -> None:
        """The run has ended."""


class BaseEngine(BaseComponent):
    """An engine; override `gather` and `holds`."""

    def gather(self, frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
        """Execute plans together."""
        raise NotImplementedError(lacks(self, "gather"))

    def holds(self, estimated_bytes: int | None) -> bool:
        """Whether to keep such a frame in memory."""
        raise NotImplementedError(lacks(self, "holds"))
