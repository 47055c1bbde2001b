"""From the results of the checks to a verdict: scores, reasons, warnings."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from eventflow.quality import CheckResult, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventflow_quality.config import GateConfig


_OF_THE_TABLE = ("freshness", "volume", "drift")
"""Checks that judge the table as a whole: a share of rows would say nothing of them."""


def verdict(config: GateConfig, rows: int, checks: tuple[CheckResult, ...]) -> Verdict:
    """Judge: see the package's documentation for every definition."""
    dimensions = dimension_scores(checks)
    score = overall(dimensions, config.weights.model_dump())
    required = [c for c in checks if c.required is not None]
    failing = [c for c in required if not c.ok and c.total]
    high = [c for c in failing if c.severity == "high"]
    reasons = (
        *_no_evidence(rows, checks, score),
        *(_sentence(c) for c in required if c.severity == "critical" and not c.ok and rows),
        *_too_many(high, config.high_allowed),
        *_too_low(score, config.minimum_score),
    )
    warnings = (
        *(_sentence(c) for c in high),
        *(_sentence(c) for c in required if not c.total and c.severity != "critical" and rows),
    )
    return Verdict(
        score=score,
        minimum=config.minimum_score,
        dimensions=dimensions,
        checks=checks,
        reasons=reasons,
        warnings=warnings,
        rows=rows,
    )


def dimension_scores(checks: Iterable[CheckResult]) -> dict[str, float]:
    """Return 100 x the mean share of a dimension's checks, each check counting the same.

    Checks that only inform and checks without evidence take no part; a dimension without any other
    check has no score.
    """
    shares: dict[str, list[float]] = {}
    for check in checks:
        if check.required is not None and check.share is not None:
            shares.setdefault(check.dimension, []).append(check.share)
    return {name: _mean(found, [1.0] * len(found)) for name, found in shares.items()}


def overall(dimensions: dict[str, float], weights: dict[str, float]) -> float | None:
    """Return the weighted mean of the dimension scores, or None without evidence."""
    known = [name for name in dimensions if weights[name] > 0]
    if not known:
        return None
    shares = [dimensions[name] / 100 for name in known]
    return _mean(shares, [weights[name] for name in known])


def _mean(shares: Sequence[float], weights: Sequence[float]) -> float:
    """Return 100 x the weighted mean, rounded so that four shares of 0.8 are 80 and not less."""
    total = math.fsum(s * w for s, w in zip(shares, weights, strict=True))
    return round(100 * total / math.fsum(weights), 9)


def _no_evidence(rows: int, checks: Sequence[CheckResult], score: float | None) -> Iterable[str]:
    if not rows:
        yield "no evidence: there are no rows"
    elif not checks:
        yield "no evidence: nothing to check, give columns a role or a rule"
    elif score is None:
        yield "no evidence: no check that counts for the score looked at any value"


def _too_many(high: Sequence[CheckResult], allowed: int) -> Iterable[str]:
    if len(high) > allowed:
        yield f"{len(high)} checks of high severity failed, at most {allowed} may"


def _too_low(score: float | None, minimum: float | None) -> Iterable[str]:
    if score is not None and minimum is not None and score < minimum:
        yield f"quality {_floor(score, 1)} of 100, minimum {minimum:g}"


def _sentence(check: CheckResult) -> str:
    if check.check.partition(" ")[0] in _OF_THE_TABLE:
        return f"{check.check}: {check.detail}"
    name = f"{check.dimension} of {', '.join(check.columns)}"
    required = f"required {_percent(check.required or 0.0)}"
    if check.share is None:
        return f"{name}: no evidence, {required}"
    failed = f"{check.total - check.passed:,} of {check.total:,}"
    what = f"{failed} fail {check.check}"
    shown = f", for example {', '.join(check.examples)}" if check.examples else ""
    return f"{name} is {_percent(check.share)}, {required}: {what}{shown}"


def _percent(share: float) -> str:
    return f"{_floor(100 * share, 2)} %"


def _floor(number: float, digits: int) -> str:
    """Round down, so that a share below what is required never reads as if it reached it."""
    scale = 10**digits
    return f"{math.floor(round(number * scale, 6)) / scale:.{digits}f}".rstrip("0").rstrip(".")
