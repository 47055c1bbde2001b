"""Keeping the record of one run: what is known so far, and the files in the run's folder."""

from __future__ import annotations

import logging
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define, evolve, field

from eventflow.config.dump import dump
from eventflow.config.secrets import Secrets
from eventflow.errors import EventflowError, Problem, facts_of
from eventflow.events import trace
from eventflow.ids import uuid7
from eventflow.runs.hiding import without_secrets
from eventflow.runs.learned import told_of
from eventflow.runs.meter import peak_memory
from eventflow.runs.provenance import machine, versions
from eventflow.runs.record import WRITE, NodeRecord, RunRecord, RunState, WarningRecord
from eventflow.runs.state import save_states
from eventflow.runs.store import RunStore
from eventflow.tracking import CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventflow.config import Bound, BoundConfig
    from eventflow.quality import Verdict
    from eventflow.runs.execute import Execution
    from eventflow.runs.plan import StepNode
    from eventflow.runs.record import OutputRecord, PassRecord
    from eventflow.runs.reporting import ReportWriter

_log = logging.getLogger(__name__)
T = TypeVar("T")

_OWN = frozenset({"report_path", "run_dir", "state", "state_path"})
"""Where the run keeps its own files: commands must find them."""


@define
class Recorder:
    """The record of one run while it goes on. Nothing in here can fail the run.

    Attributes:
        record: What is known so far.
        folder: The run's folder; None when it cannot be written.
    """

    record: RunRecord
    folder: Path | None = None
    _store: RunStore = field(kw_only=True)
    _secrets: Secrets = field(kw_only=True, factory=Secrets)
    _report: ReportWriter | None = field(default=None, kw_only=True)
    _began: float = field(factory=perf_counter)
    _passes: list[PassRecord] = field(factory=list)
    _warnings: list[WarningRecord] = field(factory=list)
    _outputs: tuple[Path, ...] = ()

    @classmethod
    def begin(
        cls,
        bound: BoundConfig,
        report: ReportWriter | None = None,
        traceparent: str | None = None,
    ) -> Recorder:
        """Start the record of a bound configuration, PENDING, and make its folder.

        `traceparent` says which trace the run belongs to; see `eventflow.events.trace.for_run`.
        """
        store = RunStore(Path(bound.config.runs.path))
        secrets = bound.config.secrets
        recorder = cls(_first(bound, traceparent), store=store, report=report, secrets=secrets)
        recorder.keep()
        if recorder.folder is not None and report is not None:
            Thread(target=report.warm_up, name="eventflow-report", daemon=True).start()
        return recorder

    def progress(self) -> None:
        """Planning is done, execution begins."""
        if self.record.state is RunState.PENDING:  # a second attempt is in progress already
            self.know(state=self.record.state.to(RunState.IN_PROGRESS))
            self.keep()

    @property
    def as_of(self) -> datetime:
        """Moment the features speak of; the run's start where nobody says."""
        return self.record.as_of or self.record.started_at

    def know(self, **facts: Any) -> None:
        """Put facts into the record; what they quote of secrets is masked."""
        told = {k: v if k in _OWN else self.hidden(v) for k, v in facts.items()}
        self.record = evolve(self.record, **told)

    def hidden(self, fact: T) -> T:
        """Return a fact as it may be told outside the run."""
        return without_secrets(fact, self._secrets)

    def again(self) -> None:
        """Forget what a failed attempt recorded."""
        self._passes.clear()
        self._warnings.clear()
        self.know(nodes=(), left_out={}, output_verdict=None, state_path=None)

    @property
    def warnings(self) -> tuple[WarningRecord, ...]:
        """What a person should know so far."""
        return tuple(self._warnings)

    def passed(self, done: PassRecord) -> None:
        """One pass over the data is done."""
        self._passes.append(done)

    def wrote(self, outputs: Sequence[OutputRecord]) -> None:
        """The sink has published; the pass that wrote now knows how much."""
        self._outputs = tuple(Path(o.path) for o in outputs)
        self.know(outputs=tuple(outputs))
        for i, done in enumerate(self._passes):
            if done.label == WRITE:
                sizes = [o.bytes for o in outputs]
                known = [s for s in sizes if s is not None]
                total = sum(known) if outputs and len(known) == len(sizes) else None
                rows = outputs[0].rows if outputs else None
                self._passes[i] = evolve(done, rows=rows, bytes=total)

    def warn(self, code: str, message: str, *, node: str | None = None) -> None:
        """Record something a person should know; once, however often it is said."""
        warning = WarningRecord(code=code, message=message, node=node)
        if warning not in self._warnings:
            self._warnings.append(warning)
            _log.warning("%s %s", code, message)

    def left_out(self, features: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Record features that the data cannot serve; return a sentence for each."""
        self.know(left_out=dict(features))
        said = [f"feature {f} is left out: no {', '.join(lacks)}" for f, lacks in features.items()]
        for sentence in said:
            self.warn("EF310", sentence)
        return tuple(said)

    def nodes(self, bound: BoundConfig, nodes: Sequence[StepNode], execution: Execution) -> None:
        """Record the executed plan."""
        ends = [_end("sink", bound.sink)] if bound.sink else []
        steps = (_node(n, execution) for n in nodes)
        self.know(nodes=(_end("source", bound.source), *steps, *ends))

    def end(self, state: RunState, execution: Execution | None, **facts: Any) -> None:
        """Record how the run ended, and write its report.

        The state is the record's only once the report is written: until then an interrupt counts.
        """
        before = self.record
        self.know(
            state=before.state.to(state),
            seconds=perf_counter() - self._began,
            passes=tuple(self._passes),
            peak_bytes=peak_memory(),
            verdict=_telling(execution.verdicts) if execution else None,
            charts=execution.pictures.records() if execution else (),
            warnings=self.warnings,
            run_dir=str(self.folder) if self.folder else None,
            **facts,
        )
        try:
            self._write_report()
        except BaseException:
            self.know(state=before.state)
            raise

    def fail(self, error: BaseException, state: RunState, execution: Execution | None) -> None:
        """Record a failure, with the traceback in the run's folder."""
        ledger = self.record.ledger
        if ledger is None and execution is not None and self._passes:
            ledger = evolve(execution.trail.ledger(), result=0)
        self.end(state, execution, problems=problems_of(error), ledger=ledger)
        if self.folder is not None:
            with suppress(OSError):  # a full disk is no reason to hide the failure itself
                text = self._secrets.hide("".join(traceback.format_exception(error)))
                (self.folder / "error.txt").write_text(text, encoding="utf-8")

    def states(self, states: Mapping[str, Any], nodes: Sequence[StepNode]) -> None:
        """Save fitted states in the run's folder."""
        if self.folder is None or not states:
            return
        path = self.folder / "state.json"
        try:
            save_states(path, states, nodes)
        except KeyboardInterrupt:
            raise
        except BaseException:  # noqa: BLE001 - a state class of a plugin may not be plain data
            _log.warning("the fitted state could not be saved", exc_info=True)
            self.warn("EF505", "the fitted state could not be saved: see the run's log")
        else:
            self.know(state_path=str(path))

    def keep(self) -> None:
        """Put the record into the store."""
        try:
            self.folder = self._store.update(self.record)
        except Exception as error:  # noqa: BLE001 - the store must never fail the run
            self.warn("EF523", f"the run is not recorded: {problems_of(error)[0].message}")

    def close(self, keep: int | None) -> None:
        """Put the ended run into the store, and remove all but the newest `keep` of its name."""
        self.keep()
        if keep is None:
            return
        try:
            self._store.gc(keep_last=keep, name=self.record.name)
        except Exception:  # noqa: BLE001 - the store must never fail the run
            _log.warning("older runs could not be removed", exc_info=True)

    def artifacts(self) -> tuple[Path, ...]:
        """Files that trackers may want: the configuration, the report, the fitted state."""
        paths = (self._config(), self.record.report_path, self.record.state_path)
        return tuple(Path(p) for p in paths if p)

    def _config(self) -> Path | None:
        """Write the configuration as run, secrets masked, into the run's folder."""
        if self.folder is None:
            return None
        path = self.folder / CONFIG
        with suppress(OSError):  # a full disk fails no run
            path.write_text(dump(self.record.config), encoding="utf-8")
            return path
        return None

    @property
    def outputs(self) -> tuple[Path, ...]:
        """Where the result is, by its true name."""
        return self._outputs

    def figures(self) -> Mapping[str, str]:
        """Return pictures of the run as it is; none where they cannot be drawn."""
        if self._report is None:
            return {}
        try:
            return self._report.figures(self.record)
        except Exception:  # noqa: BLE001 - a picture must never fail the run
            _log.warning("the figures could not be drawn", exc_info=True)
            return {}

    def _write_report(self) -> None:
        if self.folder is None or self._report is None:
            return
        path = self.folder / "report.html"
        self.know(report_path=str(path))
        try:
            path.write_text(self._report.page(self.record), encoding="utf-8")
        except Exception:  # noqa: BLE001 - a report must never fail the run
            _log.warning("the report could not be written", exc_info=True)
            self.know(report_path=None)


def problems_of(error: BaseException) -> tuple[Problem, ...]:
    """Return what is wrong; an error Eventflow did not raise becomes one problem."""
    if isinstance(error, EventflowError):
        return error.problems
    first, *rest = facts_of(error)
    return (Problem(code="EF500", message=first, detail=tuple(rest)),)


def _telling(verdicts: Mapping[str, Verdict]) -> Verdict | None:
    """Of several gates, the one that closed tells most, then the pipeline's own, then the last."""
    for verdict in verdicts.values():
        if not verdict.passed:
            return verdict
    last = next(reversed([*verdicts.values()]), None)
    return verdicts.get("quality", last)


def _first(bound: BoundConfig, traceparent: str | None) -> RunRecord:
    config = bound.config
    started, run_id = datetime.now(UTC), str(uuid7())
    timed = config.blueprint is not None or any(_asks_when(b, started) for b in bound.steps)
    return RunRecord(
        run_id=run_id,
        name=config.secrets.hide(config.name),
        state=RunState.PENDING,
        started_at=started,
        as_of=(config.as_of or started) if timed else None,
        as_of_origin=("config" if config.as_of else "run start") if timed else "",
        seed=config.seed,
        config=config.masked,
        config_path=config.path,
        versions=versions(bound),
        platform=machine(),
        engine=str(bound.engine.component),
        correlation_id=run_id,
        trace=trace.for_run(traceparent),
    )


def _asks_when(step: Bound, moment: datetime) -> bool:
    """Whether a step takes its moment from the run."""
    try:
        return step.component.at(moment) is not step.component
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - planning meets it again, and says whose step it is
        return False


def _end(role: Any, bound: Bound) -> NodeRecord:
    return NodeRecord(
        name=role,
        role=role,
        component=bound.use.name,
        distribution=bound.ref.distribution,
        version=bound.ref.version,
    )


def _node(node: StepNode, execution: Execution) -> NodeRecord:
    reads = execution.reads.get(node.name)
    return NodeRecord(
        name=node.name,
        role=node.role,
        component=node.component,
        distribution=node.distribution,
        version=node.version,
        locality=str(node.step.locality),
        columns_read=tuple(sorted(reads)) if reads is not None else None,
        note=_note(node, execution),
        learned=told_of(execution.states.get(node.name)),
        recipes=tuple(map(str, node.recipes)),
    )


def _note(node: StepNode, execution: Execution) -> str:
    """Say where the state of a step comes from; empty when it has none."""
    if node.name not in execution.states:
        return ""
    return "learned from the data" if execution.learns else "from a saved state"
