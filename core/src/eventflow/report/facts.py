"""What a run record means, in words: read by the terminal, the report and the notebook alike."""

from __future__ import annotations

import shlex
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from attrs import frozen

from eventflow.formatting import iso, plural
from eventflow.runs.record import OPEN_STATES, RunState, WarningRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.ledger import Ledger, LedgerEntry
    from eventflow.quality import CheckResult, Verdict
    from eventflow.runs.record import FeatureRecord, NodeRecord, PassRecord, RunRecord

Tone = Literal["good", "warn", "bad", "idle"]

_MOST_CLEAN = 5  # checks of a dimension that every unit passed; more are folded


@frozen
class Outcome:
    """How a run or a check ended: a word, and the tone that picks mark and colour.

    Attributes:
        tone: ``good``, ``warn``, ``bad`` or ``idle`` (not ended, or only informs).
        words: What happened.
    """

    tone: Tone
    words: str


_UNFINISHED: dict[RunState, Outcome] = {
    RunState.PENDING: Outcome("idle", "waiting"),
    RunState.IN_PROGRESS: Outcome("idle", "running"),
    RunState.CANCELLED: Outcome("bad", "cancelled"),
}


def outcome(record: RunRecord) -> Outcome:
    """Return the verdict on a run, as the first words of report and summary say it."""
    if record.state in _UNFINISHED:
        return _UNFINISHED[record.state]
    if record.state is RunState.FAILED:
        return Outcome("bad", _failure(record))
    if warned := warnings(record):
        return Outcome("warn", f"passed with {plural(len(warned), 'warning')}")
    return Outcome("good", "passed")


def _failure(record: RunRecord) -> str:
    if any(p.code == "EF524" for p in record.problems):
        return "interrupted"
    if record.verdict is not None and not record.verdict.passed:
        return "failed at the quality gate"
    if record.output_verdict is not None and not record.output_verdict.passed:
        return "failed at the check of its output"
    keys = [p.key for p in record.problems if p.key]
    node = next((n for n in record.nodes for k in keys if _covers(k, n.name)), None)
    return f"failed at {node.component} ({node.name})" if node else "failed"


def _covers(key: str, name: str) -> bool:
    return key == name or key.startswith(f"{name}.")


def gate_closed(record: RunRecord) -> bool:
    """Whether a quality gate, on the input or on the output, stopped the run."""
    return any(not v.passed for v in (record.verdict, record.output_verdict) if v is not None)


def warnings(record: RunRecord) -> Sequence[WarningRecord]:
    """Return the run's warnings, with those of its gates that it does not repeat."""
    found = list(record.warnings)
    said = {w.message for w in found}
    for verdict in (record.verdict, record.output_verdict):
        for message in verdict.warnings if verdict is not None else ():
            if message not in said:
                said.add(message)
                found.append(WarningRecord(code="EF402", message=message, node="quality"))
    return found


@frozen(kw_only=True)
class LedgerLine:
    """One line of the ledger as people see it.

    Attributes:
        stage: Plan node; empty for the first and the last line.
        component: What the configuration calls that node; empty where there is none.
        kind: ``read``, ``dropped``, …, ``result``, or ``unexplained`` / ``not written``.
        what: In words.
        rows: How many.
        share: Rows as a share of rows read; None when nothing was read.
        kept: Where they are kept; None when they are not.
    """

    stage: str
    component: str
    kind: str
    what: str
    rows: int
    share: float | None
    kept: str | None


def ledger_lines(record: RunRecord) -> Sequence[LedgerLine]:
    """Return the ledger: rows read, what became of them, rows in the result."""
    ledger = record.ledger
    if ledger is None:
        return []
    first = next((n for n in record.nodes if n.role == "source"), None)
    lines = [_line(ledger, "read", "rows read", ledger.read, component=first)]
    lines.extend(_entry_line(record, ledger, e) for e in ledger.entries)
    if ledger.unexplained:
        ended = record.state is RunState.COMPLETED
        kind = "unexplained" if ended else "not written"
        what = "nobody accounts for these" if ended else _why_not_written(record)
        lines.append(_line(ledger, kind, what, ledger.unexplained))
    kept = record.outputs[0].path if record.outputs else None
    lines.append(_line(ledger, "result", _result_words(record), ledger.result, kept=kept))
    return lines


def _why_not_written(record: RunRecord) -> str:
    return "a quality gate closed" if gate_closed(record) else "the run ended before"


def _line(  # noqa: PLR0913 - one argument per column of the ledger
    ledger: Ledger,
    kind: str,
    what: str,
    rows: int,
    *,
    component: NodeRecord | None = None,
    kept: str | None = None,
) -> LedgerLine:
    return LedgerLine(
        stage=component.name if component else "",
        component=component.component if component else "",
        kind=kind,
        what=what,
        rows=rows,
        share=rows / ledger.read if ledger.read else None,
        kept=kept,
    )


def _entry_line(record: RunRecord, ledger: Ledger, entry: LedgerEntry) -> LedgerLine:
    node = next((n for n in record.nodes if n.name == entry.stage), None)
    return LedgerLine(
        stage=entry.stage,
        component=node.component if node else "",
        kind=entry.kind,
        what=entry.reason,
        rows=entry.rows,
        share=entry.rows / ledger.read if ledger.read else None,
        kept=entry.kept,
    )


