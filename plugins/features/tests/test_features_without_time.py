"""`features.aggregate` on rows that have no time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow import EventFrame, EventSchema, PluginHost
from eventflow import run as run_pipeline
from eventflow.base import BaseSource
from eventflow.runs.orchestrate import RunFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.runs.result import RunResult


class Timeless(BaseSource):
    """Three rows of two customers, without a time."""

    def scan(self) -> EventFrame:
        rows = pl.LazyFrame({"who": ["a", "a", "b"], "n": [1, 2, 4]})
        return EventFrame(rows, EventSchema(entity="who"))


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def aggregate(**options: Any) -> RunResult:
    """Run one aggregation in a pipeline."""
    host = PluginHost()
    host.register(Timeless, name="timeless")
    step = {"use": "features.aggregate", "aggregates": ["sum(n)"], **options}
    return run_pipeline({"name": "x", "source": {"use": "timeless"}, "steps": [step]}, host=host)


def test_all_rows_count_and_the_missing_guard_is_told() -> None:
    """Sums are over everything; a warning and the ledger say that look-ahead was not kept out."""
    result = aggregate()

    assert result.data is not None
    assert dict(result.data.sort("who").iter_rows()) == {"a": 3, "b": 4}
    [flagged] = result.ledger.only("flagged")
    assert flagged.rows == 3
    assert "no time column" in flagged.reason
    assert result.ledger.adds_up
    assert any("no time column" in w.message for w in result.record.warnings)


@pytest.mark.parametrize("options", [{"windows": ["7d"]}, {"windows": ["all"]},
    {"aggregates": {"s": {"op": "sum", "column": "n", "window": "7d"}}},
    {"as_of": "2020-01-01"}])  # fmt: skip
def test_what_needs_a_time_stays_an_error(options: dict[str, Any]) -> None:
    """Windows, and a moment that someone stated, cannot do without a time column."""
    with pytest.raises(RunFailedError) as caught:
        aggregate(**options)

    assert caught.value.problems[0].code == "EF323"
