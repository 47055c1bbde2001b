"""Giving errors the place in the configuration and the owner they lack."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Self, cast

import polars as pl
from attrs import frozen

from eventflow.errors import EventflowError, Problem, facts_of
from eventflow.runs.errors import TRANSIENT, RunCancelledError, SourceFailedError
from eventflow.runs.plan import StepFailedError, StepNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from eventflow.config import Bound
    from eventflow.errors import Location
    from eventflow.frame import EventFrame
    from eventflow.types import Sink


class ComponentFailedError(EventflowError):
    """A component raised what none may raise, such as ``SystemExit``, or failed while planning."""

    code = "EF511"

    @classmethod
    def at(cls, bound: Bound, cause: BaseException) -> Self:
        """Build the error for a component of the configuration."""
        first, *rest = facts_of(cause)
        error = cls.of(
            f'{bound.use.kind.replace("_", " ")} "{bound.use.name}" failed: {first}',
            location=bound.use.location,
            owner=bound.owner,
            key=bound.use.key,
            detail=rest,
            fix="check its options; if they are right, report it to its author",
        )
        error.__cause__ = cause
        return error


def located(error: BaseException, at: Bound | StepNode) -> BaseException:
    """Return the error with the place and owner of the component that raised it.

    What nobody coded becomes the failure of a step, save for what a run tries again; what the
    source could not deliver stays the source's, whichever step asked for it.
    """
    if isinstance(error, SourceFailedError) and isinstance(at, StepNode):
        return error
    if isinstance(error, EventflowError):
        error.problems = tuple(_with_place(p, *_where(at, p.key)) for p in error.problems)
        return error
    if isinstance(at, StepNode) and not isinstance(error, TRANSIENT):
        return StepFailedError.at(at, error)
    if isinstance(error, (Exception, pl.exceptions.PanicException)):
        return error
    return ComponentFailedError.at(cast("Bound", at), error)


def within(error: BaseException, option: str) -> BaseException:
    """Return the error of a component that another holds, with keys as that one's options."""
    if isinstance(error, EventflowError):
        error.problems = tuple(
            replace(p, key=f"{option}.{p.key}" if p.key else option) for p in error.problems
        )
    return error


@contextmanager
def placed(at: Bound | StepNode) -> Iterator[None]:
    """Give errors from within that have no place of their own the place of a component.

    Only an interrupt goes through: neither ``SystemExit`` nor a class that a plugin made itself
    may end the program, or look like success.
    """
    try:
        yield
    except (KeyboardInterrupt, GeneratorExit, RunCancelledError):  # nobody's fault
        raise
    except BaseException as error:
        found = located(error, at)
        if found is error:
            raise
        raise found from error


@contextmanager
def owned(bound: Bound) -> Iterator[None]:
    """Make whatever a component raises from within, coded or not, its own failure."""
    with placed(bound):
        try:
            yield
        except (EventflowError, *TRANSIENT):
            raise
        except Exception as error:
            raise ComponentFailedError.at(bound, error) from error


@frozen
class PlacedSink:
    """A configured sink whose errors say where the configuration names it.

    Attributes:
        bound: The sink.
    """

    bound: Bound

    def check(self) -> None:
        """Refuse what cannot be published, before anything is read."""
        with placed(self.bound):
            self._sink.check()

    def write(self, frame: EventFrame) -> pl.LazyFrame:
        """Return the sink's lazy node."""
        with placed(self.bound):
            return self._sink.write(frame)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Give the sink the errors of the pass that writes which neither source nor step own."""
        with placed(self.bound):
            yield

    def commit(self) -> Sequence[Path | str]:
        """Make what was written visible."""
        with placed(self.bound):
            return self._sink.commit()

    def abort(self) -> None:
        """Remove what was written aside."""
        self._sink.abort()

    def explain(self, error: BaseException) -> EventflowError | None:
        """Return the sink's own words for what the engine raised while writing."""
        explained = self._sink.explain(error)
        if explained is not None:
            located(explained, self.bound)
        return explained

    @property
    def _sink(self) -> Sink:
        return cast("Sink", self.bound.component)


def _where(at: Bound | StepNode, key: str | None) -> tuple[Location | None, str]:
    if isinstance(at, StepNode):
        location = at.location if at.use is None or key is None else at.use.place(key)
        return location, at.owner
    return at.use.place(key), at.owner


def _with_place(problem: Problem, location: Location | None, owner: str) -> Problem:
    return replace(
        problem, location=problem.location or location, owner=problem.owner or owner or None
    )
