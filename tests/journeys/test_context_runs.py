"""A run with context: what it read, and what became of events that found nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import polars as pl

import eventflow

if TYPE_CHECKING:
    from pathlib import Path


def _flights(folder: Path) -> dict[str, object]:
    return {
        "name": "flights",
        "source": {"use": "nyc_flights"},
        "steps": [
            {
                "use": "enrich",
                "context": {"use": "nyc_weather"},
                "join": {"use": "exact", "by": ["origin", "time_hour"]},
                "columns": ["temp"],
            },
            {
                "use": "enrich",
                "context": {"use": "nyc_airports"},
                "join": {"use": "exact", "by": {"dest": "faa"}},
                "columns": ["lat", "lon"],
                "prefix": "dest_",
            },
        ],
        "sink": {"use": "parquet", "path": str(folder / "flights.parquet")},
        "trackers": [{"use": "jsonl", "path": str(folder / "told")}],
    }


def test_no_event_is_lost_and_those_without_context_are_told(tmp_path: Path) -> None:
    """336,776 flights in and out; 1,556 without weather, 7,602 to four airports nobody knows."""
    result = eventflow.run(_flights(tmp_path))
    ledger = result.record.ledger
    assert ledger is not None
    assert (ledger.read, ledger.result, ledger.adds_up) == (336_776, 336_776, True)
    told = {(e.kind, e.reason): e.rows for e in ledger.entries if e.rows}
    assert told == {
        ("flagged", "no nyc_weather"): 1_556,
        ("flagged", "no nyc_airports"): 7_602,
    }
    written = pl.read_parquet(tmp_path / "flights.parquet", columns=["temp"])
    assert written["temp"].null_count() == 1_573


def test_contexts_are_inputs_of_the_run(tmp_path: Path) -> None:
    """Their fingerprints are in the record, their columns in the lineage, beside the source's."""
    record = eventflow.run(_flights(tmp_path)).record
    assert [name for name in record.inputs if "nyc" in name] == [
        "nyc_flights",
        "nyc_weather (steps.0.context)",
        "nyc_airports (steps.1.context)",
    ]
    [told] = [
        json.loads(line)
        for file in sorted((tmp_path / "told").rglob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if '"lineage"' in line
    ]
    inputs = {one["name"]: one["role"] for one in told["inputs"]}
    assert inputs == {"nyc_flights": "source", "nyc_weather": "context", "nyc_airports": "context"}
