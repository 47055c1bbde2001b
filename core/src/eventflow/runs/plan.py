"""The plan: bound nodes over a source, inspectable before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, runtime_checkable

from attrs import field, frozen

from eventflow.errors import EventflowError
from eventflow.frame import EventFrame
from eventflow.runs.errors import WrongReturnError, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eventflow.config import Use
    from eventflow.config.model import Origin
    from eventflow.errors import Location
    from eventflow.schema import EventSchema
    from eventflow.types import Step

NodeRole = Literal["source", "step", "gate", "blueprint", "sink"]


@frozen(kw_only=True, eq=False)
class StepNode:
    """One step of a plan.

    Attributes:
        name: Unique within the plan, stable between runs of the same configuration.
        role: What it is in the pipeline.
        step: The component.
        component: Name the configuration used.
        distribution: Who provides it.
        version: That distribution's version.
        location: Where the configuration names it.
        implied: Schema the step sees in place of the frame's own; None changes nothing.
        configured: The component as the configuration built it, whose options a saved state must
            fit; None for a step that was built in Python.
        use: What the configuration says of it; None likewise.
        recipes: The recipes it comes from, the outermost first.
    """

    name: str
    role: NodeRole
    step: Step
    component: str
    distribution: str = ""
    version: str = ""
    location: Location | None = None
    implied: EventSchema | None = None
    configured: Any = field(default=None, repr=False)
    use: Use | None = field(default=None, repr=False)
    recipes: tuple[Origin, ...] = ()

    @property
    def owner(self) -> str:
        """Distribution and version, as errors and reports show them."""
        return f"{self.distribution} {self.version}".strip()

    @property
    def ends_columns(self) -> bool:
        """Whether what it does not read is gone after it: nothing later can need more.

        The first step of a blueprint tells what all of them read; those of a recipe each tell
        their own.
        """
        folds = self.step.locality.kind == "aggregate"
        return folds or (self.role == "blueprint" and not self.recipes)

    @property
    def cuts_rows(self) -> bool:
        """Whether it changes the number of rows without accounting for each."""
        return self.step.rows == "unknown"


class StepFailedError(EventflowError):
    """A step failed while the plan was built or executed; it names itself and its place.

    The step's own error is kept as `__cause__`; the full traceback is in the run folder.
    """

    code = "EF501"

    @classmethod
    def at(cls, node: StepNode, cause: BaseException) -> Self:
        """Build the error for a node."""
        first, *rest = lines_of(cause)
        error = cls.of(
            f'{node.role} "{node.component}" failed: {type(cause).__name__}: {first[:200]}',
            location=node.location,
            owner=node.owner or None,
            key=node.name,
            detail=[line[:200] for line in rest[:3]],
            fix="look at the step's options and the columns that arrive: eventflow explain",
        )
        error.__cause__ = cause
        return error


def applied(node: StepNode, frame: EventFrame, state: Any) -> EventFrame:
    """Return the frame after a node.

    Raises:
        WrongReturnError: The step returned something else than a frame.
    """
    after = node.step.apply(frame, state)
    if not isinstance(after, EventFrame):
        raise WrongReturnError.no_frame(node.step, "apply", after)
    return after


@runtime_checkable
class StandsForSteps(Protocol):
    """A step that stands for several, which take its place in a pipeline: a recipe."""

    def stands_for(self) -> Sequence[Step]:
        """Return the steps, in order."""
        ...


def expanded(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield steps in order; in place of what stands for several, those."""
    for step in steps:
        yield from step.stands_for() if isinstance(step, StandsForSteps) else (step,)


def hand_made(steps: Iterable[Step]) -> tuple[StepNode, ...]:
    """Wrap steps that were built in Python rather than by a configuration."""
    return tuple(
        StepNode(
            name=f"steps.{i}",
            role="step",
            step=step,
            component=type(step).__name__,
            distribution=type(step).__module__.partition(".")[0],
        )
        for i, step in enumerate(steps)
    )
