"""Counting rows: from what is known at a few places to a ledger that adds up.

Rows are never counted at every node: that would cost a pass each. The plan is cut into segments at
nodes that change the number of rows without saying by how much (aggregations, steps that do not
declare it). Inside a segment every change is accounted for, so one absolute count anywhere in it
(an *anchor*) fixes the number of rows at all its other places. Where a segment has several, its
first place follows from the first and its last from the last: accounts that do not fit them leave
rows unexplained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define, field

from eventflow.ledger import EntryKind, Ledger, LedgerEntry

if TYPE_CHECKING:
    from collections.abc import Iterator


@define
class _Segment:
    """Rows between two nodes that change their number without saying so."""

    entries: list[LedgerEntry] = field(factory=list)
    start: int | None = None
    _last: tuple[int, int] = (0, 0)

    def removed(self) -> int:
        return sum(e.removed for e in self.entries)

    def anchor(self, rows: int) -> None:
        removed = self.removed()
        if self.start is None:
            self.start = rows + removed
        self._last = (rows, removed)

    def end(self) -> int:
        """Rows at the end: counted at the last anchor, so that a wrong account shows."""
        rows, removed = self._last
        return rows + removed - self.removed()


@define
class RowCounter:
    """Collects entries and anchors in plan order; `ledger` solves for the rest."""

    _segments: list[_Segment] = field(factory=lambda: [_Segment()])
    _cuts: list[tuple[str, EntryKind, str]] = field(factory=list)

    @property
    def anchored(self) -> bool:
        """Whether the current segment has an absolute count."""
        return self._segments[-1].start is not None

    def entry(self, entry: LedgerEntry) -> None:
        """Add rows that left (or came) at this place."""
        if entry.rows:
            self._segments[-1].entries.append(entry)

    def anchor(self, rows: int) -> None:
        """Say how many rows there are at this place, after all entries so far."""
        self._segments[-1].anchor(rows)

    def cut(self, stage: str, kind: EntryKind, reason: str) -> None:
        """Begin a new segment at a node that changes the number of rows."""
        self._cuts.append((stage, kind, reason))
        self._segments.append(_Segment())

    def ledger(self) -> Ledger:
        """Return the ledger; needs an anchor in every segment."""
        return Ledger(
            read=self._segments[0].start or 0,
            result=self._segments[-1].end(),
            entries=tuple(self._entries()),
        )

    def _entries(self) -> Iterator[LedgerEntry]:
        for i, segment in enumerate(self._segments):
            yield from segment.entries
            if i < len(self._cuts):
                stage, kind, reason = self._cuts[i]
                delta = segment.end() - (self._segments[i + 1].start or 0)
                if delta > 0:
                    yield LedgerEntry(stage=stage, kind=kind, reason=reason, rows=delta)
                elif delta < 0:
                    yield LedgerEntry(stage=stage, kind="added", reason="rows made", rows=-delta)
