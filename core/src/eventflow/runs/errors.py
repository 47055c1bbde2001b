"""Errors of running."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from eventflow.errors import EventflowError, ExitCode, text_of
from eventflow.types import ReadsPaths

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventflow.config import Bound
    from eventflow.ledger import Ledger
    from eventflow.quality import Verdict
    from eventflow.runs.plan import StepNode
    from eventflow.runs.record import RunState, WarningRecord


class TransientError(EventflowError):
    """Something that may work when tried again: a network, a busy service. Runs retry it."""

    code = "EF502"

    @classmethod
    def of_cause(cls, cause: BaseException) -> Self:
        """Build the error from what the engine said of a remote place."""
        first, *rest = lines_of(cause)
        return cls.of(
            f"the service did not answer: {first[:300]}",
            detail=[line[:200] for line in rest[:3]],
            fix="try again later, or raise runs.attempts and runs.max_wait",
        )


_NAMED = 3
"""So many paths an error names; of more, none tells which it was."""
_PLAN = "Resolved plan until failure"


def lines_of(cause: BaseException) -> list[str]:
    """Return what an error says, a line each; the engine's dump of the plan is left out.

    At least one line: the error's class where it says nothing.
    """
    said = text_of(cause).partition(_PLAN)[0].splitlines()
    return [line.strip() for line in said if line.strip()] or [type(cause).__name__]


TRANSIENT = (TransientError, ConnectionError, TimeoutError)
"""What a run tries again; nothing wraps these on their way out."""


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


class UnsoundOutputError(EventflowError):
    """A blueprint's output is not what it declares: nothing was published."""

    code = "EF403"
    exit_code: ClassVar[ExitCode] = ExitCode.GATE

    @classmethod
    def by(cls, verdict: Verdict) -> Self:
        """Build the error from the verdict on the output."""
        return cls.of(
            f"the blueprint's output is not sound: {verdict.reasons[0]}",
            detail=verdict.reasons[1:],
            fix="look at the feature's definition and the columns it is made from",
        )


class StrictRunError(EventflowError):
    """A strict run has warnings: nothing was published."""

    code = "EF404"
    exit_code: ClassVar[ExitCode] = ExitCode.GATE

    @classmethod
    def over(cls, warnings: Sequence[WarningRecord]) -> Self:
        """Build the error from what was warned of."""
        count = f"{len(warnings)} warning{'s'[: len(warnings) != 1]}"
        return cls.of(
            f"--strict: {count}, nothing was published",
            detail=[f"{w.code} {w.message}" for w in warnings],
            fix="mend what the warnings name, or run without --strict",
        )


class SourceFailedError(EventflowError):
    """The source's rows could not be read."""

    code = "EF506"

    @classmethod
    def of_cause(cls, cause: BaseException, source: object = None) -> Self:
        """Build the error from what the engine said; a source that can tells what it reads."""
        paths = _paths(source)
        first, *rest = lines_of(cause)
        named = f" ({', '.join(map(str, paths))})" if 0 < len(paths) <= _NAMED else ""
        return cls.of(
            f"the source could not be read{named}: {first[:200]}",
            detail=[line[:200] for line in rest[:3]],
            fix="check the file and the source's options",
        )


def _paths(source: object) -> Sequence[Path | str]:
    """Return what a source reads, unless it fails at this, too."""
    if isinstance(source, ReadsPaths):
        try:
            return source.paths_read()
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - the failure that led here is what a person must see
            return ()
    return ()


class WrongReturnError(EventflowError):
    """A component returned something else than its contract says."""

    code = "EF510"

    @classmethod
    def no_frame(cls, component: object, method: str, returned: object) -> Self:
        """Build the error for a method that must return an `EventFrame`."""
        how = {
            "scan": "return EventFrame(lazy, EventSchema(timestamp=…, entity=…)), "
            "or EventFrame.of(lazy)",
            "apply": "return frame.with_lazy(lazy), or frame.pipe(function)",
        }
        return cls.of(
            f"{type(component).__name__}.{method} returned {_named(returned)}, "
            "and must return an EventFrame",
            fix=how[method],
        )


def _named(value: object) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


