"""The row ledger: rows read = rows in the result + rows accounted for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterable

EntryKind = Literal[
    "dropped", "quarantined", "late", "unmatched", "folded", "added", "flagged", "changed"
]  # fmt: skip

STAYED = frozenset({"flagged", "changed"})
"""Kinds of rows that are in the result nevertheless."""
_SIGN: dict[str, int] = {"added": -1, **dict.fromkeys(STAYED, 0)}


@frozen(kw_only=True)
class LedgerEntry:
    """Rows that are not in the result as they were read, and why.

    Attributes:
        stage: Name of the plan node at which it happened.
        kind: ``dropped``, ``quarantined``, ``late``, ``unmatched`` or ``folded`` rows left;
            ``added`` rows came (a completed calendar); ``flagged`` rows stayed and are only
            marked; ``changed`` rows stayed with another value, as was asked for.
        reason: Why, in a few words.
        rows: How many; never negative.
        kept: Where they are kept, as a path relative to the working directory; or None.
    """

    stage: str
    kind: EntryKind
    reason: str
    rows: int
    kept: str | None = None

    @property
    def removed(self) -> int:
        """Rows fewer after it than before: negative for ``added``, 0 for those that stayed."""
        return self.rows * _SIGN.get(self.kind, 1)

    @property
    def shown(self) -> str:
        """Its number as people see it: ``+3`` for rows that came, ``(3)`` for those that stayed."""
        number = f"{self.rows:,}"
        if self.kind in STAYED:
            return f"({number})"
        return f"+{number}" if self.kind == "added" else number


@frozen
class Ledger:
    """Where every row went.

    Attributes:
        read: Rows the source delivered, including rows it could not parse.
        result: Rows written.
        entries: What happened in between, in the order of the plan.
    """

    read: int
    result: int
    entries: tuple[LedgerEntry, ...] = ()

    def __str__(self) -> str:
        """Render as a table: rows read, what became of them, rows in the result.

        The number of rows that were flagged or changed, and stay, stands in brackets.
        """
        table = [("read", f"{self.read:,}", "")]
        for entry in self.entries:
            kept = f", kept in {entry.kept}" if entry.kept else ""
            table.append((entry.kind, entry.shown, f"{entry.reason} ({entry.stage}){kept}"))
        if not self.adds_up:
            table.append(("unexplained", f"{self.unexplained:,}", "nobody accounts for these"))
        table.append(("result", f"{self.result:,}", ""))
        kinds, rows = (max(len(line[i]) for line in table) for i in (0, 1))
        return "\n".join(f"{k:<{kinds}}  {n:>{rows}}  {what}".rstrip() for k, n, what in table)

    @property
    def accounted(self) -> int:
        """Rows that left, less rows that were added."""
        return sum(e.removed for e in self.entries)

    @property
    def unexplained(self) -> int:
        """Rows nobody accounts for; zero in a ledger that adds up."""
        return self.read - self.result - self.accounted

    @property
    def adds_up(self) -> bool:
        """Whether rows read = rows in the result + rows accounted for."""
        return self.unexplained == 0

    def only(self, *kinds: EntryKind) -> Iterable[LedgerEntry]:
        """Return the entries of these kinds, in order."""
        return [e for e in self.entries if e.kind in kinds]
