"""Whole runs: records, events, saved states, observers that fail."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from eventflow.api import run, run_async
from eventflow.base import BaseTransport
from eventflow.bus.memory import InMemoryTransport
from eventflow.runs.orchestrate import RunFailedError
from eventflow.runs.record import RunRecord, RunState
from eventflow.runs.store import RunStore
from run_components import (
    PIPELINE,
    host_in,
)

if TYPE_CHECKING:
    from eventflow.plugins import PluginHost
    from eventflow.types import Event


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with the components of these tests, in an empty working directory."""
    return host_in(tmp_path, monkeypatch)


def test_completed_run_is_recorded_whole(host: PluginHost) -> None:
    """Result, ledger, features, left-out features, provenance and report are all in the record."""
    result = run(PIPELINE, host=host)

    record = RunStore(".eventflow").get(result.record.short_id)
    assert record == result.record
    assert record.state is RunState.COMPLETED
    assert (result.ledger.read, result.ledger.result) == (4, 3)
    assert [(e.reason, e.rows) for e in result.ledger.entries] == [("nobody", 1)]
    assert result.features_created == ("share",)
    assert record.left_out == {"more": ("extra",)}
    assert record.inputs == {"rows4": "four"}
    assert record.as_of == datetime(2020, 2, 1, tzinfo=UTC)
    assert pl.read_parquet("result.parquet")["share"].sort().to_list() == pytest.approx(
        [1 / 3, 2 / 3, 1]
    )
    assert result.report is not None
    assert "nobody" in result.report.read_text()


def test_saved_state_is_used_instead_of_learning(host: PluginHost) -> None:
    """With a state, nothing is learned again: the shares are of the first run's maximum."""
    first = run({**PIPELINE, "steps": []}, host=host)
    second = run(PIPELINE, host=host, state=first.record.short_id)

    assert first.data is not None
    assert second.data is not None
    assert second.data["share"].max() == 3 / 4


def test_events_tell_the_life_of_a_run(host: PluginHost) -> None:
    """The configured transport gets typed events with one correlation id, in order."""
    seen: list[Any] = []

    class Listens(BaseTransport):
        """Keeps events."""

        def publish(self, event: Event) -> None:
            seen.append(event)

    host.register(Listens, name="listens")
    result = run({**PIPELINE, "transport": {"use": "listens"}}, host=host)

    kinds = [e.event_type for e in seen]
    assert kinds[:2] == ["pipeline.started", "pipeline.data.validated"]
    assert "pipeline.data.processed" in kinds
    assert kinds[-1] == "pipeline.completed"
    assert {e.correlation_id for e in seen} == {result.run_id}


def test_a_transport_of_the_caller_takes_the_place_of_the_configured_one(host: PluginHost) -> None:
    """It hears several runs, sync or async, since it is not closed; the configured one is mute."""
    transport = InMemoryTransport()
    heard: list[tuple[str, str]] = []
    transport.subscribe("pipeline.*", lambda e: heard.append((e.correlation_id, e.event_type)))

    first = run({**PIPELINE, "transport": {"use": "deaf"}}, host=host, transport=transport)
    second = asyncio.run(run_async(PIPELINE, host=host, transport=transport))

    assert {run_id for run_id, _ in heard} == {first.run_id, second.run_id}
    assert [kind for _, kind in heard].count("pipeline.completed") == 2
    assert [e.event_type for e in transport.events] == [kind for _, kind in heard]
    assert "EF701" not in {w.code for w in first.record.warnings}


def test_a_transport_that_swallows_its_failures_is_warned_of(host: PluginHost) -> None:
    """Those of this run alone, with the transport's name, the first cause and its traceback."""
    transport = InMemoryTransport()
    transport.subscribe("pipeline.completed", lambda _: 1 / 0)
    run(PIPELINE, host=host, transport=transport)

    result = run(PIPELINE, host=host, transport=transport)

    [warning] = [w.message for w in result.record.warnings if w.code == "EF701"]
    assert warning.startswith("1 failure of transport InMemoryTransport, ")
    assert "handler of pipeline.completed failed: ZeroDivisionError: division by zero" in warning
    assert "ZeroDivisionError" in Path(str(result.record.run_dir), "log.jsonl").read_text()


def test_a_transport_that_raises_is_named_with_its_owner_and_its_first_failure(
    host: PluginHost,
) -> None:
    """Of a failed run too; the failing `close` counts with the rest."""
    for steps in (["need_who"], ["closed"]):
        with suppress(RunFailedError):
            run(
                {**PIPELINE, "steps": [{"use": s} for s in steps], "transport": {"use": "deaf"}},
                host=host,
            )
        [row] = RunStore(".eventflow").list(1)
        record = RunStore(".eventflow").get(row.run_id)
        [warning] = [w.message for w in record.warnings if w.code == "EF701"]
        assert " of transport deaf of runtime" in warning
        assert "first: ConnectionError. " in warning


def test_failing_observers_are_counted_never_felt(host: PluginHost) -> None:
    """A transport and a tracker that raise leave a warning; the result is the same."""
    result = run(
        {**PIPELINE, "transport": {"use": "deaf"}, "trackers": [{"use": "clumsy"}]}, host=host
    )

    assert result.status is RunState.COMPLETED
    assert {w.code for w in result.record.warnings} >= {"EF701", "EF702"}


def test_older_runs_are_removed_beyond_what_is_kept(host: PluginHost) -> None:
    """`runs.keep` holds for one pipeline: of another's runs none is removed."""
    keeping = {**PIPELINE, "runs": {"keep": 2}}
    other = run({**PIPELINE, "name": "other"}, host=host)
    runs = [run(keeping, host=host) for _ in range(3)]

    kept = {row.run_id for row in RunStore(".eventflow").list(None)}
    assert kept == {other.run_id, runs[1].run_id, runs[2].run_id}
    assert not Path(str(runs[0].record.run_dir)).exists()


def test_logs_of_a_run_carry_its_correlation_id(host: PluginHost) -> None:
    """The run's log is JSON lines, each with the run's id, and only of this run."""
    result = run(PIPELINE, host=host)

    assert result.record.run_dir is not None
    log = (Path(result.record.run_dir) / "log.jsonl").read_text().splitlines()
    lines = [json.loads(line) for line in log]
    assert any("feature more is left out" in line["message"] for line in lines)
    assert {line["correlation_id"] for line in lines} == {result.run_id}


def test_unwritable_store_does_not_fail_the_run(host: PluginHost) -> None:
    """Where no record can be kept, the result is still made."""
    Path("blocked").write_text("a file where the store's folder should be")

    result = run({**PIPELINE, "runs": {"path": "blocked"}}, host=host)

    assert result.status is RunState.COMPLETED
    assert "EF523" in {w.code for w in result.record.warnings}
    assert Path("result.parquet").exists()


def test_two_hosts_and_runs_at_once_do_not_disturb_each_other(host: PluginHost) -> None:
    """Concurrent runs in one process keep their own records, ledgers and logs."""

    async def main() -> list[RunRecord]:
        config = {k: v for k, v in PIPELINE.items() if k != "sink"}
        results = await asyncio.gather(*(run_async(config, host=host) for _ in range(5)))
        return [r.record for r in results]

    records = asyncio.run(main())

    assert len({r.run_id for r in records}) == 5
    assert all(r.ledger is not None and r.ledger.adds_up for r in records)
