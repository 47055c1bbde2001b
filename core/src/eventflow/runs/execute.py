"""Executing a plan: as few passes over the data as its steps allow.

Steps build one lazy query. It is executed when something must be known before it can go on (a
step's statistics, a gate's metrics) and at the end. At the first such place the rows are kept in
memory if the engine says they fit, because parsing once and reading memory several times is faster
than sharing a scan between plans; otherwise each pass streams from the source again.
"""

from __future__ import annotations

import os
import shutil
from time import perf_counter
from typing import TYPE_CHECKING, Any

import polars as pl
from attrs import define, field

from eventflow.component import BaseComponent
from eventflow.errors import EventflowError
from eventflow.runs.described import described
from eventflow.runs.errors import (
    TRANSIENT,
    GateClosedError,
    RunCancelledError,
    SourceFailedError,
    StateMismatchError,
)
from eventflow.runs.meter import peak_memory
from eventflow.runs.pictures import Pictures
from eventflow.runs.place import located, placed, within
from eventflow.runs.plan import StepFailedError, applied
from eventflow.runs.record import WRITE, PassRecord
from eventflow.runs.trail import Trail
from eventflow.runs.transient import as_transient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from threading import Event as Flag

    from eventflow.blueprint import FeatureSpec
    from eventflow.config import Bound
    from eventflow.frame import EventFrame
    from eventflow.quality import Verdict
    from eventflow.runs.plan import StepNode
    from eventflow.types import Engine

ENGINE_ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)
"""What executing a query raises; Polars panics on some damaged files, and its panic is no
`Exception`."""

_RECOMPUTED = 2
"""Passes that compute steps on top of rows in memory, before the rows are kept anew."""

_ROOM = 16 * 2**20
"""Bytes that must be free for a failure to have another reason than a full disk. Its own words do
not tell: a sink that stops early can make Polars report the shape of a neighbour."""