def _result_words(record: RunRecord) -> str:
    words = [made(record)] if record.features else []
    if record.outputs and (key := grain(record)):
        words.append(f"one row per {key}")
    return ", ".join(words) or "rows written"


def of_recipes(nodes: Sequence[NodeRecord]) -> Sequence[tuple[tuple[str, ...], list[NodeRecord]]]:
    """Return the nodes that come from recipes, those of one together: recipes, nodes."""
    grouped = groupby(nodes, key=lambda node: node.recipes)
    return [(recipes, list(group)) for recipes, group in grouped if recipes]


def grain(record: RunRecord) -> str:
    """Return what one row of the result stands for: the columns last grouped by."""
    for node in reversed(record.nodes):
        if node.locality.startswith("aggregate("):
            return node.locality.removeprefix("aggregate(").removesuffix(")")
    return ""


def sum_sentence(record: RunRecord) -> str:
    """Return the ledger as an equation in words; empty text without one."""
    ledger = record.ledger
    if ledger is None:
        return ""
    parts = [f"{ledger.read:,} read = {ledger.result:,} in the result"]
    parts.append(f"{ledger.accounted:,} accounted for")
    if ledger.unexplained:
        done = record.state is RunState.COMPLETED
        parts.append(f"{ledger.unexplained:,} {'not accounted for' if done else 'not written'}")
    return " + ".join(parts)


def declared(record: RunRecord) -> Sequence[FeatureRecord]:
    """Return the features that a blueprint or a step declared; all columns where none did."""
    return [f for f in record.features if f.formula] or record.features


def made(record: RunRecord) -> str:
    """Return how much was made: ``9 features``, or ``12 columns`` where none is declared."""
    features = [f for f in record.features if f.formula]
    return plural(len(features), "feature") if features else plural(len(record.features), "column")


@frozen
class DimensionChecks:
    """The checks of one quality dimension.

    Attributes:
        dimension: Name of the dimension.
        score: Score 0 to 100; None without evidence.
        checks: Each check that is shown by itself, with its outcome, what failed first.
        folded: Checks that every unit passed, where they are so many that they would hide others.
    """

    dimension: str
    score: float | None
    checks: tuple[tuple[CheckResult, Outcome], ...]
    folded: tuple[CheckResult, ...] = ()


def by_dimension(verdict: Verdict) -> Sequence[DimensionChecks]:
    """Group the checks of a verdict by dimension, in the order of the verdict."""
    names = dict.fromkeys([*verdict.dimensions, *(c.dimension for c in verdict.checks)])
    return [_grouped(verdict, name) for name in names]


def _grouped(verdict: Verdict, dimension: str) -> DimensionChecks:
    checks = [c for c in verdict.checks if c.dimension == dimension]
    clean = [c for c in checks if c.required is not None and c.share == 1 and not c.examples]
    folded = tuple(clean) if len(clean) > _MOST_CLEAN else ()
    judged = [(c, check_outcome(c)) for c in checks if c not in folded]
    order: dict[Tone, int] = {"bad": 0, "warn": 1, "good": 2, "idle": 3}
    shown = tuple(sorted(judged, key=lambda pair: order[pair[1].tone]))
    return DimensionChecks(dimension, verdict.dimensions.get(dimension), shown, folded)


def check_outcome(check: CheckResult) -> Outcome:
    """Return how a check ended; only what is required can fail, only what is critical stops."""
    if check.required is None:
        return Outcome("idle", "noted")
    if check.ok:
        return Outcome("good", "passed")
    return Outcome("bad", "failed") if check.severity == "critical" else Outcome("warn", "warning")


def plugins(record: RunRecord) -> Sequence[str]:
    """Return the distributions that took part, each once, in the order of the plan.

    The transport and trackers are in no plan, and come last.
    """
    others = (n for n in record.versions if n not in {"python", "polars", "eventflow-core"})
    return list(dict.fromkeys([*(n.distribution for n in record.nodes), *others]))


def passes_over_data(record: RunRecord) -> int:
    """Return how many passes read the source; the others worked on rows in memory."""
    return sum(1 for p in record.passes if reads_source(p))


def reads_source(work: PassRecord) -> bool:
    """Whether a pass read the source, rather than rows that were in memory by then."""
    return "source" in work.nodes


def kind_of_work(work: PassRecord) -> str:
    """Return ``pass`` for what read the source, ``query`` for what worked on rows in memory."""
    return "pass" if reads_source(work) else "query"


def other_seconds(record: RunRecord) -> float:
    """Return the time of a run outside its passes: planning, imports, keeping records."""
    return max(record.seconds - sum(work.seconds for work in record.passes), 0.0)


def command(record: RunRecord) -> str:
    """Return the one command that makes this run again, with the same versions and moment."""
    pinned = [
        f"--with {shlex.quote(f'{name}=={version}')}"
        for name, version in record.versions.items()
        if name.startswith("eventflow-")
    ]
    words = ["uv run", *pinned, "eventflow run", shlex.quote(record.config_path or "pipeline.yaml")]
    if record.as_of is not None and "blueprint" in record.config:
        words.append(f"--set blueprint.as_of={iso(record.as_of)}")
    if record.seed:
        words.append(f"--set seed={record.seed}")
    return " ".join(words)


def open_command(record: RunRecord) -> str | None:
    """Return the command that opens the run's report; None when it could not be written."""
    if record.report_path is None and record.state not in OPEN_STATES:
        return None
    return f"eventflow runs open {record.short_id}"
