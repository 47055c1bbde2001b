"""The ledger as people read it in Python."""

from __future__ import annotations

from eventflow.ledger import Ledger, LedgerEntry


def entry(kind: str, rows: int, kept: str | None = None) -> LedgerEntry:
    """Return an entry of the first step."""
    return LedgerEntry(stage="steps.0", kind=kind, reason="why", rows=rows, kept=kept)  # type: ignore[arg-type] # one of the kinds


def test_a_ledger_prints_as_a_table() -> None:
    """One line for each entry, numbers flush right, with the reason and where rows are kept."""
    entries = (
        entry("dropped", 1200),
        entry("quarantined", 30, "q.parquet"),
        entry("added", 7),
        entry("flagged", 5),
    )
    assert str(Ledger(10_000, 8_777, entries)).splitlines() == [
        "read         10,000",
        "dropped       1,200  why (steps.0)",
        "quarantined      30  why (steps.0), kept in q.parquet",
        "added            +7  why (steps.0)",
        "flagged         (5)  why (steps.0)",
        "result        8,777",
    ]


def test_what_nobody_accounts_for_is_not_hidden() -> None:
    """A ledger that does not add up says by how much."""
    assert "unexplained  3  nobody accounts for these" in str(Ledger(5, 2))
