"""The whole contract: what each kind of component is, as Protocols on a few screens.

A component is a class that a configuration chooses by name. It is built with its options as
keyword arguments, has a `Config` (pydantic, frozen, extra keys forbidden) and a docstring that
gives shapes, units, errors and sources. The `Base…` classes in `eventflow.base` fill in everything
that has a sensible default; subclassing them is the normal way to write a component.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from attrs import frozen

from eventflow.bus.contract import DeadLetters, Event, Promises, Receiver
from eventflow.locality import ROW, WHOLE, Locality, aggregate, ordered

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import polars as pl
    from pydantic import BaseModel

    from eventflow.blueprint import Binding, Compatibility, FeatureSpec, FieldSpec
    from eventflow.context.joining import JoinReads
    from eventflow.errors import EventflowError
    from eventflow.frame import EventFrame
    from eventflow.quality import Verdict
    from eventflow.schema import EventSchema

__all__ = [
    "KINDS", "ROW", "WHOLE", "AggregateStep", "Blueprint", "Component", "ContextJoin",
    "DeadLetters", "Engine", "Event", "InfersDtypes", "Kind", "Locality", "Promises", "ReadsPaths",
    "Receiver", "Rows", "Sink", "Source", "Step", "StreamingSource", "TextAdvice", "Tracker",
    "Transport", "WritesPaths", "aggregate", "ordered",
]  # fmt: skip

Kind = Literal[
    "source", "sink", "step", "context_join", "blueprint", "transport", "tracker", "engine"
]
KINDS: tuple[Kind, ...] = (
    "source", "sink", "step", "context_join", "blueprint", "transport", "tracker", "engine",
)  # fmt: skip

Rows = Literal["kept", "accounted", "unknown"]
"""What a step does to the number of rows: keeps it, accounts for every change through
`EventFrame.reject` and its kin, or does not say (the engine then counts before and after)."""


class Component(Protocol):
    """What all kinds share: built with keyword options, which `config` keeps validated."""

    @property
    def Config(self) -> type[BaseModel]:  # noqa: N802 - a class, written as a nested one
        """The model of the options."""
        ...

    @property
    def config(self) -> Any:
        """The validated options."""
        ...

    def __init__(self, **options: Any) -> None:
        """Validate the options."""
        ...


@runtime_checkable
class Source(Component, Protocol):
    """Where rows come from. Nothing is read while the plan is built."""

    def scan(self) -> EventFrame:
        """Return the rows as a lazy frame with its schema and metadata."""
        ...

    def estimated_bytes(self) -> int | None:
        """Return about how much memory the parsed rows take, or None if unknown. Reads no data."""
        ...

    def fingerprint(self) -> str | None:
        """Return a string that changes when the input does (size, time, content hash)."""
        ...


@runtime_checkable
class ReadsPaths(Protocol):
    """A source that can tell where it reads; optional.

    A run refuses to write where it reads: onto the same file, by whatever name, or in place of a
    folder that holds it.
    """

    def paths_read(self) -> Sequence[Path | str]:
        """Return the files and addresses that `scan` will read. Reads no data."""
        ...


@runtime_checkable
class InfersDtypes(Protocol):
    """A source that tells dtypes from a sample of text; optional.

    What it cannot tell it names in the metadata of its frame, as `undetermined`. A run asks for the
    dtypes that roles and fields of the blueprint need of these columns.
    """

    def expecting(self, dtypes: Mapping[str, pl.DataType]) -> Source:
        """Return this source, reading these columns as these dtypes."""
        ...

    def reading(self, column: str, families: Collection[str]) -> TextAdvice | None:
        """Say how a column of text could be read as one of these dtype families.

        None if most of the sampled values do not fit. Reads the sample again, and no more.
        """
        ...


@frozen
class TextAdvice:
    """How a column of text could be read.

    Attributes:
        options: Options of the source, as they would be written.
        unfit: The first sampled value that then does not fit, with its place; None if all do.
    """

    options: str
    unfit: str | None = None


@runtime_checkable
class WritesPaths(Protocol):
    """A sink that can tell where it writes; optional, see `ReadsPaths`."""

    def paths_written(self) -> Sequence[Path | str]:
        """Return the files, folders and addresses that `commit` will replace."""
        ...


@runtime_checkable
class StreamingSource(Source, Protocol):
    """A source that can also hand out batches as they arrive."""

    def batches(self) -> Iterator[EventFrame]:
        """Yield frames, each complete in itself."""
        ...


@runtime_checkable
class Sink(Component, Protocol):
    """Where rows go: the whole result, or nothing.

    `write` puts the rows aside; `commit` makes them visible in one step; `abort` removes what was
    put aside. The engine commits only when everything before succeeded.
    """

    def check(self) -> None:
        """Raise when it is plain before the run that nothing can be published."""
        ...

    def write(self, frame: EventFrame) -> pl.LazyFrame:
        """Return a lazy sink node (`sink_*(…, lazy=True)`) that writes aside when executed."""
        ...

    def commit(self) -> Sequence[Path | str]:
        """Publish what was written and return where it is."""
        ...

    def abort(self) -> None:
        """Remove what was written aside; safe to call at any time, any number of times."""
        ...

    def explain(self, error: BaseException) -> EventflowError | None:
        """Return the coded form of an error that executing `write` raised, if it is the sink's."""
        ...


