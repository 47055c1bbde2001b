"""`quality.gate`: measure the data in one pass, score it, and close the gate when it is not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from eventflow.base import BaseStep
from eventflow.frame import Rejection
from eventflow_quality import metrics as _metrics
from eventflow_quality.checks import checks_of
from eventflow_quality.config import GateConfig
from eventflow_quality.rules import columns_read
from eventflow_quality.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from eventflow.frame import EventFrame, Outcome
    from eventflow.quality import Verdict
    from eventflow.schema import EventSchema
    from eventflow.types import Rows
    from eventflow_quality.checks import Measured

_OUTCOMES: dict[str, Outcome] = {"drop": "dropped", "quarantine": "quarantined"}


class QualityGate(BaseStep):
    """Check completeness, uniqueness and validity, and let only fit data through.

    Shape: the rows that came, or (``on_fail: drop`` or ``quarantine``) those without a failing
    value; columns never change. The verdict always speaks of the rows as they came.

    Locality: ``row``, since what happens to a row depends on that row alone. The metrics are
    aggregates over the whole frame; all but the distinct counts take constant memory.

    Units: shares from 0 to 1, scores from 0 to 100.

    Errors: SchemaError (EF301 to EF303), RuleTypeError (EF410), UnknownRuleColumnError (EF411),
    all of them before any data is read. A closed gate is no error of this step: it is a verdict
    with reasons.

    Source: the dimensions are those of DAMA UK (2013), "The six primary dimensions for data
    quality assessment"; measured as ISO/IEC 25024:2015 measures, as the share of units that pass.
    No standard sets thresholds: the defaults are Eventflow's and yours to change.
    """

    Config = GateConfig
    rows: ClassVar[Rows] = "accounted"

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Return the columns that are checked."""
        del columns
        return columns_read(self.config, schema)

    def measure(self, frame: EventFrame) -> pl.LazyFrame:
        """Return the metrics of every check as one lazy row."""
        return _metrics.select(frame.lazy, self._checks(frame))

    def judge(self, metrics: pl.DataFrame) -> Verdict:
        """Turn the metrics into scores, reasons and warnings."""
        rows, checks = _metrics.results(metrics)
        return verdict(self.config, rows, checks)

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Return the frame, without the failing rows if the options say so."""
        del state
        if self.config.on_fail == "report":
            return frame
        rules = list(self._rejections(frame))
        return frame.reject(*rules) if rules else frame

    def _checks(self, frame: EventFrame) -> list[Measured]:
        return checks_of(self.config, frame.schema, frame.columns(), frame.zone)

    def _rejections(self, frame: EventFrame) -> Iterator[Rejection]:
        outcome = _OUTCOMES[self.config.on_fail]
        for measured in self._checks(frame):
            if measured.fails is not None and measured.check.required is not None:
                reason = f"{measured.check.columns[0]} not {measured.check.wanted}"
                yield Rejection(reason, measured.fails, outcome)
