"""What a run leaves behind: one frozen record that terminal, report, JSON and store all show."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads the annotations at run time
from enum import StrEnum
from typing import Any, Literal

from attrs import field, frozen

from eventflow.charts.record import ChartRecord  # noqa: TC001 - msgspec reads the annotations
from eventflow.errors import Problem  # noqa: TC001 - msgspec reads the annotations at run time
from eventflow.events.trace import TraceContext  # noqa: TC001 - msgspec reads the annotations
from eventflow.ledger import Ledger  # noqa: TC001 - msgspec reads the annotations at run time
from eventflow.quality import Verdict  # noqa: TC001 - msgspec reads the annotations at run time
from eventflow.runs.errors import IllegalTransitionError


class RunState(StrEnum):
    """State of a run."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    def to(self, other: RunState) -> RunState:
        """Return the state a run goes to; an ended run stays as it ended.

        Raises:
            IllegalTransitionError: A run cannot go there from here.
        """
        if other not in _NEXT[self]:
            raise IllegalTransitionError.between(self, other)
        return other


_STOPPED = (RunState.FAILED, RunState.CANCELLED)
_NEXT: dict[RunState, tuple[RunState, ...]] = {
    RunState.PENDING: (RunState.IN_PROGRESS, *_STOPPED),
    RunState.IN_PROGRESS: (RunState.COMPLETED, *_STOPPED),
    RunState.COMPLETED: (),
    RunState.FAILED: (),
    RunState.CANCELLED: (),
}

WRITE = "write"
"""Label of the pass in which a sink writes."""

OPEN_STATES = (RunState.PENDING, RunState.IN_PROGRESS)
"""States of a run that has not ended."""


@frozen(kw_only=True)
class NodeRecord:
    """One node of the executed plan.

    Attributes:
        name: Unique name within the plan: ``source``, ``steps.0``, ``blueprint.1``, …
        role: What it is in the pipeline.
        component: Name the configuration used, for example ``online_retail``.
        distribution: Distribution that provides it.
        version: That distribution's version.
        locality: ``row``, ``aggregate(customer_id)``, …; empty for sources and sinks.
        columns_read: Columns it needs; None when it cannot say.
        note: Anything worth showing: why it leaves the streaming engine, what it was fitted on.
        learned: What its state holds, in words: subject and outcome; empty without a state.
        recipes: The recipes it comes from, the outermost first, each with its version:
            ``city_grid 1.0``.
    """

    name: str
    role: Literal["source", "step", "gate", "blueprint", "sink"]
    component: str
    distribution: str
    version: str
    locality: str = ""
    columns_read: tuple[str, ...] | None = None
    note: str = ""
    learned: tuple[tuple[str, str], ...] = ()
    recipes: tuple[str, ...] = ()


@frozen(kw_only=True)
class PassRecord:
    """One pass over data: the unit of time, since consecutive lazy steps are one query.

    Attributes:
        label: What it did, in words: ``read + validate``.
        nodes: Names of the nodes it executed.
        seconds: Wall time.
        rows: Rows it delivered; None when nobody counted.
        bytes: Bytes it delivered in memory; of a pass that writes, what the sink published;
            None when unknown.
        peak_bytes: Peak resident memory of the process while it ran; None when unknown.
    """

    label: str
    nodes: tuple[str, ...]
    seconds: float
    rows: int | None = None
    bytes: int | None = None
    peak_bytes: int | None = None


@frozen(kw_only=True)
class FeatureRecord:
    """One output column: definition (when a blueprint declares it) and distribution.

    Attributes:
        name: Column name.
        dtype: Short dtype name.
        unit: Unit; empty when nobody declared one.
        formula: Definition; empty when nobody declared one.
        parity: ``exact``, ``close(1e-09)``, …; empty when nobody declared one.
        nulls: When it is null.
        source: Where the definition comes from.
        missing: Share of nulls, 0 to 1; None for an empty result.
        distinct: Number of distinct values.
        minimum: Smallest value as a number; None when not numeric or all null.
        mean: Arithmetic mean of the finite values; None likewise.
        median: Median; None likewise.
        maximum: Largest value; None likewise.
        quantiles: The values below which 5, 25, 75 and 95 per cent lie, between neighbours by
            linear interpolation; empty when not numeric or all null.
        earliest: First date or time, ISO 8601; empty for other columns.
        latest: Last date or time.
        histogram: Counts in equally wide bins from minimum to maximum (numbers), from earliest to
            latest (dates and times), or of the most frequent values (text).
        top: The most frequent values with their counts, for text; at most ten.
    """

    name: str
    dtype: str
    unit: str = ""
    formula: str = ""
    parity: str = ""
    nulls: str = ""
    source: str = ""
    missing: float | None = None
    distinct: int | None = None
    minimum: float | None = None
    mean: float | None = None
    median: float | None = None
    maximum: float | None = None
    quantiles: tuple[float, ...] = ()
    earliest: str = ""
    latest: str = ""
    histogram: tuple[int, ...] = ()
    top: tuple[tuple[str, int], ...] = ()


