"""The twenty rules as options of the quality gate; it finds examples and scores as well."""

from __future__ import annotations

import polars as pl
from timing import timed_counts

from eventflow import EventFrame
from eventflow_quality.gate import QualityGate

COLUMNS = {
    "id": {"unique": True, "minimum": 0},
    "a": {"minimum": -4, "maximum": 4},
    "b": {"minimum": 0, "maximum": 60},
    "c": {"minimum": 0, "maximum": 98},
    "d": {"maximum": 998},
    "kind": {"allowed": ["x", "y", "z"]},
    "code": {"pattern": "^C[0-9]{2,5}$"},
}
RULES = {
    "b + c positive": "b + c >= 0",
    "c near d": "c <= d + 98",
    "a below b": "a < b + 3",
    "c doubled": "c * 2 < 197",
    "b and c": "b + c < 150",
}
NAMES = {"not_null": "present"}


def job(path: str) -> dict[str, int]:
    """Judge, and return what failed."""
    gate = QualityGate(columns=COLUMNS, rules=RULES)
    metrics = gate.measure(EventFrame(pl.scan_parquet(path))).collect(engine="streaming")
    found = {}
    for check in gate.judge(metrics).checks:
        name = f"{check.columns[0]} {NAMES.get(check.check, check.check)}"
        found[check.check if check.check in RULES else name] = check.total - check.passed
    return found


if __name__ == "__main__":
    timed_counts(job)
