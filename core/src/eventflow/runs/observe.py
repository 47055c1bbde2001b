"""Telling everyone interested what a run does, so that none of them can disturb it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from attrs import define, field

from eventflow import hookspecs as hooks
from eventflow.events import pipeline as events
from eventflow.runs import tracking
from eventflow.runs.logs import inform
from eventflow.runs.record import WarningRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from eventflow.bus.publisher import Publisher
    from eventflow.plugins import PluginHost
    from eventflow.quality import Verdict
    from eventflow.runs.plan import StepNode
    from eventflow.runs.record import PassRecord, RunRecord
    from eventflow.trackers.fanout import TrackerFanOut
    from eventflow.tracking import Dataset

    Figures = Callable[[], Mapping[str, str]]
    """Draws the pictures of a run, when there is somebody to show them to."""

_log = logging.getLogger(__name__)


@define
class Observers:
    """Transport, trackers and hooks of one run, behind one face.

    Attributes:
        host: Whose lifecycle hooks are told.
        publisher: Where events go.
        trackers: Where numbers go.
        parent: The run that this one belongs to; None when it belongs to none.
    """

    host: PluginHost
    publisher: Publisher
    trackers: TrackerFanOut
    parent: str | None = None
    _run: dict[str, Any] = field(factory=dict)
    _passes: int = 0
    _read: tuple[Dataset, ...] = ()
    _verdicts: dict[str, Verdict] = field(factory=dict)
    _failures: list[str] = field(factory=list)

    def started(self, record: RunRecord) -> None:
        """A run has begun."""
        self._run = {
            "run_id": record.run_id,
            "pipeline": record.name,
            "source": record.name,
            "correlation_id": record.correlation_id,
            **(record.trace.fields() if record.trace is not None else {}),
        }
        as_of = record.as_of.isoformat() if record.as_of else None
        self.publisher.publish(lambda: events.PipelineStartedEvent(**self._run, as_of=as_of))
        self.trackers.start(record.run_id, record.name, record.started_at, self.parent)
        self.trackers.labels(tracking.labels(record))
        self.trackers.params(tracking.flat(record.config))
        started = hooks.RunStarted(run_id=record.run_id, name=record.name, as_of=record.as_of)
        self._tell("run_started", started)

    def validated(self, read: tuple[Dataset, ...], warnings: tuple[str, ...]) -> None:
        """The source's columns fit the schema; `read` begins with the source."""
        self._read, columns = read, len(read[0].columns)
        self.publisher.publish(
            lambda: events.DataValidatedEvent(**self._run, columns=columns, warnings=warnings)
        )

    def passed(self, done: PassRecord) -> None:
        """One pass over the data is done."""
        self.publisher.publish(
            lambda: events.DataProcessedEvent(
                **self._run, nodes=done.nodes, seconds=done.seconds, rows=done.rows
            )
        )
        self.trackers.metrics(tracking.of_pass(done), self._passes)
        self._passes += 1
        for node in done.nodes:
            finished = hooks.StepFinished(
                run_id=self._run["run_id"], node=node, seconds=done.seconds, rows=done.rows
            )
            self._tell("step_finished", finished)

    def judged(self, node: StepNode, verdict: Verdict) -> None:
        """A gate has judged."""
        self._verdicts[node.name] = verdict
        self.publisher.publish(
            lambda: events.QualityCheckEvent(
                **self._run,
                node=node.name,
                score=verdict.score,
                passed=verdict.passed,
                dimensions=verdict.dimensions,
                reasons=verdict.reasons,
            )
        )
        checked = hooks.QualityChecked(
            run_id=self._run["run_id"], score=verdict.score, passed=verdict.passed
        )
        self._tell("quality_checked", checked)

    def finished(self, record: RunRecord, artifacts: tuple[Path, ...], figures: Figures) -> None:
        """The run has succeeded."""
        ledger = record.ledger
        read, result = (ledger.read, ledger.result) if ledger else (0, 0)
        self.publisher.publish(
            lambda: events.PipelineCompletedEvent(
                **self._run, seconds=record.seconds, rows_read=read, rows_result=result
            )
        )
        self._track_end(record, artifacts, figures)
        self._tell(
            "run_finished",
            hooks.RunFinished(
                run_id=record.run_id,
                state=record.state.value,
                seconds=record.seconds,
                rows_read=read,
                rows_result=result,
            ),
        )

    def failed(self, record: RunRecord, artifacts: tuple[Path, ...], figures: Figures) -> None:
        """The run has failed or was cancelled."""
        problem = record.problems[0]
        self.publisher.publish(
            lambda: events.PipelineFailedEvent(
                **self._run,
                state=record.state.value,
                code=problem.code,
                message=problem.message,
            )
        )
        self._track_end(record, artifacts, figures)
        failed = hooks.RunFailed(run_id=record.run_id, code=problem.code, message=problem.message)
        self._tell("run_failed", failed)

    def close(self) -> None:
        """Release the transport and the trackers."""
        self.publisher.close()
        self.trackers.close()

    def warnings(self) -> tuple[WarningRecord, ...]:
        """Return what failed to observe, for the run record."""
        out = [
            WarningRecord(code="EF702", message=f"a tracker failed: {failure}")
            for failure in self.trackers.failures
        ]
        out.extend(
            WarningRecord(code="EF703", message=f"an observer failed: {failure}")
            for failure in self._failures
        )
        out.extend(
            WarningRecord(code="EF704", message=f"a tracker is late: {late}")
            for late in self.trackers.late
        )
        if self.publisher.failures:
            out.append(_lost(self.publisher))
        return tuple(out)

    def _track_end(self, record: RunRecord, artifacts: tuple[Path, ...], figures: Figures) -> None:
        if not self.trackers.active:
            return
        self.trackers.metrics(tracking.numbers(record))
        for name, rows in tracking.tables(record, self._verdicts):
            self.trackers.table(name, rows)
        for name, markup in figures().items():
            self.trackers.figure(name, markup)
        self.trackers.lineage(*tracking.lineage(record, self._read))
        for path in artifacts:
            self.trackers.artifact(path, path.name)
        self.trackers.finish(record.state.value)
        for pending in self.trackers.pending:
            inform("%s; should it be stopped: eventflow runs sync %s", pending, record.short_id)

    def _tell(self, hook: str, payload: object) -> None:
        for failure in self.host.tell(hook, payload):
            self._failures.append(str(failure))
            _log.warning("an observer of %s failed: %s", hook, failure)


def _lost(publisher: Publisher) -> WarningRecord:
    times, cause = publisher.failures, publisher.cause
    message = (
        f"{times} failure{'s' if times > 1 else ''} of transport {publisher.name}, so that events "
        f"are missing; first: {cause or 'see the log of the run'}. Mend that, or leave it out"
    )
    return WarningRecord(code="EF701", message=message)