@define
class Execution:
    """One execution of a plan. Mutable, used once, owned by one thread.

    Attributes:
        engine: Executes the queries.
        frame: Where the plan stands.
        estimated_bytes: About how much memory the source's rows take; None if unknown.
        run_dir: Where quarantined rows go; None counts them only.
        states: Node name → fitted state, given or learned.
        learns: Whether steps without a state may learn one.
        verdicts: Node name → what its gate said.
        on_pass: Told of every pass when it is done.
        on_verdict: Told of every verdict.
        cancelled: When set, the execution stops before its next pass.
        reads: Node name → columns it needs, for nodes that can say.
        described: Column → what the steps say of it, once they are executed.
        source: Who owns errors that are raised while rows are read; None in Python.
        hide: Masks secrets in the reasons of rows that are kept aside.
        trail: What will tell how many rows there were.
        pictures: The charts that steps ask for.
    """

    engine: Engine
    frame: EventFrame
    estimated_bytes: int | None = None
    run_dir: Path | None = None
    states: dict[str, Any] = field(factory=dict)
    learns: bool = True
    verdicts: dict[str, Verdict] = field(factory=dict)
    on_pass: Callable[[PassRecord], None] = lambda _: None
    on_verdict: Callable[[StepNode, Verdict], None] = lambda _node, _verdict: None
    cancelled: Flag | None = None
    reads: dict[str, frozenset[str]] = field(factory=dict)
    described: dict[str, FeatureSpec] = field(factory=dict)
    source: Bound | None = None
    hide: Callable[[str], str] = str
    trail: Trail = field(init=False)
    pictures: Pictures = field(factory=Pictures)
    _start: pl.LazyFrame = field(init=False)
    _held: bool = False
    _held_rows: int | None = None
    _recomputed: int = 0
    _folded: bool = False
    _waiting: list[str] = field(factory=lambda: ["source"])
    _applied: list[tuple[StepNode, pl.LazyFrame]] = field(factory=list)
    _stages: list[dict[str, str]] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        """Start the trail in the run's folder."""
        folder = None if self.run_dir is None else self.run_dir / "quarantine"
        self.trail = Trail(folder, hide=self.hide)
        self._start = self.frame.lazy
        self._stamp("source")

    def steps(self, nodes: Sequence[StepNode]) -> None:
        """Apply nodes in order, executing where something must be known first.

        Raises:
            GateClosedError: A gate is closed.
            StepFailedError: A step failed; it names the step and its place.
            RunCancelledError: The run was cancelled between two passes.
        """
        for i, node in enumerate(nodes):
            with placed(node):
                self._step(node, nodes[i + 1 :])

    def gather(self, frames: Sequence[pl.LazyFrame], label: str) -> list[pl.DataFrame]:
        """Execute frames together with everything the trail still asks for: one pass."""
        if self.cancelled is not None and self.cancelled.is_set():
            raise RunCancelledError.now()
        self._settle()
        began = perf_counter()
        try:
            out = self._collect(frames)
        except (EventflowError, *ENGINE_ERRORS) as error:
            found = self._owned(error, label)
            if found is error:
                raise
            raise found from error
        self._recomputed += bool(self._applied)
        ends = len(frames), len(out) - self.pictures.pending
        self.trail.answer(out[ends[0] : ends[1]])
        self.pictures.answer(out[ends[1] :])
        self._report(label, perf_counter() - began, out[: len(frames)])
        return out[: len(frames)]

    def _owned(self, error: BaseException, label: str) -> BaseException:
        """Return what to raise for an error of a query: with its owner, where that can be told.

        A query reads, transforms and writes at once, and Polars does not say who raised.
        """
        if self.cancelled is not None and self.cancelled.is_set():
            return RunCancelledError.now()
        found = as_transient(error) or error
        if not isinstance(found, (EventflowError, *TRANSIENT)):
            return self._blamed(found)
        package = _package(type(found))
        suspects = list(self._suspects(package))
        if self.source is not None and self._held_rows is None:
            own = {_package(type(self.source.component)), _CORE}
            alone = not suspects and label != WRITE
            if package in own and (alone or not self._computes(self._start)):
                return located(found, self.source)
        alone = len(suspects) == 1 and label != WRITE
        for node, option, lazy in suspects:
            if alone or not self._computes(lazy):
                return located(within(found, option) if option else found, node)
        return found

    def _suspects(self, package: str) -> Iterator[tuple[StepNode, str, pl.LazyFrame]]:
        """Yield the steps that may have raised an error of a package, in their order.

        With the option that holds what may have raised it; any step may raise errors of the core.
        """
        for node, lazy in self._applied:
            if package in {_CORE, _package(type(node.step))}:
                yield node, "", lazy
                continue
            for option, held in getattr(node.step, "config", ()):
                if isinstance(held, BaseComponent) and _package(type(held)) == package:
                    yield node, option, lazy

    def _collect(self, frames: Sequence[pl.LazyFrame]) -> list[pl.DataFrame]:
        """Execute; where quarantined rows find no room in the run's folder, without keeping them.

        The folder and the charts serve the person who reads the run: they must not fail the run.
        What fails with charts is executed once more without them.
        """
        while True:
            asides = [*self.trail.queries(), *self.pictures.queries()]
            try:
                return list(self.engine.gather([*frames, *asides]))
            except ENGINE_ERRORS as error:
                full = self.run_dir is not None and not _room(self.run_dir)
                if not (full and self.trail.keep_nothing()) and not self.pictures.give_up(error):
                    raise

    def hold(self, needed: frozenset[str] | None = None) -> None:
        """Keep the rows in memory if they fit, as they are after the steps so far.

        What was kept before is let go: rows are in memory once. Steps that look at each row alone
        are cheaper to compute again than to keep, so that rows in memory are kept anew only when
        two passes have computed what came on top of them.

        Args:
            needed: Columns that anything later needs; None keeps all.
        """
        if self._held and (not self._applied or self._recomputed < _RECOMPUTED):
            return
        if not (self._folded or self.engine.holds(self.estimated_bytes)):
            return
        lazy = self.frame.lazy
        if needed is not None:
            lazy = lazy.select(c for c in self.frame.columns().names() if c in needed)
        [rows] = self.gather([lazy], " + ".join(self._waiting))
        self.trail.count(rows=rows.height)
        self.frame = self.frame.with_lazy(rows.lazy())
        self._applied.clear()
        self._start = self.frame.lazy
        self._held, self._held_rows, self._recomputed = True, rows.height, 0

    @property
    def held(self) -> bool:
        """Whether the rows are in memory, save for cheap expressions on top."""
        return self._held

    def known_rows(self) -> int | None:
        """Rows kept in memory at the last hold; None when none were."""
        return self._held_rows

    def small(self, limit: int) -> bool:
        """Whether the rows are in memory and at most this many."""
        return self._held and (self._held_rows or 0) <= limit

    def _step(self, node: StepNode, following: Sequence[StepNode]) -> None:
        if node.implied is not None:
            self.frame = self.frame.with_lazy(self.frame.lazy, schema=node.implied)
        self._note_reads(node)
        self._judge(node, following)
        state = self._fitted(node, following)
        before = self.frame
        self.frame = applied(node, before, state)
        reads = self.reads.get(node.name)
        self.described = described(self.described, node, before, state, reads)
        self._stamp(node.name)
        if node.cuts_rows:
            self._cut(node, before)
        self._waiting.append(node.name)
        if self.frame is not before:
            self._applied.append((node, self.frame.lazy))
        locality = node.step.locality
        self._held = self._held and locality.kind == "row"
        self._folded = self._folded or (locality.kind == "aggregate" and bool(locality.by))

    def _note_reads(self, node: StepNode) -> None:
        reads = node.step.reads(self.frame.schema, self.frame.columns().names())
        if reads is not None:
            self.reads[node.name] = reads

    def _stamp(self, stage: str) -> None:
        """Remember at which node each new reason of each account appeared."""
        accounts = self.frame.accounts
        self._stages.extend({} for _ in accounts[len(self._stages) :])
        for account, stages in zip(accounts, self._stages, strict=False):
            for reason in account.outcomes:
                stages.setdefault(reason, stage)
        self.pictures.stamp(self.frame.charts, stage)

    def _settle(self) -> None:
        """Move the frame's accounts to the trail: nothing may be merged into them any more."""
        for account, stages in zip(self.frame.accounts, self._stages, strict=False):
            self.trail.account(account, stages)
        self._stages.clear()
        self.pictures.take()
        self.frame = self.frame.settled()

    def _cut(self, node: StepNode, before: EventFrame) -> None:
        self._settle()
        if not self.trail.anchored:
            self.trail.count(lazy=before.lazy.select(pl.len()))
        if node.step.locality.kind == "aggregate":
            by = ", ".join(node.step.locality.by)
            self.trail.cut(node.name, "folded", f"into groups of {by}" if by else "into groups")
        else:
            self.trail.cut(node.name, "dropped", f"by {node.component}, which gives no reason")

    def _judge(self, node: StepNode, following: Sequence[StepNode]) -> None:
        if node.step.measure(self.frame) is None:
            return
        self.hold(self._needed([node, *following]))
        metrics = node.step.measure(self.frame)
        assert metrics is not None  # noqa: S101 - it was not None on the same columns
        [measured] = self.gather([metrics], f"measure {node.component}")
        verdict = node.step.judge(measured)
        if verdict is None:
            return
        self.verdicts[node.name] = verdict
        self.on_verdict(node, verdict)
        if not verdict.passed:
            self._set_aside()
            raise GateClosedError.by(node, verdict)

    def _set_aside(self) -> None:
        """Keep the rows a closed gate refused, where they are in memory anyway."""
        if self._held and self.run_dir is not None:
            self.frame.lazy.sink_parquet(self.run_dir / "rejected.parquet", mkdir=True)

    def _fitted(self, node: StepNode, following: Sequence[StepNode]) -> Any:
        if node.name in self.states:
            return self.states[node.name]
        if node.step.learn(self.frame) is None:
            return None
        if not self.learns:
            raise StateMismatchError.lacking(node)
        self.hold(self._needed([node, *following]))
        statistics = node.step.learn(self.frame)
        assert statistics is not None  # noqa: S101 - it was not None on the same columns
        [gathered] = self.gather([statistics], f"learn {node.component}")
        state = node.step.fit(gathered)
        self.states[node.name] = state
        return state

    def _needed(self, nodes: Sequence[StepNode]) -> frozenset[str] | None:
        """Columns these nodes need, if one of them says what is enough."""
        needed: set[str] = set()
        names = self.frame.columns().names()
        for node in nodes:
            reads = node.step.reads(self.frame.schema, names)
            if reads is None:
                return None
            needed |= reads
            if node.ends_columns:
                return frozenset(needed)
        return None

    def _blamed(self, error: BaseException) -> BaseException:
        """Blame the source, or the first step, whose rows cannot be computed."""
        if not self._computes(self._start):
            return self._of_source(error)
        for node, lazy in self._applied:
            if not self._computes(lazy):
                return StepFailedError.at(node, error)
        return error

    def _of_source(self, error: BaseException) -> BaseException:
        if self.source is None:
            return SourceFailedError.of_cause(error)
        return located(SourceFailedError.of_cause(error, self.source.component), self.source)

    def _computes(self, lazy: pl.LazyFrame) -> bool:
        try:
            self.engine.gather([lazy.select(pl.all().null_count())])
        except (EventflowError, *ENGINE_ERRORS):
            return False
        return True

    def _report(self, label: str, seconds: float, out: Sequence[pl.DataFrame]) -> None:
        in_memory = self._held_rows is not None or "source" in self._waiting
        again = () if in_memory else ("source",)
        writes = label == WRITE or not out  # how much, the sink knows when it has published
        done = PassRecord(
            label=label,
            nodes=(*again, *self._waiting),
            seconds=seconds,
            rows=None if writes else out[0].height,
            bytes=None if writes else int(sum(f.estimated_size() for f in out)),
            peak_bytes=peak_memory(),
        )
        self._waiting.clear()
        self.on_pass(done)


_CORE = EventflowError.__module__.partition(".")[0]


def _package(cls: type) -> str:
    return cls.__module__.partition(".")[0]


def _room(folder: Path) -> bool:
    """Whether a folder can be written to, as far as can be seen."""
    try:
        return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= _ROOM
    except OSError:
        return False
