"""`quality.gate`: measure the data in one pass, score it, and close the gate when it is not fit."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import evolve

from eventflow.base import BaseStep
from eventflow.frame import EventFrame, Rejection
from eventflow_quality import metrics as _metrics
from eventflow_quality.checks import ROWS
from eventflow_quality.config import GateConfig
from eventflow_quality.drift import distribution, watched
from eventflow_quality.planning import check_columns, checks_of
from eventflow_quality.rules import columns_read
from eventflow_quality.verdict import verdict
from eventflow_quality.volume import volume

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    import polars as pl

    from eventflow.frame import Outcome
    from eventflow.quality import Verdict
    from eventflow.schema import EventSchema
    from eventflow.types import Rows
    from eventflow_quality.checks import Measured

_OUTCOMES: dict[str, Outcome] = {"quarantine": "quarantined", "drop": "dropped"}


class QualityGate(BaseStep):
    """Check five dimensions of quality in one pass, and let only fit data through.

    Shape: the rows that came, or (``on_fail: drop`` or ``quarantine``) those without a failing
    value; columns never change. The verdict always speaks of the rows as they came.

    Locality: ``row``, since what happens to a row depends on that row alone. The metrics are
    aggregates over the whole frame. Counts, ranges, patterns, conditions and freshness take
    constant memory; distinct counts, outliers, order, gaps and drift take memory for the columns
    they look at.

    Units: shares from 0 to 1, scores from 0 to 100.

    Errors: SchemaError (EF301 to EF303), ExpressionError (EF320), RuleTypeError (EF410),
    UnknownRuleColumnError (EF411), ReferenceTypeError (EF412), NoMomentError (EF413),
    NoTimestampError (EF414), NoReferenceError (EF415), all of them before any data is
    read. A closed gate is no error of this step: it is a verdict with reasons.

    Source: the dimensions are those of DAMA UK (2013), "The six primary dimensions for data
    quality assessment", without accuracy, which needs an outside truth; measured as ISO/IEC
    25024:2015 measures, as the share of units that pass. No standard sets thresholds: the defaults
    are Eventflow's and yours to change.
    """

    Config = GateConfig
    rows: ClassVar[Rows] = "accounted"
    as_of: datetime | None = None

    def at(self, as_of: datetime) -> QualityGate:
        """Return a copy that compares times with a moment."""
        bound = copy(self)
        bound.as_of = as_of
        return bound

    def reads(self, schema: EventSchema, columns: Sequence[str]) -> frozenset[str]:
        """Return the columns that are checked."""
        del columns
        return columns_read(self.config, schema)

    def measure(self, frame: EventFrame) -> pl.LazyFrame:
        """Return the metrics of every check as one lazy row."""
        check_columns(self.config, frame)
        drift = self.config.drift
        saved = [w.saved() for w in watched(drift, frame)] if drift else []
        shared = self._shared(frame)
        return _metrics.select(shared.lazy, self._checks(shared), saved)

    def _shared(self, frame: EventFrame) -> EventFrame:
        """Return the columns that are read, once for all checks.

        What needs a second look, since bounds come from the data, would have to keep all of it in
        memory until then: such data are read again instead.
        """
        rules = self.config
        if rules.drift or any(r.outliers for r in rules.columns.values()):
            return frame
        read = columns_read(rules, frame.schema)
        names = [c for c in frame.columns() if c in read]
        return frame.with_lazy((frame.lazy.select(names) if names else frame.lazy).cache())

    def judge(self, metrics: pl.DataFrame) -> Verdict:
        """Turn the metrics into scores, reasons and warnings."""
        row, checks = _metrics.results(metrics)
        rows, options = row[ROWS], self.config
        if options.volume is not None:
            checks = (*checks, volume(options.volume, rows, options.severity.timeliness))
        found = verdict(options, rows, checks)
        names = options.drift.columns if options.drift else ()
        return evolve(found, distributions=tuple(distribution(n, row) for n in names))

    def apply(self, frame: EventFrame, state: Any) -> EventFrame:
        """Return the frame, without the failing rows if the options say so."""
        del state
        taking = [c for c in self._checks(frame) if c.fails is not None and c.on_fail != "keep"]
        if not taking:
            return frame
        added = [c for c in taking if c.beside]
        wide = frame.with_lazy(_metrics.beside(frame.lazy, added))
        left = wide.reject(*_rejections(taking))
        return _narrowed(left, frame.columns().names()) if added else left

    def _checks(self, frame: EventFrame) -> list[Measured]:
        return checks_of(self.config, frame, self.as_of)


def _rejections(taking: Iterable[Measured]) -> Iterator[Rejection]:
    """Yield the rules; rows that any rule keeps aside are kept aside, whatever others say."""
    for on_fail, outcome in _OUTCOMES.items():
        for measured in taking:
            if measured.on_fail == on_fail and measured.fails is not None:
                yield Rejection(measured.check.failing(), measured.fails, outcome)


def _narrowed(frame: EventFrame, names: Sequence[str]) -> EventFrame:
    """Take the columns of contexts out again, of the rows that stay and of those kept aside."""
    *before, account = frame.accounts
    rejected = account.rejected
    if rejected is not None:
        extra = [n for n in rejected.collect_schema().names() if n.startswith("__eventflow_")]
        rejected = rejected.select(*names, *extra)
    kept = frame.lazy.select(names)
    narrow = evolve(account, rejected=rejected, kept=kept, base=None, rules=())
    return evolve(frame, lazy=kept, accounts=(*before, narrow))