@runtime_checkable
class Step(Component, Protocol):
    """One transformation of events. It builds expressions; it never collects.

    Life of a step in a run: `learn` (lazy statistics, gathered by the engine in its pass over the
    data) → `fit` (statistics become a `State`) → `apply`. Steps that learn nothing return None from
    `learn`. A saved state skips `learn` and `fit`. `measure` and `judge` do the same for quality:
    they always run, saved state or not.

    Attributes:
        rows: What becomes of rows: whether the step accounts for each.
        fixed_schema: Whether the columns after `apply`, names and dtypes, are the same whatever it
            learned. What follows such a step is checked before a run reads anything.
    """

    rows: ClassVar[Rows]
    fixed_schema: ClassVar[bool]

    @property
    def locality(self) -> Locality:
        """What the step needs to see."""
        ...

    def at(self, as_of: datetime) -> Step:
        """Return the step bound to the moment of the run; itself when time means nothing to it."""
        ...

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str] | None:
        """Columns it needs, given those that arrive; None if it cannot say (then all are kept)."""
        ...

    def learn(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Return the statistics to gather on the fitting data, lazily, or None."""
        ...

    def fit(self, statistics: pl.DataFrame) -> Any:
        """Turn the gathered statistics into a `State` (a frozen attrs class)."""
        ...

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Return the transformed frame, lazily."""
        ...

    def describe(self, frame: EventFrame, state: Any) -> Sequence[FeatureSpec]:
        """Return what its feature columns mean; given what `apply` is given. Reads no data."""
        ...

    def measure(self, frame: EventFrame) -> pl.LazyFrame | None:
        """Return quality metrics to gather on every run, lazily (one row), or None."""
        ...

    def judge(self, metrics: pl.DataFrame) -> Verdict | None:
        """Turn gathered metrics into a verdict on the data."""
        ...


@runtime_checkable
class AggregateStep(Step, Protocol):
    """A step that folds rows into groups, given so that any split of the rows folds alike.

    ``finish(partial(rows))`` and ``finish(merge(partials of parts of the rows))`` agree, in any
    order and nesting. `eventflow.base.BaseAggregateStep` makes a step of the three.
    """

    def eligible(self, frame: EventFrame) -> EventFrame:
        """Return the rows that count; the others are accounted for."""
        ...

    def partial(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Return one row per group: the key, and columns that can be merged."""
        ...

    def merge(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        """Fold partials of several parts, one below the other, into one row per group."""
        ...

    def finish(self, partials: pl.LazyFrame) -> pl.LazyFrame:
        """Turn partials, one row per group, into the answer."""
        ...


@runtime_checkable
class ContextJoin(Component, Protocol):
    """Events + context → the same events, with columns of what was known at their time."""

    def reads(self, events: EventSchema, context: EventFrame) -> JoinReads | None:
        """Say what it matches by; the context's other columns are added. None: it cannot say."""
        ...

    def join(self, events: EventFrame, context: EventFrame) -> EventFrame:
        """Return the events with the context's columns, lazily."""
        ...


@runtime_checkable
class Blueprint(Component, Protocol):
    """A named, versioned recipe: the fields it needs, the features it makes, and the steps."""

    name: ClassVar[str]
    version: ClassVar[str]
    fields: ClassVar[tuple[FieldSpec, ...]]
    features: ClassVar[tuple[FeatureSpec, ...]]

    def compatibility(
        self, schema: EventSchema, columns: Mapping[str, pl.DataType]
    ) -> Compatibility:
        """Say whether data with these columns can serve, what is missing and what is left out."""
        ...

    def steps(self, binding: Binding) -> Sequence[Step]:
        """Return the steps that make the features from the bound columns."""
        ...


@runtime_checkable
class Transport(Component, Protocol):
    """Carries events to whoever subscribed. `publish` never raises into the caller.

    Two pairs of methods say the same: `publish` and `subscribe` for a transport that calls
    handlers itself, `send` and `open` for one with a broker behind it. `BaseTransport` makes
    either pair out of the other.

    Attributes:
        promises: What it promises of the events it accepts.
        instant: Whether `publish` does no I/O, so that it needs no queue in front of it.
    """

    promises: ClassVar[Promises]
    instant: ClassVar[bool]

    def publish(self, event: Event) -> None:
        """Hand over one event."""
        ...

    def send(self, events: Sequence[Event]) -> Sequence[str]:
        """Hand over events in order; return where each is kept, empty text where nothing keeps it.

        Raises:
            Exception: Not all of them were accepted. Those that were are sent again with the rest:
                who receives them knows them by their ids.
        """
        ...

    def subscribe(self, pattern: str, handler: Any) -> str:
        """Call `handler(event)` for each event whose type matches; return a subscription id."""
        ...

    def unsubscribe(self, subscription: str) -> None:
        """End a subscription; unknown ids are ignored."""
        ...

    def open(self, pattern: str, *, group: str = "", start: str = "new") -> Receiver:
        """Open a subscription that is asked for events, rather than called with them.

        Args:
            pattern: Which types.
            group: Receivers of one group share the events, and the broker keeps how far they are;
                empty: this one gets all, and is forgotten when it is closed.
            start: Where a group that is not known yet begins: ``new``, ``earliest``, or a position.

        Raises:
            ValueError: The pattern is malformed.
        """
        ...

    def applied(self, position: str, group: str) -> bool:
        """Whether a group is done with the event at a position."""
        ...

    def dead_letters(self) -> DeadLetters:
        """Return where its receivers bury what they give up."""
        ...

    def close(self) -> None:
        """Flush and release everything."""
        ...


@runtime_checkable
class Tracker(Component, Protocol):
    """Records runs elsewhere. A tracker that fails never fails the run.

    `eventflow.tracking.TakesMore` has what it may take beside these calls.
    """

    def start(
        self, run_id: str, name: str, started_at: datetime, parent: str | None = None
    ) -> None:
        """A run has begun, within another where `parent` names one; a known run goes on."""
        ...

    def params(self, params: Mapping[str, Any]) -> None:
        """Record parameters, secrets already masked."""
        ...

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers."""
        ...

    def artifact(self, path: Path, name: str) -> None:
        """Record a file."""
        ...

    def finish(self, status: str) -> None:
        """The run has ended, with the run's final state."""
        ...


@runtime_checkable
class Engine(Component, Protocol):
    """Executes lazy work: decides what is held in memory, and collects what a run asks for."""

    def gather(self, frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
        """Execute these plans together, sharing what they share."""
        ...

    def holds(self, estimated_bytes: int | None) -> bool:
        """Whether a frame of this size may be kept in memory between passes."""
        ...
