"""Law 1, lazy: each pass reads a text file at most once, and only the columns it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import eventflow
from eventflow_files import text_source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHURN = {"blueprint": {"use": "customer_churn", "as_of": "2024-01-01"}}
FILTER = {"steps": [{"use": "filter", "where": "total_value > 3"}]}
TWICE = {"steps": [{"use": "deduplicate", "by": ["customer_id"]}]}
GATE = {"quality": {"minimum_score": 10, "uniqueness": 0.9}}
NEVER_HELD = {"engine": {"use": "local", "memory_share": 0}}
PIPELINES: dict[str, dict[str, Any]] = {
    "gate and blueprint": {**GATE, **CHURN},
    "blueprint without a gate": CHURN,
    "filter": FILTER,
    "filter, gate, blueprint": {**FILTER, **GATE, **CHURN},
    "deduplicate": TWICE,
    "filter and deduplicate": {"steps": FILTER["steps"] + TWICE["steps"]},
    "deduplicate, gate, blueprint": {**TWICE, **GATE, **CHURN},
    "filter, never held": {**FILTER, **NEVER_HELD},
    "gate and blueprint, never held": {**GATE, **CHURN, **NEVER_HELD},
}


@pytest.fixture
def customers(here: Path) -> Path:
    """Write a customer table with a column nobody needs and a row nobody can read."""
    head = "customer_id,last_activity_date,account_created_date,total_value,remark\n"
    rows = [f"c{n},2023-05-{n % 28 + 1:02},2022-01-01,{n},remark {n}\n" for n in range(300)]
    rows[50] = "late,2025-01-01,2022-01-01,9,quarantined\n"
    path = here / "customers.csv"
    path.write_text(head + "".join(rows) + "short,2023-01-01\n" + rows[7], encoding="utf-8")
    return path


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[list[str] | None]:
    """Return a list that grows by the columns asked for whenever a file is read."""
    made: list[list[str] | None] = []
    read = text_source._read

    def noted(plan: Any, options: Any, names: Any, *rest: Any) -> Iterator[pl.DataFrame]:
        made.append(None if names is None else list(names))
        return read(plan, options, names, *rest)

    monkeypatch.setattr(text_source, "_read", noted)
    return made


def run(path: Path, pipeline: dict[str, Any]) -> eventflow.RunResult:
    """Run a pipeline from the table to Parquet."""
    sink = {"use": "parquet", "path": str(path.with_name("out.parquet"))}
    return eventflow.run({"source": {"use": "csv", "path": str(path)}, "sink": sink, **pipeline})


@pytest.mark.parametrize("pipeline", PIPELINES.values(), ids=PIPELINES)
def test_a_pass_reads_a_file_once(
    customers: Path, readings: list[list[str] | None], pipeline: dict[str, Any]
) -> None:
    """However many branches it has: bad rows, rows set aside, counts, the rows themselves."""
    result = run(customers, pipeline)

    from_source = [p for p in result.record.passes if "source" in p.nodes]
    assert len(readings) == len(from_source)
    assert len(from_source) == 1 or "engine" in pipeline
    assert result.ledger.read == 302
    assert result.ledger.adds_up


@pytest.mark.parametrize("gate", [{}, GATE], ids=["without a gate", "with a gate"])
def test_rows_set_aside_keep_only_what_the_plan_needs(
    customers: Path, readings: list[list[str] | None], gate: dict[str, Any]
) -> None:
    """A blueprint's quarantine does not make the source deliver columns that nobody reads."""
    result = run(customers, {**gate, **CHURN})

    [names] = readings
    assert names is not None
    assert "remark" not in names
    kept = {e.reason: e.kept for e in result.ledger.entries if e.rows}
    aside = pl.read_parquet(str(kept["last activity on or after as_of"]))
    assert aside["customer_id"].to_list() == ["late"]
    assert "remark" not in aside.columns
