"""The end of a run: check the result, write it, describe it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import field, frozen

from eventflow.quality import CheckResult, Verdict
from eventflow.runs.profile import (
    SAMPLE,
    SMALL,
    best,
    describe,
    exact_facts,
    samples,
    with_exact,
)
from eventflow.runs.record import WRITE, FeatureRecord, OutputRecord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from eventflow.blueprint import FeatureSpec
    from eventflow.runs.execute import Execution
    from eventflow.runs.place import PlacedSink


@frozen(kw_only=True, eq=False)
class Output:
    """What a run produced; nothing is published yet when this is built.

    Attributes:
        rows: Number of rows.
        data: The rows, when they are few or nobody writes them; else None.
        features: Description of every column.
        verdict: Verdict on the features; None when no blueprint declares any.
    """

    rows: int
    data: pl.DataFrame | None
    features: tuple[FeatureRecord, ...]
    verdict: Verdict | None = field(default=None)


def produce(
    execution: Execution,
    sink: PlacedSink | None,
    declared: Mapping[str, FeatureSpec],
    described: Mapping[str, FeatureSpec],
) -> Output:
    """Execute what is left of the plan, write the result aside, and describe it.

    A result that fits in memory comfortably is collected once and written from there; a larger
    one streams to the sink, and is described from a sample with exact missing, minimum and maximum.

    Args:
        execution: The plan, of which the end is still to be executed.
        sink: Where the result goes, if anywhere.
        declared: Feature name → what the blueprint promises, which is checked.
        described: Feature name → what other steps say of it.
    """
    if not execution.held:
        execution.hold()
    if sink is None or execution.small(SMALL):
        output = _collected(execution, declared, described)
        if sink is not None and output.data is not None:
            written = execution.frame.with_lazy(output.data.lazy())
            with sink.writing():
                execution.gather([sink.write(written)], WRITE)
        return output
    return _streamed(execution, sink, declared, described)


def publish(sink: PlacedSink, rows: int) -> tuple[OutputRecord, ...]:
    """Commit, and say what is where now."""
    return tuple(_written(place, rows) for place in sink.commit())


def _written(place: Path | str, rows: int) -> OutputRecord:
    return OutputRecord(path=str(place), rows=rows, bytes=_size(Path(place)))


def _size(path: Path) -> int | None:
    """Bytes of a file, or of all files of a folder; None for what lies elsewhere."""
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size if path.is_file() else None


def _collected(
    execution: Execution,
    declared: Mapping[str, FeatureSpec],
    described: Mapping[str, FeatureSpec],
) -> Output:
    [data] = execution.gather([execution.frame.lazy], "features" if declared else "collect")
    execution.trail.count(rows=data.height)
    facts = data.select(exact_facts(data.schema, declared)).row(0, named=True)
    sample = data if data.height <= SMALL else data.gather_every(-(-data.height // SAMPLE))
    features = describe(sample, {**described, **declared}, whole=sample is data)
    return Output(
        rows=data.height,
        data=data,
        features=features if sample is data else with_exact(features, facts),
        verdict=_judge(facts, data.schema, declared),
    )


def _streamed(
    execution: Execution,
    sink: PlacedSink,
    declared: Mapping[str, FeatureSpec],
    described: Mapping[str, FeatureSpec],
) -> Output:
    frame = execution.frame
    columns = frame.columns()
    with sink.writing():
        _, facts, *found = execution.gather(
            [
                sink.write(frame),
                frame.lazy.select(exact_facts(columns, declared)),
                *samples(frame.lazy, execution.known_rows()),
            ],
            WRITE,
        )
    exact = facts.row(0, named=True)
    execution.trail.count(rows=exact["rows"])
    sample = best(found, exact["rows"])
    whole = sample.height == exact["rows"]
    features = describe(sample, {**described, **declared}, whole=whole)
    return Output(
        rows=exact["rows"],
        data=sample if whole else None,
        features=features if whole else with_exact(features, exact),
        verdict=_judge(exact, columns, declared),
    )


def _judge(
    facts: Mapping[str, Any], columns: pl.Schema, declared: Mapping[str, FeatureSpec]
) -> Verdict | None:
    """Check that every feature is there, finite, and not empty altogether."""
    if not declared or not facts["rows"]:
        return None
    checks = [*_all_there(columns, declared), *_filled(facts, columns, declared)]
    failed = [c for c in checks if not c.ok]
    reasons = tuple(c.detail or c.check for c in failed if c.severity == "critical")
    warnings = tuple(c.detail or c.check for c in failed if c.severity != "critical")
    return Verdict(
        score=None, minimum=None, checks=tuple(checks), reasons=reasons, warnings=warnings
    )


def _all_there(columns: pl.Schema, declared: Mapping[str, FeatureSpec]) -> Sequence[CheckResult]:
    lacking = [name for name in declared if name not in columns]
    detail = f"the blueprint declares {', '.join(lacking)}, which it did not make"
    return [
        CheckResult(
            dimension="consistency",
            check="features made",
            columns=tuple(declared),
            passed=len(declared) - len(lacking),
            total=len(declared),
            required=1.0,
            severity="critical",
            detail=detail if lacking else None,
        )
    ]


def _filled(
    facts: Mapping[str, Any], columns: pl.Schema, declared: Mapping[str, FeatureSpec]
) -> Sequence[CheckResult]:
    rows = facts["rows"]
    checks = []
    for name in (n for n in declared if n in columns):
        present = rows - facts[f"missing:{name}"]
        checks.append(
            CheckResult(
                dimension="completeness",
                check="not null",
                columns=(name,),
                passed=present,
                total=rows,
                required=None if present else 1.0,
                severity="medium",
                detail=None if present else f"feature {name} is null in every row",
            )
        )
        if infinite := facts.get(f"infinite:{name}"):
            checks.append(
                CheckResult(
                    dimension="validity",
                    check="finite",
                    columns=(name,),
                    passed=present - infinite,
                    total=present,
                    required=1.0,
                    severity="critical",
                    detail=f"feature {name} has values that are not finite",
                )
            )
    return checks
