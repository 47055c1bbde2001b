"""The orchestrator: one run from its configuration to its record."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import stamina
from attrs import define, field

from eventflow.bus.publisher import Publisher
from eventflow.errors import EventflowError
from eventflow.formatting import plural
from eventflow.runs import compile as compiler
from eventflow.runs.dtypes import without_values
from eventflow.runs.errors import (
    TRANSIENT,
    EmptyResultError,
    RunCancelledError,
    StrictRunError,
    UnsoundOutputError,
)
from eventflow.runs.execute import Execution
from eventflow.runs.logs import run_log
from eventflow.runs.observe import Observers
from eventflow.runs.output import Output, produce, publish
from eventflow.runs.place import PlacedSink, owned, placed
from eventflow.runs.provenance import described, inputs
from eventflow.runs.record import RunState
from eventflow.runs.recorder import Recorder, problems_of
from eventflow.runs.result import RunResult
from eventflow.runs.saying import say_ended, say_passed, say_planned, say_started
from eventflow.runs.state import load_states
from eventflow.trackers.fanout import Asked, TrackerFanOut

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import Event as Flag

    from eventflow.blueprint import FeatureSpec
    from eventflow.config import BoundConfig
    from eventflow.ledger import Ledger
    from eventflow.plugins import PluginHost
    from eventflow.quality import Verdict
    from eventflow.runs.plan import StepNode
    from eventflow.runs.record import PassRecord, RunRecord
    from eventflow.runs.reporting import ReportWriter
    from eventflow.types import Transport

_log = logging.getLogger(__name__)


class RunFailedError(EventflowError):
    """A run failed; `record` tells everything, `__cause__` is the error itself."""

    record: RunRecord

    @classmethod
    def of_run(
        cls, record: RunRecord, cause: BaseException, hide: Callable[[str], str] = str
    ) -> RunFailedError:
        """Build the error for an ended run; `hide` masks secrets in its traceback."""
        error = cls(*record.problems)
        error.record = record
        error.hide = hide
        error.exit_code = (  # type: ignore[misc] # this error ends with its cause's code
            cause.exit_code if isinstance(cause, EventflowError) else cls.exit_code
        )
        return error


@define
class PipelineOrchestrator:
    """Runs one bound configuration once, and leaves a record whatever happens.

    Attributes:
        bound: What to run.
        host: Whose hooks are told.
        state: Saved state to use instead of learning; None learns.
        strict: Whether a warning about the data stops the run before it publishes.
        on_pass: Told of every pass when it is done.
        cancelled: When set, the run stops before its next pass and publishes nothing.
        report: Who writes the run's report; None writes none.
        transport: Where events go instead of where the configuration sends them; left open.
        traceparent: W3C trace context to continue; by default the span at hand, or ``TRACEPARENT``.
        parent: The run that this one belongs to, for trackers.
    """

    bound: BoundConfig
    host: PluginHost
    state: Path | None = None
    strict: bool = False
    on_pass: Callable[[PassRecord], None] = lambda _: None
    cancelled: Flag | None = None
    report: ReportWriter | None = None
    transport: Transport | None = None
    traceparent: str | None = None
    parent: str | None = None
    _recorder: Recorder = field(init=False)
    _observers: Observers = field(init=False)
    _execution: Execution | None = None

    def run(self) -> RunResult:
        """Run to the end.

        Raises:
            RunFailedError: The run failed, a gate closed, or it was cancelled; nothing was
                published, and the error's `record` tells why.
        """
        recorder = self._recorder = Recorder.begin(self.bound, self.report, self.traceparent)
        hide = self.bound.config.secrets.hide
        self._observers = Observers(self.host, self._publisher(), self._trackers(), self.parent)
        with run_log(recorder.folder, recorder.record, self._packages(), hide):
            self._observers.started(recorder.record)
            say_started(recorder.record, self.bound)
            try:
                output = self._attempt_repeatedly()
                self._conclude()
            except BaseException as error:  # a panic of Polars is no `Exception`
                cause = self._fail(error)
                raise RunFailedError.of_run(recorder.record, cause, hide) from error
            finally:
                self._observers.close()
        return RunResult(recorder.record, output.data, report=self.report, outputs=recorder.outputs)

    def _packages(self) -> set[str]:
        """Return the top-level packages of what takes part; what they log belongs to the run."""
        parts = [self.transport, *(bound.component for bound in self.bound.parts())]
        return {type(part).__module__.partition(".")[0] for part in parts if part is not None}

    def _trackers(self) -> TrackerFanOut:
        config = self.bound.config
        masked = config.secrets.masked
        asked = [
            Asked(tracker=t.component, definition=masked(t.use.section))
            for t in self.bound.trackers
        ]
        return TrackerFanOut(
            asked,
            config.secrets.hide,
            home=Path(config.runs.path),
            config_path=config.path,
            wait=config.runs.trackers_wait,
        )

    def _publisher(self) -> Publisher:
        if self.transport is not None:
            return Publisher(self.transport, type(self.transport).__name__, lent=True)
        bound = self.bound.transport
        if bound is None:
            return Publisher(None)
        return Publisher(bound.component, f"{bound.use.name} of {bound.owner}")

    def _attempt_repeatedly(self) -> Output:
        runs = self.bound.config.runs
        for attempt in stamina.retry_context(
            on=TRANSIENT,
            attempts=runs.attempts,
            timeout=None,
            wait_initial=runs.initial_wait,
            wait_max=runs.max_wait,
        ):
            with attempt:
                if attempt.num > 1:
                    self._start_again(attempt.num)
                return self._attempt()
        msg = "a retry ends with a result or an exception"
        raise AssertionError(msg)

    def _start_again(self, number: int) -> None:
        self._abort()
        self._recorder.again()
        _log.warning("attempt %d of %d", number, self.bound.config.runs.attempts)

    def _attempt(self) -> Output:
        prepared = compiler.prepare(self.bound, as_of=self._recorder.as_of, state=self.state)
        columns = (len(prepared.columns_read()), len(prepared.frame.columns()))
        with owned(self.bound.source):
            made_of = inputs(self.bound)
            estimated = self.bound.source.component.estimated_bytes()
        self._recorder.know(inputs=made_of, source_columns=columns)
        if empty := without_values(prepared.undetermined(), prepared.frame.columns()):
            self._recorder.warn(
                "EF312", f"no value in the sample that dtypes are told from: {empty}"
            )
        for column, keeps in prepared.imprecise().items():
            digits = f"{column} has numbers of more digits than a float keeps"
            self._recorder.warn("EF313", f"{digits}; what keeps them: {keeps}")
        execution = self._execution = Execution(
            self.bound.engine.component,
            prepared.narrow(),
            estimated_bytes=estimated,
            run_dir=self._recorder.folder,
            states=load_states(self.state, prepared.nodes) if self.state else {},
            learns=self.state is None,
            on_pass=self._passed,
            on_verdict=self._judged,
            cancelled=self.cancelled,
            source=self.bound.source,
            hide=self.bound.config.secrets.hide,
        )
        self._recorder.nodes(self.bound, prepared.nodes, execution)
        self._recorder.progress()
        say_planned(self._recorder.record)
        with placed(self.bound.source):  # what has no place of its own fails as rows are read
            nodes = self._execute(prepared, execution)
            self._recorder.nodes(self.bound, nodes, execution)
            declared = self._declared()
            output = produce(execution, self._sink, declared, execution.described)
            made_of = inputs(self.bound, made_of)
        ledger = execution.trail.ledger()
        self._recorder.know(output_verdict=output.verdict, inputs=made_of)
        self._check(output, ledger, declared, lost=execution.trail.lost)
        self._publish(output, ledger, nodes, execution)
        return output

    def _execute(self, prepared: compiler.Prepared, execution: Execution) -> tuple[StepNode, ...]:
        """Execute the nodes; bind the rest late when a step before it had to learn first."""
        ahead, rest = prepared.steps, prepared.rest
        if rest is None:
            execution.steps(ahead)
            rest = compiler.bind_rest(self.bound, execution.frame, as_of=self._recorder.as_of)
            execution.states |= load_states(self.state, rest.nodes) if self.state else {}
            ahead = ()
        left_out = self._recorder.left_out(rest.left_out)
        with owned(self.bound.source):
            read = described(self.bound, prepared.frame, self._recorder.record)
        self._observers.validated(read, left_out)
        execution.steps((*ahead, *rest.nodes))
        return (*prepared.steps, *rest.nodes)

    def _declared(self) -> dict[str, FeatureSpec]:
        if self.bound.blueprint is None:
            return {}
        left_out = self._recorder.record.left_out
        features = self.bound.blueprint.component.features
        return {f.name: f for f in features if f.name not in left_out}

    def _check(
        self, output: Output, ledger: Ledger, declared: dict[str, FeatureSpec], *, lost: bool
    ) -> None:
        if declared and output.rows == 0:
            raise EmptyResultError.after(ledger)
        if output.verdict is not None and not output.verdict.passed:
            raise UnsoundOutputError.by(output.verdict)
        if output.rows == 0:
            why = "" if ledger.read else ": the source has columns (a header) and no rows"
            self._recorder.warn("EF306", f"the result has no rows{why}")
        for sentence in output.verdict.warnings if output.verdict is not None else ():
            self._recorder.warn("EF402", sentence, node="output")
        for entry in ledger.only("flagged"):
            rows = plural(entry.rows, "row")
            self._recorder.warn("EF311", f"{rows}: {entry.reason} ({entry.stage})")
        if lost:
            self._recorder.warn("EF508", "quarantined rows are counted, but could not be kept")
        if not ledger.adds_up:
            self._recorder.warn("EF307", f"{ledger.unexplained:,} rows are not accounted for")
        if self.strict and self._recorder.warnings:
            raise StrictRunError.over(self._recorder.warnings)

    def _publish(
        self, output: Output, ledger: Ledger, nodes: Sequence[StepNode], execution: Execution
    ) -> None:
        recorder = self._recorder
        recorder.states(execution.states, nodes)
        if self.cancelled is not None and self.cancelled.is_set():
            raise RunCancelledError.now()
        outputs = publish(self._sink, output.rows) if self._sink else ()
        recorder.wrote(outputs)
        recorder.know(ledger=ledger, features=output.features)
        for sentence in execution.pictures.failures:
            recorder.warn("EF640", sentence)

    def _conclude(self) -> None:
        """Tell of a run whose result is published."""
        recorder = self._recorder
        recorder.end(RunState.COMPLETED, self._execution)
        say_ended(recorder.record)
        self._observers.finished(recorder.record, recorder.artifacts(), recorder.figures)
        self._count_late()
        recorder.close(self.bound.config.runs.keep)

    def _count_late(self) -> None:
        """Close the transport, and record whom the run could not tell."""
        self._observers.close()
        if late := self._observers.warnings():
            self._recorder.know(warnings=(*self._recorder.record.warnings, *late))

    def _fail(self, error: BaseException) -> BaseException:
        """Undo, record the failure, tell everyone; return what the run failed of."""
        published = bool(self._recorder.record.outputs)
        cause = error
        if isinstance(error, KeyboardInterrupt):
            cause = RunCancelledError.late() if published else RunCancelledError.now()
        cause = self._explained(cause)
        if not published:
            self._abort()
        self._tell_failure(cause)
        self._recorder.close(self.bound.config.runs.keep)
        return cause

    def _tell_failure(self, cause: BaseException) -> None:
        recorder = self._recorder
        if recorder.record.state is RunState.COMPLETED:  # everyone was being told so
            late = problems_of(cause)[0]
            recorder.warn(late.code, late.message)
            recorder.know(warnings=recorder.warnings, problems=problems_of(cause))
            return
        cancelled = isinstance(cause, RunCancelledError)
        recorder.fail(cause, RunState.CANCELLED if cancelled else RunState.FAILED, self._execution)
        say_ended(recorder.record)
        self._observers.failed(recorder.record, recorder.artifacts(), recorder.figures)
        self._count_late()

    def _explained(self, cause: BaseException) -> BaseException:
        """Return the sink's word on an error that may be its own."""
        if self._sink is None or isinstance(cause, EventflowError):
            return cause
        try:
            return self._sink.explain(cause) or cause
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - the failure that led here is what a person must see
            _log.warning("the sink could not explain a failure", exc_info=True)
            return cause

    def _judged(self, node: StepNode, verdict: Verdict) -> None:
        for sentence in verdict.warnings:
            self._recorder.warn("EF402", sentence, node=node.name)
        self._observers.judged(node, self._recorder.hidden(verdict))

    def _passed(self, done: PassRecord) -> None:
        self._recorder.passed(done)
        say_passed(done)
        self._observers.passed(done)
        self.on_pass(done)

    @property
    def _sink(self) -> PlacedSink | None:
        return PlacedSink(self.bound.sink) if self.bound.sink else None

    def _abort(self) -> None:
        if self._sink is None:
            return
        try:
            self._sink.abort()
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - the failure that led here is what a person must see
            _log.warning("what was written aside could not be removed", exc_info=True)
