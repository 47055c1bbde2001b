"""What a run tells its trackers: parameters, labels, numbers, tables and lineage of its record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from eventflow.tracking import CHECKS, FEATURES, LEDGER, PASSES, Dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.quality import CheckResult, Verdict
    from eventflow.runs.record import PassRecord, RunRecord

_TEXT, _NUMBER, _WHOLE = pl.String, pl.Float64, pl.Int64
_PASSES = {
    "step": _WHOLE, "label": _TEXT, "nodes": _TEXT, "seconds": _NUMBER, "rows": _WHOLE,
    "bytes": _WHOLE, "peak_bytes": _WHOLE,
}  # fmt: skip
_CHECKS = {
    "node": _TEXT, "dimension": _TEXT, "check": _TEXT, "columns": _TEXT, "passed": _WHOLE,
    "total": _WHOLE, "share": _NUMBER, "required": _NUMBER, "severity": _TEXT, "ok": pl.Boolean,
    "detail": _TEXT,
}  # fmt: skip
_FEATURES = {
    "name": _TEXT, "dtype": _TEXT, "unit": _TEXT, "parity": _TEXT, "missing": _NUMBER,
    "distinct": _WHOLE, "mean": _NUMBER, "median": _NUMBER, "minimum": _NUMBER,
    "maximum": _NUMBER,
}  # fmt: skip
_LEDGER = {"stage": _TEXT, "kind": _TEXT, "reason": _TEXT, "rows": _WHOLE, "kept": _TEXT}
_STATISTICS = ("missing", "distinct", "mean", "median", "minimum", "maximum")


def flat(config: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return a configuration as one level: ``{"steps.0.use": "cast"}``.

    Lists of plain values stay together, as text: they are one option.
    """
    found: dict[str, Any] = {}
    for key, value in config.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping) and value:
            found |= flat(value, f"{name}.")
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            found |= flat({str(i): item for i, item in enumerate(value)}, f"{name}.")
        elif isinstance(value, (list, Mapping)):
            found[name] = str(value)
        else:
            found[name] = value
    return found


def labels(record: RunRecord) -> dict[str, str]:
    """Return what a run is found by, as far as it is known when it begins."""
    known = {
        "run": record.short_id,
        "config_path": record.config_path,
        "as_of": record.as_of.isoformat() if record.as_of else None,
        "as_of_origin": record.as_of_origin,
        "engine": record.engine,
        "platform": record.platform,
        **{f"version.{name}": version for name, version in record.versions.items()},
    }
    return {name: value for name, value in known.items() if value}


def of_pass(done: PassRecord) -> dict[str, float]:
    """Return the numbers of one pass; the number of the pass is their step."""
    numbers = {
        "pass_seconds": done.seconds,
        "pass_rows": done.rows,
        "pass_bytes": done.bytes,
        "pass_peak_bytes": done.peak_bytes,
    }
    return {name: float(number) for name, number in numbers.items() if number is not None}


def numbers(record: RunRecord) -> dict[str, float]:
    """Return the numbers of a run that has ended: time, rows, quality, features."""
    found: dict[str, float] = {"seconds": record.seconds, "warnings": len(record.warnings)}
    if record.ledger is not None:
        found |= {"rows_read": record.ledger.read, "rows_result": record.ledger.result}
        for entry in record.ledger.entries:
            key = f"rows_{entry.kind}"
            found[key] = found.get(key, 0) + entry.rows
    if record.verdict is not None and record.verdict.score is not None:
        found["quality_score"] = record.verdict.score
        found |= {f"quality_{k}": v for k, v in record.verdict.dimensions.items()}
    if record.peak_bytes is not None:
        found["peak_bytes"] = record.peak_bytes
    for feature in record.features:
        values = ((name, getattr(feature, name)) for name in _STATISTICS)
        found |= {f"feature.{feature.name}.{n}": float(v) for n, v in values if v is not None}
    return found


def tables(
    record: RunRecord, verdicts: Mapping[str, Verdict]
) -> Iterator[tuple[str, pl.DataFrame]]:
    """Yield the tables of a run that has ended, those that have rows.

    Args:
        record: Its record.
        verdicts: Gate → what it said.
    """
    judged = dict(verdicts)
    if record.output_verdict is not None:
        judged["output"] = record.output_verdict
    entries = record.ledger.entries if record.ledger else ()
    found = {
        PASSES: pl.DataFrame([_pass(i, p) for i, p in enumerate(record.passes)], _PASSES),
        CHECKS: pl.DataFrame([_check(n, c) for n, v in judged.items() for c in v.checks], _CHECKS),
        FEATURES: pl.DataFrame([_row(f, _FEATURES) for f in record.features], _FEATURES),
        LEDGER: pl.DataFrame([_row(e, _LEDGER) for e in entries], _LEDGER),
    }
    yield from ((name, rows) for name, rows in found.items() if rows.height)


def lineage(
    record: RunRecord, read: tuple[Dataset, ...]
) -> tuple[tuple[Dataset, ...], tuple[Dataset, ...]]:
    """Return what a run read and wrote.

    Args:
        record: Its record.
        read: What is known of source and contexts before they are read; nothing when they could not
            be planned.
    """
    columns = tuple((f.name, f.dtype) for f in record.features)
    sink = next((n.component for n in record.nodes if n.role == "sink"), "sink")
    outputs = (
        Dataset(name=sink, role="sink", uri=o.path, rows=o.rows, bytes=o.bytes, columns=columns)
        for o in record.outputs
    )
    return read, tuple(outputs)


def _row(thing: object, columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in columns}


def _pass(step: int, done: PassRecord) -> dict[str, Any]:
    told = _row(done, {k: v for k, v in _PASSES.items() if k not in {"step", "nodes"}})
    return {"step": step, "nodes": _listed(done.nodes), **told}


def _check(node: str, check: CheckResult) -> dict[str, Any]:
    told = _row(check, {k: v for k, v in _CHECKS.items() if k not in {"node", "columns"}})
    return {"node": node, "columns": _listed(check.columns), **told}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
