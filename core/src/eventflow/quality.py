"""What a quality check found: the words that gates, reports and the terminal share."""

from __future__ import annotations

from typing import Literal

from attrs import field, frozen

Severity = Literal["critical", "high", "medium", "low"]
Dimension = Literal["completeness", "uniqueness", "validity", "consistency", "timeliness"]


@frozen(kw_only=True)
class CheckResult:
    """One check on one column (or several).

    Attributes:
        dimension: Quality dimension it counts for.
        check: Name of the check: ``not_null``, ``unique``, ``range``, …
        columns: Columns it looks at.
        passed: Units (usually rows) that passed.
        total: Units looked at; 0 means there was no evidence.
        required: Share that must pass, 0 to 1; None when it only informs.
        severity: What failing means: ``critical`` closes the gate, the others warn or inform.
        examples: Up to five failing values as text; masked where the schema says so.
        detail: One sentence for people.
    """

    dimension: Dimension
    check: str
    columns: tuple[str, ...]
    passed: int
    total: int
    required: float | None = None
    severity: Severity = "high"
    examples: tuple[str, ...] = ()
    detail: str | None = None

    @property
    def share(self) -> float | None:
        """Share that passed, 0 to 1; None without evidence."""
        return self.passed / self.total if self.total else None

    @property
    def ok(self) -> bool:
        """Whether it passed; without evidence nothing passes that is required."""
        if self.required is None:
            return True
        return self.share is not None and self.share >= self.required


@frozen(kw_only=True)
class Distribution:
    """How a column's values were spread: what later data are compared with.

    Attributes:
        column: The column.
        edges: Ascending inner edges of the bins of a number, right-closed; empty for text.
        values: The values that are bins of their own, for text; the last bin is all others.
        counts: Values in each bin.
    """

    column: str
    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()


@frozen(kw_only=True)
class Verdict:
    """What a gate says of the data.

    Attributes:
        score: Weighted mean of the dimension scores, 0 to 100; None without evidence.
        minimum: Score the gate asks for; None when there is no gate on the score.
        dimensions: Dimension → score 0 to 100, only those with evidence.
        checks: Every check that was made.
        reasons: Why the gate is closed, one sentence each; empty when it is open.
        warnings: What a person should know although the gate is open.
        rows: Rows that came to the gate; None when it did not count them.
        distributions: How the columns that are watched for drift were spread.
    """

    score: float | None
    minimum: float | None
    dimensions: dict[str, float] = field(factory=dict)
    checks: tuple[CheckResult, ...] = ()
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    rows: int | None = None
    distributions: tuple[Distribution, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the gate is open."""
        return not self.reasons
