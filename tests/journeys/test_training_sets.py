"""Training sets, from a file to rows with features and labels."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import eventflow

if TYPE_CHECKING:
    from pathlib import Path


def test_rows_are_counted_in_a_run(tmp_path: Path) -> None:
    """From YAML the ledger adds up, also where one event makes several rows."""
    path = tmp_path / "events.csv"
    lines = ["who,at,n", "a,2024-01-01,1", "a,2024-02-10,5", "b,2024-02-20,2", "b,2024-12-01,3"]
    path.write_text("\n".join([*lines, ",2024-01-01,1"]) + "\n", encoding="utf-8")
    config: dict[str, Any] = {
        "source": {"use": "csv", "path": str(path)},
        "schema": {"timestamp": "at", "entity": "who"},
        "steps": [
            {
                "use": "features.training",
                "as_of": "2024-07-01",
                "cutoffs": {"every": "1mo", "from": "2024-02-01", "to": "2024-05-01"},
                "windows": ["30d"],
                "aggregates": ["sum(n)"],
                "labels": {"window": "1mo", "aggregates": ["count"]},
            }
        ],
    }
    result = eventflow.run(config)
    assert result.data is not None
    assert result.ledger.adds_up
    found = result.data.sort("who", "cutoff").rows()
    months = [datetime(2024, month, 1, tzinfo=UTC) for month in (2, 3, 4, 5)]
    assert found == [
        ("a", months[0], 0, 1), ("a", months[1], 5, 0), ("a", months[2], 0, 0),
        ("a", months[3], 0, 0), ("b", months[1], 2, 0), ("b", months[2], 0, 0),
        ("b", months[3], 0, 0),
    ]  # fmt: skip
    reasons = {entry.reason: entry.rows for entry in result.ledger.entries}
    assert reasons["no who"] == reasons["after the last label window"] == 1
