"""Whether there are as many rows as there should be."""

from __future__ import annotations

from math import ceil, floor
from statistics import median
from typing import TYPE_CHECKING

from eventflow.quality import CheckResult
from eventflow.runs.record import RunState
from eventflow.runs.store import RunStore
from eventflow.runs.store_errors import RecordFormatError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.quality import Severity
    from eventflow_quality.table_options import VolumeRule


def volume(rule: VolumeRule, rows: int, severity: Severity) -> CheckResult:
    """Compare a number of rows with bounds and with the median of the history.

    Without bounds and without history there is no evidence.
    """
    history = (*rule.history, *_kept(rule))
    low, high = rule.minimum, rule.maximum
    if history:
        usual = median(history)
        low = max(low or 0, ceil(usual * (1 - rule.within)))
        most = floor(usual * (1 + rule.within))
        high = most if high is None else min(high, most)
    known = low is not None or high is not None
    good = known and (low or 0) <= rows <= (rows if high is None else high)
    return CheckResult(
        dimension="timeliness",
        check="volume",
        columns=(),
        passed=int(good),
        total=int(known),
        required=1.0 if rule.required is None else rule.required,
        severity=rule.severity or severity,
        detail=_detail(rows, low, high, len(history)),
    )


def _kept(rule: VolumeRule) -> Iterator[int]:
    """Yield the rows that came to the gate in completed runs of the store, the newest first."""
    if rule.runs is None:
        return
    store = RunStore(rule.runs)
    for row in store.list(rule.last, name=rule.name, state=RunState.COMPLETED):
        try:
            verdict = store.get(row.run_id).verdict
        except RecordFormatError:  # a damaged record tells nothing
            continue
        if verdict is not None and verdict.rows is not None:
            yield verdict.rows


def _detail(rows: int, low: int | None, high: int | None, runs: int) -> str:
    if low is None and high is None:
        return f"{rows:,} rows, and no earlier run to compare with"
    most = f"at most {high:,}" if high is not None else ""
    wanted = most if low is None else f"at least {low:,}"
    if low is not None and high is not None:
        wanted = f"{low:,} to {high:,}"
    after = f" after {runs} earlier run{'s' if runs > 1 else ''}" if runs else ""
    return f"{rows:,} rows, expected {wanted}{after}"
