"""Errors of running."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from eventflow.errors import EventflowError, ExitCode

if TYPE_CHECKING:
    from eventflow.quality import Verdict
    from eventflow.run.plan import StepNode


class TransientError(EventflowError):
    """Something that may work when tried again: a network, a busy service. Runs retry it."""

    code = "EF502"


class GateClosedError(EventflowError):
    """A quality gate is closed: nothing was published."""

    code = "EF401"
    exit_code: ClassVar[ExitCode] = ExitCode.GATE
    verdict: Verdict

    @classmethod
    def by(cls, node: StepNode, verdict: Verdict) -> Self:
        """Build the error from the gate's verdict."""
        error = cls.of(
            f"quality gate closed: {verdict.reasons[0]}",
            location=node.location,
            owner=node.owner or None,
            key=node.name,
            detail=verdict.reasons[1:],
            fix="mend the data, or lower what the gate asks for",
        )
        error.verdict = verdict
        return error


class IncompatibleDataError(EventflowError):
    """The data cannot serve the blueprint."""

    code = "EF304"


class EmptyResultError(EventflowError):
    """No row is left to make features from."""

    code = "EF305"

    @classmethod
    def after(cls, removed: list[str]) -> Self:
        """Build the error from what removed the rows."""
        return cls.of(
            "no rows are left",
            detail=removed,
            fix="loosen the rule that removed the rows, or check as_of and the source",
        )


class RunCancelledError(EventflowError):
    """The run was cancelled; nothing was published."""

    code = "EF503"
    exit_code: ClassVar[ExitCode] = ExitCode.INTERRUPTED

    @classmethod
    def now(cls) -> Self:
        """Build the error."""
        return cls.of("the run was cancelled: nothing was published")


class StateMismatchError(EventflowError):
    """A saved state does not fit the pipeline."""

    code = "EF504"