@frozen(kw_only=True)
class OutputRecord:
    """One thing the run wrote.

    Attributes:
        path: Where, as the user wrote it.
        rows: Rows in it.
        bytes: Size on disk; None when unknown.
    """

    path: str
    rows: int
    bytes: int | None = None


@frozen(kw_only=True)
class WarningRecord:
    """Something a person should know although the run went on."""

    code: str
    message: str
    node: str | None = None


@frozen(kw_only=True)
class RunRecord:
    """Everything worth knowing of one run. Secrets are masked before they get here.

    Attributes:
        run_id: UUIDv7 as text; `short_id` is what people type.
        name: Name of the pipeline.
        state: State in which it ended (or is).
        started_at: Start, UTC.
        seconds: Wall time from start to end.
        as_of: Moment the features speak of; None without a blueprint.
        as_of_origin: Who said so.
        seed: Seed for anything random.
        config: The configuration as run, secrets masked.
        config_path: File it came from; None when it came from Python.
        ledger: Where every row went; None when the run ended before any was counted.
        verdict: Verdict on the input; None without a gate.
        output_verdict: Verdict on the blueprint's output; None without a blueprint.
        features: Output columns.
        left_out: Feature → fields it lacks.
        charts: Pictures that its steps asked for, as numbers.
        warnings: What a person should know.
        nodes: Executed plan.
        passes: Passes over data, in order.
        outputs: What was published.
        problems: Why it failed; empty otherwise.
        peak_bytes: Peak resident memory of the process.
        versions: Distribution → version, for Python, Polars and every plugin used.
        platform: Operating system and machine.
        engine: Engine in words: ``local (polars 2.1.0, streaming)``.
        inputs: Source or context → fingerprint.
        run_dir: Folder of the run: quarantine, state, report, log.
        state_path: Fitted state inside `run_dir`; None when nothing was fitted.
        report_path: HTML report inside `run_dir`; None when none was written.
        correlation_id: Identifier shared by the run's events and log lines.
        trace: Trace and span of the run, which its events carry; None in old records.
        source_columns: Columns read and columns there were, for ``7 of 8 columns``.
    """

    run_id: str
    name: str
    state: RunState
    started_at: datetime
    seconds: float = 0.0
    as_of: datetime | None = None
    as_of_origin: Literal["config", "run start", ""] = ""
    seed: int = 0
    config: dict[str, Any] = field(factory=dict)
    config_path: str | None = None
    ledger: Ledger | None = None
    verdict: Verdict | None = None
    output_verdict: Verdict | None = None
    features: tuple[FeatureRecord, ...] = ()
    left_out: dict[str, tuple[str, ...]] = field(factory=dict)
    charts: tuple[ChartRecord, ...] = ()
    warnings: tuple[WarningRecord, ...] = ()
    nodes: tuple[NodeRecord, ...] = ()
    passes: tuple[PassRecord, ...] = ()
    outputs: tuple[OutputRecord, ...] = ()
    problems: tuple[Problem, ...] = ()
    peak_bytes: int | None = None
    versions: dict[str, str] = field(factory=dict)
    platform: str = ""
    engine: str = ""
    inputs: dict[str, str] = field(factory=dict)
    run_dir: str | None = None
    state_path: str | None = None
    report_path: str | None = None
    correlation_id: str = ""
    trace: TraceContext | None = None
    source_columns: tuple[int, int] | None = None

    @property
    def short_id(self) -> str:
        """The last eight characters of the run id: random, short enough to type."""
        return self.run_id.replace("-", "")[-8:]
