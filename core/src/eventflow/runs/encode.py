"""Run records as plain data and back: the one place that knows their JSON shape.

The document is versioned (``"schema": "eventflow.run/1"``). Beside the record's own fields it
carries a few derived ones (`short_id`, the ledger's `accounted`, a check's `ok`, …), so that a
reader in another language need not compute them; they are ignored on the way back.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import attrs
import msgspec

from eventflow.runs.record import RunRecord
from eventflow.runs.store_errors import RecordFormatError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.ledger import Ledger
    from eventflow.quality import Verdict

RUN_SCHEMA = "eventflow.run/1"
"""Name and version of the document; a new number means that a reader must change."""

_STATISTICS = ("minimum", "mean", "median", "maximum")
_EXACT = 2.0**53  # below, every whole float is exactly one integer
_FIELDS = tuple(f.name for f in attrs.fields(RunRecord))


def record_to_dict(record: RunRecord) -> dict[str, Any]:
    """Return the record as JSON-ready data: text, numbers, booleans, None, lists and dicts.

    Times are ISO 8601 in UTC (``2026-11-21T09:12:04.5Z``). JSON has no infinities: they become the
    text ``Infinity`` and ``-Infinity``, and NaN becomes ``NaN``. What a configuration made in
    Python holds beyond JSON (paths, functions) becomes text.
    """
    plain = msgspec.to_builtins(record, str_keys=True, enc_hook=str)
    data: dict[str, Any] = {"schema": RUN_SCHEMA, "short_id": record.short_id}
    data.update((name, _plain(plain[name])) for name in _FIELDS)
    if record.ledger is not None:
        data["ledger"].update(_of_ledger(record.ledger))
    for name, verdict in (("verdict", record.verdict), ("output_verdict", record.output_verdict)):
        if verdict is not None:
            _enrich_verdict(data[name], verdict)
    return data


def record_from_dict(data: Mapping[str, Any]) -> RunRecord:
    """Return the record a document describes; the inverse of `record_to_dict`.

    Raises:
        RecordFormatError: The document is of another version, or is not a run record.
    """
    if data.get("schema") != RUN_SCHEMA:
        raise RecordFormatError.for_schema(data.get("schema"), RUN_SCHEMA)
    plain = {**data, "features": [_numbers(f) for f in data.get("features", ())]}
    try:
        return msgspec.convert(plain, RunRecord)
    except msgspec.ValidationError as error:
        raise RecordFormatError.for_reason(str(error)) from error


def record_to_json(record: RunRecord, *, indent: int | None = None) -> str:
    """Return the record as JSON in ASCII, which every console and file can carry."""
    return json.dumps(record_to_dict(record), indent=indent, allow_nan=False)


def record_from_json(text: str | bytes) -> RunRecord:
    """Return the record that JSON text describes.

    Raises:
        RecordFormatError: The text is not JSON, or not a run record.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise RecordFormatError.for_json(str(error)) from error
    if not isinstance(data, dict):
        raise RecordFormatError.for_schema(None, RUN_SCHEMA)
    return record_from_dict(data)


def _plain(value: Any) -> Any:
    """Turn tuples into lists, whole floats into integers, infinities into text.

    Equal records then give equal bytes, though one holds 80 and the other 80.0.
    """
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return int(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _numbers(feature: Any) -> Any:
    """Undo what `_plain` did to a feature's statistics."""
    if not isinstance(feature, dict):
        return feature
    return {
        k: float(v) if k in _STATISTICS and v in {"NaN", "Infinity", "-Infinity"} else v
        for k, v in feature.items()
    }


def _of_ledger(ledger: Ledger) -> dict[str, Any]:
    return {
        "accounted": ledger.accounted,
        "unexplained": ledger.unexplained,
        "adds_up": ledger.adds_up,
    }


def _enrich_verdict(data: dict[str, Any], verdict: Verdict) -> None:
    data["passed"] = verdict.passed
    for plain, check in zip(data["checks"], verdict.checks, strict=True):
        plain.update(share=check.share, ok=check.ok)
