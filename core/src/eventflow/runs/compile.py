"""From bound components to plan nodes, checking schemas on the way without reading data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from eventflow.blueprint import Binding
from eventflow.errors import EventflowError, Problem
from eventflow.runs.errors import IncompatibleDataError
from eventflow.runs.plan import StepFailedError, StepNode
from eventflow.runs.state import load_states
from eventflow.schema import EventSchema, SchemaError, dtype_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from eventflow.blueprint import Compatibility
    from eventflow.config import Bound, BoundConfig
    from eventflow.errors import Location
    from eventflow.frame import EventFrame
    from eventflow.runs.plan import NodeRole
    from eventflow.types import Step


@frozen(kw_only=True, eq=False)
class Prepared:
    """A pipeline ready to execute: nothing has been read.

    Attributes:
        frame: What the source delivers.
        before: Nodes before the blueprint: steps, then the quality gate.
        blueprint: Nodes of the blueprint; None when it can only be bound once `before` has run,
            because a step before it must learn first.
        compatibility: How the blueprint was bound; None without one, or when not bound yet.
    """

    frame: EventFrame
    before: tuple[StepNode, ...]
    blueprint: tuple[StepNode, ...] | None
    compatibility: Compatibility | None = None

    @property
    def nodes(self) -> tuple[StepNode, ...]:
        """All nodes known so far."""
        return (*self.before, *(self.blueprint or ()))


def prepare(bound: BoundConfig, *, as_of: datetime, state: Path | None = None) -> Prepared:
    """Scan the source lazily, check its schema, and bind every node that can be bound.

    Raises:
        SchemaError: Columns are missing or of the wrong dtype.
        IncompatibleDataError: The data cannot serve the blueprint.
        StepFailedError: A step cannot be planned on these columns.
    """
    frame = scan(bound)
    before = tuple(node_of(b, b.use.key, "step") for b in bound.steps)
    gate = (node_of(bound.quality, "quality", "gate"),) if bound.quality else ()
    given = load_states(state, before) if state is not None else {}
    arriving = dry_run(frame, before, given)
    if bound.blueprint is None:
        return Prepared(frame=frame, before=(*before, *gate), blueprint=())
    if arriving is None:
        return Prepared(frame=frame, before=(*before, *gate), blueprint=None)
    nodes, compatibility = bind_blueprint(bound, arriving, as_of=as_of)
    return Prepared(
        frame=frame, before=(*before, *gate), blueprint=nodes, compatibility=compatibility
    )


def scan(bound: BoundConfig) -> EventFrame:
    """Return the source's rows, lazily, under the schema the source and the configuration give."""
    source = bound.source
    try:
        frame: EventFrame = source.component.scan()
    except Exception as error:
        raise _located(error, source) from error
    schema = frame.schema.merge(EventSchema.model_validate(bound.config.schema))
    columns = frame.columns()
    try:
        schema.check(columns, owner=source.owner)
    except SchemaError as error:
        raise SchemaError(*_placed(error, bound)) from None
    if any(dtype.is_float() for dtype in columns.values()):
        frame = frame.without_nan()
    return evolve(frame, schema=schema)


def dry_run(
    frame: EventFrame, nodes: Sequence[StepNode], states: Mapping[str, Any]
) -> EventFrame | None:
    """Return the frame after these nodes without executing; None if one must learn first."""
    for node in nodes:
        try:
            if node.name not in states and node.step.learn(frame) is not None:
                return None
            frame = node.step.apply(frame, states.get(node.name))
            frame.columns()
        except Exception as error:
            raise _located(error, node) from error
    return frame


def bind_blueprint(
    bound: BoundConfig, frame: EventFrame, *, as_of: datetime
) -> tuple[tuple[StepNode, ...], Compatibility]:
    """Bind the blueprint to the columns that arrive.

    Raises:
        IncompatibleDataError: Required fields are missing or of the wrong dtype.
    """
    blueprint = bound.blueprint
    assert blueprint is not None  # noqa: S101 - asked by the callers
    columns = frame.columns()
    found = blueprint.component.compatibility(frame.schema, columns)
    if not found.ok:
        raise IncompatibleDataError(*_incompatible(blueprint, found, columns))
    binding = Binding(
        columns=found.columns, as_of=as_of, schema=frame.schema, seed=bound.config.seed
    )
    steps: Sequence[Step] = blueprint.component.steps(binding)
    nodes = tuple(_node(blueprint, f"blueprint.{i}", "blueprint", s) for i, s in enumerate(steps))
    return nodes, found


def node_of(bound: Bound, name: str, role: NodeRole) -> StepNode:
    """Return the node of a bound step."""
    return _node(bound, name, role, bound.component)


def _node(bound: Bound, name: str, role: NodeRole, step: Any) -> StepNode:
    return StepNode(
        name=name,
        role=role,
        step=step,
        component=bound.use.name,
        distribution=bound.ref.distribution,
        version=bound.ref.version,
        location=bound.use.location,
    )


def _located(error: Exception, at: Bound | StepNode) -> Exception:
    """Give an error the place and owner it lacks."""
    if isinstance(error, EventflowError):
        location, owner = _where(at)
        for_all = (_with_place(p, location, owner) for p in error.problems)
        error.problems = tuple(for_all)
        return error
    if isinstance(at, StepNode):
        return StepFailedError.at(at, error)
    return error


def _where(at: Bound | StepNode) -> tuple[Location | None, str]:
    if isinstance(at, StepNode):
        return at.location, at.owner
    return at.use.location, at.owner


def _with_place(problem: Problem, location: Location | None, owner: str) -> Problem:
    return replace(
        problem, location=problem.location or location, owner=problem.owner or owner or None
    )


def _placed(error: SchemaError, bound: BoundConfig) -> list[Problem]:
    """Point at the schema's own lines, or at the source where the source declares the column."""
    source = bound.source.use.location
    placed = bound.config.placed(error.problems)
    return [replace(p, location=p.location or source) for p in placed]


def _incompatible(
    blueprint: Bound, found: Compatibility, columns: Mapping[str, Any]
) -> list[Problem]:
    names = ", ".join(f"{n}: {dtype_name(t)}" for n, t in list(columns.items())[:8])
    problems = [
        Problem(
            code=IncompatibleDataError.code,
            message=f'blueprint "{blueprint.use.name}" needs the field "{field}", '
            "which no column serves",
            location=blueprint.use.location,
            owner=blueprint.owner,
            detail=(f"columns that arrive: {names}",),
            fix=f'under blueprint write  columns: {{{field}: "{near}"}}'
            if near
            else f"under blueprint write  columns: {{{field}: NAME_OF_YOUR_COLUMN}}",
        )
        for field, near in found.missing.items()
    ]
    problems.extend(
        Problem(
            code=IncompatibleDataError.code,
            message=f'blueprint "{blueprint.use.name}" cannot use the field "{field}": {why}',
            location=blueprint.use.location,
            owner=blueprint.owner,
            fix="cast it in a step before the blueprint, or name another column",
        )
        for field, why in found.wrong.items()
    )
    return problems
