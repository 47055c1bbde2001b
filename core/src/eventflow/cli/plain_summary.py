"""The end of a run for pipes and CI: one fact a line, the ISO time first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from eventflow.formatting import iso, printable
from eventflow.report import facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from eventflow.runs.record import RunRecord

_FEW = 4  # further facts of a problem that are worth a place on its line

Value = str | int | float | None


def plain_lines(record: RunRecord) -> list[str]:
    """Return the facts of a run as ``<ISO time> <event> key=value …``.

    A ``pass`` reads the source, a ``query`` works on rows in memory. Numbers are bare, texts with
    spaces are quoted, unknown values are left out. Each pass and query carries the time at which
    it ended, everything else the time at which the run did.
    """
    end = record.started_at + timedelta(seconds=record.seconds)
    return [
        _fact(record.started_at, "run", id=record.short_id, name=record.name, engine=record.engine),
        *_recipes(record),
        *_passes(record),
        *_ledger(record, end),
        *_quality(record, end),
        *_ending(record, end),
    ]


def _recipes(record: RunRecord) -> Iterator[str]:
    for recipes, nodes in facts.of_recipes(record.nodes):
        yield _fact(record.started_at, "recipe", name=" > ".join(recipes), steps=len(nodes))


def _passes(record: RunRecord) -> Iterator[str]:
    at = record.started_at
    for work in record.passes:
        at += timedelta(seconds=work.seconds)
        seconds = round(work.seconds, 3)
        event = facts.kind_of_work(work)
        yield _fact(at, event, label=work.label, rows=work.rows, bytes=work.bytes, seconds=seconds)


def _ledger(record: RunRecord, end: datetime) -> Iterator[str]:
    for line in facts.ledger_lines(record):
        if line.kind == "read":
            yield _fact(end, "read", source=line.component, rows=line.rows)
        elif line.kind == "result":
            yield _fact(end, "result", rows=line.rows, features=len(facts.declared(record)))
        else:
            kind = line.kind.replace(" ", "_")
            yield _fact(
                end, kind, stage=line.stage, reason=line.what, rows=line.rows, kept=line.kept
            )


def _quality(record: RunRecord, end: datetime) -> Iterator[str]:
    for on, verdict in (("input", record.verdict), ("output", record.output_verdict)):
        if verdict is not None:
            open_ = "open" if verdict.passed else "closed"
            numbers: dict[str, Value] = dict(verdict.dimensions)
            score, minimum = verdict.score, verdict.minimum
            yield _fact(end, "quality", on=on, gate=open_, score=score, minimum=minimum, **numbers)


def _ending(record: RunRecord, end: datetime) -> Iterator[str]:
    for output in record.outputs:
        yield _fact(end, "wrote", path=output.path, rows=output.rows, bytes=output.bytes)
    for warning in facts.warnings(record):
        yield _fact(end, "warning", code=warning.code, node=warning.node, message=warning.message)
    for problem in record.problems:
        where = str(problem.location) if problem.location else None
        yield _fact(
            end,
            "problem",
            code=problem.code,
            where=where,
            owner=problem.owner,
            message=problem.message,
            detail="; ".join(problem.detail[:_FEW]),
            fix=problem.fix,
            run=problem.command,
        )
    yield _fact(
        end,
        "end",
        state=record.state.value,
        seconds=round(record.seconds, 3),
        peak_bytes=record.peak_bytes,
        report=facts.open_command(record),
    )


def _fact(at: datetime, event: str, /, **values: Value) -> str:
    pairs = [
        f"{_value(key)}={_value(value)}" for key, value in values.items() if value not in (None, "")
    ]
    return " ".join([iso(at), event, *pairs])


def _value(value: Value) -> str:
    if not isinstance(value, str):
        return str(value)
    text = " ".join(printable(value).split())
    bare = text and not any(c in ' "=' for c in text)
    return text if bare else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
