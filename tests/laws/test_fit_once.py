"""Law 4, fit once: what one run learned is used by the next, and nothing is learned again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import eventflow
from eventflow.runs.orchestrate import RunFailedError
from eventflow_churn.features import ChurnFeatures
from law_kit import host_with, source_of

if TYPE_CHECKING:
    from command_line import CommandLine
    from eventflow.runs.result import RunResult

HEADER = (
    "customer_id,last_activity_date,account_created_date,total_value,feature_usage_count,plan_type"
)
DTYPES = {"total_value": "f64", "feature_usage_count": "i64", "plan_type": "str"}
FITTED = [f"c{n},2020-05-{1 + n % 28:02},2019-05-01,{n * 10},{n},basic" for n in range(1, 101)]
NEW = [
    "typical,2020-05-10,2019-05-01,505,50,basic",
    "rich,2020-05-10,2019-05-01,1000000,100000,basic",
    "poor,2020-05-10,2019-05-01,-1000000,0,basic",
    "strange,2020-05-10,2019-05-01,505,50,platinum",
    "unknown,2020-05-10,2019-05-01,,,",
]
"""Customers inside the range that was learned, far outside it, of an unseen plan, and unknown."""


def pipeline(lines: list[str], **changes: Any) -> dict[str, Any]:
    """Return a pipeline over a customer table, which is written beside it."""
    Path("customers.csv").write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return {
        "source": {"use": "csv", "path": "customers.csv", "schema": DTYPES},
        "blueprint": {"use": "customer_churn", "as_of": "2020-06-01"},
        **changes,
    }


@pytest.fixture
def fitted() -> RunResult:
    """A run that has learned."""
    return eventflow.run(pipeline(FITTED))


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note every attempt to learn."""
    learned: list[str] = []
    for method in ("learn", "fit"):
        real = getattr(ChurnFeatures, method)

        def noted(self: ChurnFeatures, given: Any, *, real: Any = real, name: str = method) -> Any:
            learned.append(name)
            return real(self, given)

        monkeypatch.setattr(ChurnFeatures, method, noted)
    return learned


def rows(result: RunResult) -> dict[str, dict[str, Any]]:
    """Return customer → features."""
    assert result.data is not None
    return {row["customer_id"]: row for row in result.data.to_dicts()}


@pytest.mark.parametrize("given", ["short_id", "run_dir", "state_path"])
def test_a_state_is_used_and_nothing_is_learned(
    fitted: RunResult, forgetful: list[str], given: str
) -> None:
    """By short id, folder or file: no pass learns, and the state saved again is the same."""
    state = getattr(fitted.record, given)
    result = eventflow.run(pipeline(NEW), state=state)
    assert forgetful == []
    assert not any(p.label.startswith("learn") for p in result.record.passes)
    first, again = fitted.record.state_path, result.record.state_path
    assert first is not None
    assert again is not None
    assert json.loads(Path(again).read_text()) == json.loads(Path(first).read_text())


def test_values_outside_what_was_learned_have_the_stated_outcome(fitted: RunResult) -> None:
    """Tiers end at the outer edges, scores are clipped, an unseen plan is null and flagged."""
    result = eventflow.run(pipeline(NEW), state=fitted.record.short_id)
    found = rows(result)
    tiers = {name: row["value_tier"] for name, row in found.items()}
    assert tiers == {"typical": 2, "rich": 4, "poor": 1, "strange": 2, "unknown": None}
    fresh = found["typical"]["activity_recency_score"]
    assert found["rich"]["engagement_score"] == pytest.approx(0.4 * fresh + 0.4 + 0.2)
    assert found["poor"]["engagement_score"] == pytest.approx(0.4 * fresh)
    assert found["unknown"]["engagement_score"] == pytest.approx(fresh)
    assert found["strange"]["plan_value_score"] is None
    [flagged] = result.ledger.only("flagged")
    assert (flagged.rows, flagged.reason) == (1, "plan not among the declared plans")


def test_a_customer_gets_the_same_features_whoever_else_is_there(fitted: RunResult) -> None:
    """With a state each row is computed alone: in one table or one by one."""
    state = fitted.record.state_path
    together = rows(eventflow.run(pipeline(NEW), state=state))
    alone = [rows(eventflow.run(pipeline([line]), state=state)) for line in NEW]
    assert together == {name: row for found in alone for name, row in found.items()}
    assert rows(eventflow.run(pipeline(FITTED), state=state)) == rows(fitted)


def test_the_command_takes_a_state_too(fitted: RunResult, eventflow: CommandLine) -> None:
    """``--state`` with a short id gives what Python gives; a missing one says so."""
    Path("pipeline.json").write_text(json.dumps(pipeline(NEW, sink={"use": "ndjson", "path": "o"})))
    ended = eventflow("run", "pipeline.json", "--state", fitted.record.short_id, "--json")
    assert ended.code == 0, ended.stderr
    assert not any(p["label"].startswith("learn") for p in ended.document["passes"])
    tiers = pl.read_ndjson("o").select("customer_id", "value_tier").rows()
    assert dict(tiers)["rich"] == 4
    missing = eventflow("run", "pipeline.json", "--state", "nowhere")
    assert (missing.code, "EF504" in missing.stderr + missing.stdout) == (1, True)


EVENTS = pl.DataFrame(
    {
        "customer_id": ["a", "b"],
        "timestamp": ["2020-01-01", "2020-01-02"],
        "amount": [1.0, 2.0],
    }
).with_columns(pl.col("timestamp").str.to_datetime())


def test_the_state_of_another_pipeline_is_refused(fitted: RunResult) -> None:
    """A state fitted on customers is of no use to a pipeline over transactions, which says so."""
    other = {"source": {"use": "t"}, "blueprint": {"use": "customer_churn", "as_of": "2020-06-01"}}
    host = host_with(t=source_of(EVENTS.lazy()))
    with pytest.raises(RunFailedError, match="EF504") as caught:
        eventflow.run(other, state=fitted.record.state_path, host=host)
    assert caught.value.record.outputs == ()
