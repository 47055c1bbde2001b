"""From bound components to plan nodes, checking schemas on the way without reading data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from attrs import evolve, field, frozen

from eventflow.blueprint import Binding, implied_schema
from eventflow.columns import require_plain_names
from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow.runs.dtypes import wanted_dtypes
from eventflow.runs.errors import (
    TRANSIENT,
    IncompatibleDataError,
    SourceFailedError,
    WrongReturnError,
)
from eventflow.runs.foresee import foreseen
from eventflow.runs.misfits import advised, at_schema, incompatible, unknown_fields
from eventflow.runs.overwrite import refuse_overwriting
from eventflow.runs.place import PlacedSink, owned, placed
from eventflow.runs.plan import StepNode, applied
from eventflow.runs.state import load_states
from eventflow.runs.transient import as_transient
from eventflow.schema import EventSchema, SchemaError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    import polars as pl

    from eventflow.blueprint import Compatibility
    from eventflow.config import Bound, BoundConfig
    from eventflow.runs.plan import NodeRole
    from eventflow.types import Source, Step


@runtime_checkable
class StandsForBound(Protocol):
    """A blueprint that can tell which component each of its steps is: a recipe."""

    def bound_steps(self, binding: Binding) -> Sequence[Bound]:
        """Return the steps with who provides each, bound to columns."""
        ...


@frozen(kw_only=True, eq=False)
class Prepared:
    """A pipeline ready to execute: nothing has been read.

    Attributes:
        frame: What the source delivers.
        steps: The configured steps.
        arriving: What the steps hand on; None when one of them must learn first.
        rest: Quality gate and blueprint; None when they can only be bound once the steps have run,
            because one of them must learn first.
        unplanned: Names of components that could not be planned before a run: they follow a step
            whose columns depend on what it learns. Empty when `rest` is there.
    """

    frame: EventFrame
    steps: tuple[StepNode, ...]
    arriving: EventFrame | None
    rest: Rest | None
    unplanned: tuple[str, ...] = ()

    @property
    def nodes(self) -> tuple[StepNode, ...]:
        """All nodes known so far."""
        return (*self.steps, *(self.rest.nodes if self.rest else ()))

    def narrow(self) -> EventFrame:
        """Return what the source delivers without the columns that the plan does not need.

        Rows that are set aside then keep only these: they do not make the source read the rest.
        """
        needed = self.columns_read()
        names = self.frame.columns().names()
        if len(needed) == len(names):
            return self.frame
        return self.frame.pipe(lambda lazy: lazy.select(n for n in names if n in needed))

    def undetermined(self) -> tuple[str, ...]:
        """Columns the plan needs that have no value in the source's sample.

        None where no column has one: then there are no rows, which is told once they are counted.
        """
        found = self.frame.metadata.undetermined
        if len(found) == len(self.frame.columns()):
            return ()
        needed = self.columns_read()
        return tuple(name for name in found if name in needed)

    def imprecise(self) -> dict[str, str]:
        """Columns the plan needs that lose digits as they are read → what keeps them."""
        needed, found = self.columns_read(), self.frame.metadata.imprecise
        return {name: keeps for name, keeps in found.items() if name in needed}

    def columns_read(self) -> frozenset[str]:
        """Columns the plan needs of the source: all, unless a node says what is enough."""
        names = self.frame.columns().names()
        needed: set[str] = set()
        for node in self.nodes:
            with placed(node):
                reads = node.step.reads(node.implied or self.frame.schema, names)
            if reads is None:
                break
            needed |= reads & set(names)
            if node.ends_columns or (node.role == "blueprint" and node is self.nodes[-1]):
                return frozenset(needed or names[:1])  # without a column there are no rows
        return frozenset(names)


@frozen(kw_only=True, eq=False)
class Rest:
    """What follows the steps, bound to the columns that arrive there.

    Attributes:
        nodes: The quality gate and the blueprint's steps.
        left_out: Feature → fields it lacks.
    """

    nodes: tuple[StepNode, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = field(factory=dict)


def prepare(
    bound: BoundConfig,
    *,
    as_of: datetime,
    state: Path | None = None,
    states: Mapping[str, Any] | None = None,
) -> Prepared:
    """Scan the source lazily, check its schema, and bind every node that can be bound.

    Args:
        bound: The configuration.
        as_of: The moment of the run.
        state: A saved state to use instead of learning.
        states: Node name → what was learned before, where it is at hand and not in a file.

    Raises:
        SchemaError: Columns are missing or of the wrong dtype.
        IncompatibleDataError: The data cannot serve the blueprint.
        StepFailedError: A step cannot be planned on these columns.
    """
    if bound.sink is not None:
        PlacedSink(bound.sink).check()
    frame = scan(bound)
    refuse_overwriting(bound)
    steps = tuple(_node(b, b.use.key, "step", _at(b, as_of)) for b in bound.steps)
    given = load_states(state, steps) if state is not None else states or {}
    arriving, left = dry_run(frame, steps, given)
    if left:
        unplanned = _look_ahead(bound, frame, steps, given, as_of)
        return Prepared(frame=frame, steps=steps, arriving=None, rest=None, unplanned=unplanned)
    rest = bind_rest(bound, arriving, as_of=as_of)
    return Prepared(frame=frame, steps=steps, arriving=arriving, rest=rest)


def _look_ahead(
    bound: BoundConfig,
    frame: EventFrame,
    steps: Sequence[StepNode],
    given: Mapping[str, Any],
    as_of: datetime,
) -> tuple[str, ...]:
    """Plan what follows a step that learns; return what cannot be planned yet. Reads no data."""
    arriving, left = dry_run(frame, steps, given, ahead=True)
    if left:
        ends = [b.use.name for b in (bound.quality, bound.blueprint) if b is not None]
        return (*(node.component for node in left[1:]), *ends)
    dry_run(arriving, bind_rest(bound, arriving, as_of=as_of).nodes, {}, ahead=True)
    return ()


def rehearse(prepared: Prepared) -> None:
    """Plan gate and blueprint too, as far as can be without data, to find what a run would.

    Raises:
        StepFailedError: A node cannot be planned on the columns that arrive.
        EventflowError: A node says itself what is wrong, with its place.
    """
    if prepared.arriving is not None and prepared.rest is not None:
        dry_run(prepared.arriving, prepared.rest.nodes, {}, ahead=True)


def scan(bound: BoundConfig) -> EventFrame:
    """Return the source's rows, lazily, under the schema the source and the configuration give.

    Raises:
        SourceFailedError: The source cannot be opened.
        PatternNameError: A column's name is a pattern.
        SchemaError: Columns are missing or of the wrong dtype.
    """
    source = bound.source
    with placed(source):
        frame, columns = _opened(source.component)
        require_plain_names(columns)
    schema = frame.schema.merge(EventSchema.model_validate(bound.config.schema))
    if wanted := wanted_dtypes(bound, schema, columns, frame.metadata.undetermined):
        with placed(source):
            again, columns = _opened(source.component.expecting(wanted))
        frame = evolve(again, metadata=frame.metadata)
    try:
        schema.check(columns, owner=source.owner)
    except SchemaError as error:
        told = [advised(p, source.component, schema, columns) for p in error.problems]
        raise SchemaError(*at_schema(told, bound)) from None
    if any(dtype.is_float() for dtype in columns.values()):
        frame = frame.without_nan()
    return frame.under(schema)


def _opened(source: Source) -> tuple[EventFrame, pl.Schema]:
    try:
        return (frame := _scanned(source)), frame.columns()
    except (KeyboardInterrupt, EventflowError, *TRANSIENT):
        raise
    except BaseException as error:
        raise as_transient(error) or SourceFailedError.of_cause(error, source) from error


def _scanned(source: Source) -> EventFrame:
    frame = source.scan()
    if not isinstance(frame, EventFrame):
        raise WrongReturnError.no_frame(source, "scan", frame)
    return frame


def dry_run(
    frame: EventFrame,
    nodes: Sequence[StepNode],
    states: Mapping[str, Any],
    *,
    ahead: bool = False,
) -> tuple[EventFrame, Sequence[StepNode]]:
    """Apply nodes without executing, up to the first that must learn; return the others with it.

    Args:
        frame: What arrives.
        nodes: The nodes.
        states: Node name → fitted state.
        ahead: Go on behind a step that must learn, where its columns do not depend on what it
            learns. The frame that is returned then has the right columns, and no right rows.
    """
    for i, node in enumerate(nodes):
        with placed(node):
            if node.implied is not None:
                frame = frame.with_lazy(frame.lazy, schema=node.implied)
            node.step.measure(frame)
            statistics = None if node.name in states else node.step.learn(frame)
            if statistics is None:
                frame = applied(node, frame, states.get(node.name))
                frame.columns()
                continue
            statistics.collect_schema()
        after = foreseen(node.step, frame) if ahead else None
        if after is None:
            return frame, nodes[i:]
        frame = after
    return frame, ()


def bind_rest(bound: BoundConfig, frame: EventFrame, *, as_of: datetime) -> Rest:
    """Bind the quality gate and the blueprint to the columns that arrive.

    Raises:
        IncompatibleDataError: Required fields are missing or of the wrong dtype.
    """
    judge = bound.quality
    gate = _node(judge, "quality", "gate", _at(judge, as_of)) if judge else None
    if bound.blueprint is None:
        return Rest(nodes=(gate,) if gate else ())
    made, found = _bind(bound, bound.blueprint, frame, as_of)
    if gate is not None:
        fields = bound.blueprint.component.fields
        gate = evolve(gate, implied=implied_schema(frame.schema, fields, found))
    return Rest(nodes=(*([gate] if gate else []), *made), left_out=found.left_out)


def _bind(
    bound: BoundConfig, blueprint: Bound, frame: EventFrame, as_of: datetime
) -> tuple[tuple[StepNode, ...], Compatibility]:
    columns = frame.columns()
    with owned(blueprint):
        found: Compatibility = blueprint.component.compatibility(frame.schema, columns)
    unknown = unknown_fields(blueprint)
    if unknown or not found.ok:
        raise IncompatibleDataError(*unknown, *incompatible(bound, found, columns))
    binding = Binding(
        columns=found.columns,
        as_of=as_of,
        schema=frame.schema,
        seed=bound.config.seed,
        zone=frame.zone,
    )
    with owned(blueprint):
        return _made(blueprint, binding), found


def _made(blueprint: Bound, binding: Binding) -> tuple[StepNode, ...]:
    """Return the nodes of a blueprint; those of a recipe say which component each is."""
    component = blueprint.component
    if not isinstance(component, StandsForBound):
        steps: Sequence[Step] = tuple(component.steps(binding))
        made = enumerate(steps)
        return tuple(_node(blueprint, f"blueprint.{i}", "blueprint", s) for i, s in made)
    return tuple(
        evolve(
            _node(blueprint, f"blueprint.{i}", "blueprint", bound.component.at(binding.as_of)),
            component=bound.use.name,
            distribution=bound.ref.distribution,
            version=bound.ref.version,
            recipes=bound.use.recipes,
        )
        for i, bound in enumerate(component.bound_steps(binding))
    )


def _at(bound: Bound, as_of: datetime) -> Any:
    """Return a step or a gate for the run's moment."""
    with owned(bound):
        return bound.component.at(as_of)


def _node(bound: Bound, name: str, role: NodeRole, step: Any) -> StepNode:
    return StepNode(
        name=name,
        role=role,
        step=step,
        component=bound.use.name,
        distribution=bound.ref.distribution,
        version=bound.ref.version,
        location=bound.use.location,
        use=bound.use,
        configured=bound.component,
        recipes=bound.use.recipes,
    )
