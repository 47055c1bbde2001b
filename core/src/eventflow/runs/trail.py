"""The trail: in plan order, everything that will tell how many rows there were.

Marks are laid while the plan is built and filled in when the next pass executes them. The trail
then feeds the row counter.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import polars as pl
from attrs import define, field

from eventflow.frame import REASON, REASONS
from eventflow.ledger import EntryKind, LedgerEntry
from eventflow.runs.rows import RowCounter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from eventflow.frame import Account
    from eventflow.ledger import Ledger


@define
class AccountMark:
    """Rows left here; `counts` is filled in by the next pass.

    Attributes:
        account: What will be counted.
        stages: Reason → the node at which its rows left.
        kept: Where rows are kept aside; None when none are.
        counts: Reason → rows; the rows that stayed under None.
    """

    account: Account
    stages: Mapping[str, str]
    kept: Path | None = None
    counts: dict[str | None, int] | None = None


@define
class CountMark:
    """The number of rows here; from a query, or known already."""

    lazy: pl.LazyFrame | None = None
    rows: int | None = None


@define
class CutMark:
    """A node that changes the number of rows without saying by how much."""

    stage: str
    kind: EntryKind
    reason: str


Mark = AccountMark | CountMark | CutMark


@define
class Trail:
    """All marks of one execution.

    Attributes:
        quarantine: Folder for the rows kept aside; None keeps none.
        lost: Whether rows that should have been kept aside could not be written.
        hide: Masks secrets in the reasons that are written beside these rows.
    """

    quarantine: Path | None = None
    lost: bool = False
    hide: Callable[[str], str] = str
    _marks: list[Mark] = field(factory=list)
    _next: int = 0

    def account(self, account: Account, stages: Mapping[str, str]) -> None:
        """Rows left here; `stages` names the node for each reason."""
        kept = None
        if account.rejected is not None and self.quarantine is not None:
            keeps = (r for r, outcome in account.outcomes.items() if outcome != "dropped")
            stage = stages.get(next(keeps, ""), "rows")
            kept = self._unused(stage)
        self._marks.append(AccountMark(account, stages, kept))

    def count(self, *, lazy: pl.LazyFrame | None = None, rows: int | None = None) -> None:
        """The number of rows is known here, or can be asked for."""
        self._marks.append(CountMark(lazy, rows))

    def cut(self, stage: str, kind: EntryKind, reason: str) -> None:
        """A node changed the number of rows."""
        self._marks.append(CutMark(stage, kind, reason))

    @property
    def anchored(self) -> bool:
        """Whether the number of rows is known anywhere since the last cut."""
        for mark in reversed(self._marks):
            if isinstance(mark, CutMark):
                return False
            if isinstance(mark, CountMark) or mark.account.counts_all:
                return True
        return False

    def queries(self) -> list[pl.LazyFrame]:
        """Return the queries whose answers are still missing, for the next pass."""
        out = []
        for mark in self._marks[self._next :]:
            match mark:
                case AccountMark(account=account, kept=kept):
                    out.append(account.counts)
                    if account.rejected is not None and kept is not None:
                        out.append(_aside(account, kept, self.hide))
                case CountMark(lazy=pl.LazyFrame() as lazy):
                    out.append(lazy)
        return out

    def keep_nothing(self) -> bool:
        """Keep no rows aside from here on; False when the next pass would have kept none."""
        keeping = [m for m in self._marks[self._next :] if isinstance(m, AccountMark) and m.kept]
        for mark in keeping:
            assert mark.kept is not None  # noqa: S101 - asked above
            with suppress(OSError):
                mark.kept.unlink(missing_ok=True)
            mark.kept = None
        self.quarantine = None
        self.lost = self.lost or bool(keeping)
        return bool(keeping)

    def answer(self, answers: Sequence[pl.DataFrame]) -> None:
        """Fill in the answers to `queries`, in the same order."""
        given = iter(answers)
        for mark in self._marks[self._next :]:
            match mark:
                case AccountMark(account=account, kept=kept):
                    mark.counts = dict(next(given).select("reason", "rows").iter_rows())
                    if account.rejected is not None and kept is not None:
                        next(given)
                        self._forget_empty(mark)
                case CountMark(lazy=pl.LazyFrame()):
                    mark.rows = next(given).item()
                    mark.lazy = None
        self._next = len(self._marks)

    def ledger(self) -> Ledger:
        """Return where every row went."""
        counter = RowCounter()
        for mark in self._marks:
            match mark:
                case AccountMark(counts=counts) if counts is not None:
                    for entry in self._entries(mark, counts):
                        counter.entry(entry)
                    if None in counts or mark.account.counts_all:
                        counter.anchor(counts.get(None, 0))
                case CountMark(rows=int(rows)):
                    counter.anchor(rows)
                case CutMark(stage=stage, kind=kind, reason=reason):
                    counter.cut(stage, kind, reason)
        return counter.ledger()

    def _entries(self, mark: AccountMark, counts: dict[str | None, int]) -> Iterator[LedgerEntry]:
        for reason, outcome in mark.account.outcomes.items():
            yield LedgerEntry(
                stage=mark.stages.get(reason, "source"),
                kind=outcome,
                reason=reason,
                rows=counts.get(reason, 0),
                kept=str(mark.kept) if mark.kept and outcome != "dropped" else None,
            )

    def _forget_empty(self, mark: AccountMark) -> None:
        kept = (r for r, o in mark.account.outcomes.items() if o != "dropped")
        if mark.kept is not None and not any((mark.counts or {}).get(r) for r in kept):
            mark.kept.unlink(missing_ok=True)
            mark.kept = None

    def _unused(self, stage: str) -> Path:
        assert self.quarantine is not None  # noqa: S101 - asked by the only caller
        taken = {m.kept for m in self._marks if isinstance(m, AccountMark)}
        path = self.quarantine / f"{stage}.parquet"
        number = 2
        while path in taken:
            path = self.quarantine / f"{stage}-{number}.parquet"
            number += 1
        return path


def _aside(account: Account, path: Path, hide: Callable[[str], str]) -> pl.LazyFrame:
    assert account.rejected is not None  # noqa: S101 - asked by the only caller
    names = _names(account.rejected)
    masked = {r: hide(r) for r in account.outcomes if hide(r) != r}
    rejected = _told(account.rejected, names, masked) if masked else account.rejected
    plain = {REASON: "reason", REASONS: "reasons"}
    renamed = {old: new for old, new in plain.items() if old in names and new not in names}
    sink = rejected.rename(renamed).sink_parquet(path, mkdir=True, lazy=True)
    assert sink is not None  # noqa: S101 - lazy sinks return a plan
    return sink


def _told(lazy: pl.LazyFrame, names: list[str], masked: dict[str, str]) -> pl.LazyFrame:
    """Return the rows with other words for their reasons."""
    told = {
        REASON: pl.col(REASON).replace(masked),
        REASONS: pl.col(REASONS).list.eval(pl.element().replace(masked)),
    }
    return lazy.with_columns(told[name] for name in told if name in names)


def _names(lazy: pl.LazyFrame) -> list[str]:
    return lazy.collect_schema().names()