class OverwritesSourceError(EventflowError):
    """The sink would write onto what the run reads."""

    code = "EF507"

    @classmethod
    def of_paths(cls, sink: Bound, written: Path | str, reader: Bound, read: Path | str) -> Self:
        """Build the error for two paths that meet, whatever their names."""
        names = (
            []
            if str(written) == str(read)
            else [f"written: {written}", f"read: {read}", "both names lead to the same place"]
        )
        return cls.of(
            f'the sink "{sink.use.name}" would write over what {reader.use.key} '
            f'("{reader.use.name}") reads: {read}',
            location=sink.use.location,
            owner=sink.owner,
            key="sink.path",
            detail=names,
            fix="give the sink a path of its own",
        )


class IllegalTransitionError(EventflowError):
    """A run cannot go from its state to another."""

    code = "EF509"

    @classmethod
    def between(cls, now: RunState, then: RunState) -> Self:
        """Build the error for two states."""
        return cls.of(
            f"a run that is {now.value} cannot become {then.value}",
            fix="begin another run: an ended one stays as it ended",
        )


class IncompatibleDataError(EventflowError):
    """The data cannot serve the blueprint."""

    code = "EF304"


class EmptyResultError(EventflowError):
    """No row is left to make features from."""

    code = "EF305"

    @classmethod
    def after(cls, ledger: Ledger) -> Self:
        """Build the error from where the rows went."""
        if not ledger.read:
            return cls.of(
                "there is nothing to make features from: "
                "the source has columns (the file has a header) and no rows",
                fix="check that source names the right file, and that it was written to its end",
            )
        return cls.of(
            "no rows are left to make features from",
            detail=[f"{e.rows:,} {e.kind}: {e.reason} ({e.stage})" for e in ledger.entries],
            fix="loosen the rule that removed the rows, or check as_of and the source",
        )


class RunCancelledError(EventflowError):
    """The run was cancelled."""

    code = "EF503"
    exit_code: ClassVar[ExitCode] = ExitCode.INTERRUPTED

    @classmethod
    def now(cls) -> Self:
        """Build the error."""
        return cls.of("the run was cancelled: nothing was published")

    @classmethod
    def late(cls) -> Self:
        """Build the error for an interrupt that came when the result was there already."""
        return cls.of("the run was interrupted after its result had been published")


class StateMismatchError(EventflowError):
    """A saved state cannot be read, or does not fit the pipeline."""

    code = "EF504"

    @classmethod
    def unreadable(cls, path: Path, why: object) -> Self:
        """Build the error for a file that is no saved state."""
        return cls.of(
            f'"{path}" is no saved state: {why}',
            fix="give the state.json of a finished run",
            command="eventflow runs list",
        )

    @classmethod
    def lacking(cls, node: StepNode) -> Self:
        """Build the error for a step that must learn, of which the state knows nothing."""
        return cls.of(
            f'the saved state has nothing for {node.name} ("{node.component}"), which must learn',
            location=node.location,
            owner=node.owner or None,
            fix="use the state with the pipeline it was fitted by, or run without --state",
        )

    @classmethod
    def other_component(cls, node: StepNode, found: str) -> Self:
        """Build the error for a state that another component fitted."""
        return cls.of(
            f'the saved state of {node.name} belongs to "{found}", '
            f'the pipeline has "{node.component}" there',
            location=node.location,
            fix="use the state with the pipeline it was fitted by, or fit again",
        )

    @classmethod
    def other_options(cls, nodes: Sequence[StepNode], changed: Sequence[str]) -> Self:
        """Build the error for a state that was fitted with other options.

        Args:
            nodes: Nodes that the same section of the configuration made.
            changed: Each option with its value then and now.
        """
        node, rest = nodes[0], len(changed) - 5
        names = ", ".join(n.name for n in nodes)
        return cls.of(
            f'the saved state of {names} ("{node.component}") was fitted with other options',
            location=node.location,
            owner=node.owner or None,
            key=node.name,
            detail=[*changed[:5], *([f"and {rest} more"] if rest > 0 else [])],
            fix="set the options back as they were, or fit again: run without --state",
        )

    @classmethod
    def other_version(cls, node: StepNode, written_by: str) -> Self:
        """Build the error for a state whose fields have changed."""
        return cls.of(
            f"the saved state of {node.name} was written by {written_by} "
            f"and does not fit {node.owner}",
            location=node.location,
            fix="fit again",
        )

    @classmethod
    def foreign_class(cls, node: StepNode, path: str) -> Self:
        """Build the error for a state whose class the step's package does not have."""
        return cls.of(
            f'the saved state of {node.name} names the class "{path}", '
            f"which is no state class of {node.distribution}",
            location=node.location,
            fix="fit again",
        )
