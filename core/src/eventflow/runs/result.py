"""What a run gives back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    import polars as pl

    from eventflow.ledger import Ledger
    from eventflow.quality import Verdict
    from eventflow.runs.record import RunRecord, RunState
    from eventflow.runs.reporting import ReportWriter


@frozen
class RunResult:
    """One finished run: its record, and its rows when they are at hand.

    Attributes:
        record: Everything worth knowing of the run.
        data: The result's rows. None when they went to a sink and are too many to keep
            (over 200,000); read them from `outputs` then.
    """

    record: RunRecord
    data: pl.DataFrame | None = field(default=None, eq=False)
    _report: ReportWriter | None = field(default=None, eq=False, repr=False, kw_only=True)
    _outputs: tuple[Path, ...] = field(default=(), eq=False, repr=False, kw_only=True)

    @property
    def run_id(self) -> str:
        """Identifier of the run."""
        return self.record.run_id

    @property
    def status(self) -> RunState:
        """State in which the run ended."""
        return self.record.state

    @property
    def ledger(self) -> Ledger:
        """Where every row went."""
        if self.record.ledger is None:
            msg = "this run ended before any row was counted"
            raise ValueError(msg)
        return self.record.ledger

    @property
    def quality(self) -> Verdict | None:
        """Verdict on the input; None without a gate."""
        return self.record.verdict

    @property
    def features_created(self) -> tuple[str, ...]:
        """Names of the features a blueprint made."""
        return tuple(f.name for f in self.record.features if f.formula)

    @property
    def outputs(self) -> tuple[Path, ...]:
        """Files the run wrote, by their true names; the record masks what is secret of them."""
        return self._outputs

    @property
    def report(self) -> Path | None:
        """The HTML report."""
        return Path(self.record.report_path) if self.record.report_path else None

    def __repr__(self) -> str:
        """Summarise on one line: state, rows, quality, seconds."""
        record = self.record
        parts = [f"{record.name} {record.state.value}"]
        if record.ledger is not None:
            parts.append(
                f"{record.ledger.read:,} rows read, {record.ledger.result:,} in the result"
            )
        if record.verdict is not None and record.verdict.score is not None:
            parts.append(f"quality {record.verdict.score:.0f} of 100")
        parts.append(f"{record.seconds:.1f} s")
        return f"<RunResult {record.short_id}: {'; '.join(parts)}>"

    def _repr_html_(self) -> str | None:
        return self._report.card(self.record) if self._report is not None else None
