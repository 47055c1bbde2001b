"""Law 6, telemetry never breaks work: whoever observes may fail, the result is the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import polars as pl
import pytest

import eventflow
from eventflow import hookspecs
from eventflow.base import BaseTracker, BaseTransport
from eventflow.plugins import PluginHost
from eventflow.runs.record import RunState
from law_kit import assert_same_features, counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.runs.result import RunResult

HEADER = "customer_id,last_activity_date,account_created_date,total_value"
LINES = [f"c{n},2020-05-{1 + n % 28:02},2019-05-01,{n * 10}" for n in range(100)]
PIPELINE: dict[str, Any] = {
    "source": {"use": "csv", "path": "customers.csv"},
    "quality": {},
    "blueprint": {"use": "customer_churn", "as_of": "2020-06-01"},
    "sink": {"use": "parquet", "path": "out.parquet"},
}
CALLS = ("start", "params", "metrics", "artifact", "finish")
HOOKS = ("run_started", "step_finished", "run_finished", "quality_checked")


def fail(*_: object, **__: object) -> NoReturn:
    """Fail as only a service can."""
    msg = "the service is away"
    raise ConnectionError(msg)


class DeafTransport(BaseTransport):
    """Takes no event and cannot be closed."""

    publish = fail
    close = fail


def failing_tracker(call: str) -> type[BaseTracker]:
    """Return a tracker that fails at one call."""
    return type(f"Fails{call.title()}", (BaseTracker,), {call: fail})


def run(host: PluginHost | None = None, **changes: Any) -> RunResult:
    """Run the pipeline."""
    Path("customers.csv").write_text("\n".join([HEADER, *LINES, ""]), encoding="utf-8")
    return eventflow.run({**PIPELINE, **changes}, host=host)


def assert_unharmed(result: RunResult, codes: set[str]) -> None:
    """Compare with a run that nobody observes; beyond the warnings, nothing differs."""
    alone = run()
    assert result.status is RunState.COMPLETED
    assert result.data is not None
    assert alone.data is not None
    assert_same_features(result.data, alone.data, "customer_id")
    assert pl.read_parquet("out.parquet").height == result.data.height
    assert counted(result) == counted(alone)
    assert result.quality == alone.quality
    ours, theirs = ({w.code for w in r.record.warnings} for r in (result, alone))
    assert ours - theirs == codes


def test_a_deaf_transport_is_counted() -> None:
    """Every event that could not be published, and the closing, in one warning."""
    host = PluginHost()
    host.register(DeafTransport, name="deaf")
    result = run(host, transport={"use": "deaf"})
    assert_unharmed(result, {"EF701"})
    [warning] = [w for w in result.record.warnings if w.code == "EF701"]
    assert int(warning.message.split()[0]) >= len({"started", "validated", "judged", "completed"})


@pytest.mark.parametrize("call", CALLS)
def test_a_failing_tracker_is_counted_and_others_go_on(call: str) -> None:
    """Whichever call fails, it is named in a warning, and the tracker beside it misses nothing."""
    host = PluginHost()
    host.register(failing_tracker(call), name="failing")
    result = run(host, trackers=[{"use": "failing"}, {"use": "jsonl", "path": "tracking"}])
    assert_unharmed(result, {"EF702"})
    [warning] = [w for w in result.record.warnings if w.code == "EF702"]
    assert f"{call}: ConnectionError: the service is away" in warning.message
    tracked = Path("tracking", f"{result.run_id}.jsonl").read_text(encoding="utf-8")
    assert all(f'"kind":"{kind}"' in tracked for kind in CALLS)


def listener(hook: str, react: Callable[[object], None]) -> hookspecs.Hooks:
    """Return a listener to one hook."""

    def heard(self: hookspecs.Hooks, event: object) -> None:
        react(event)

    heard.__name__ = hook
    made: hookspecs.Hooks = type("Listener", (hookspecs.Hooks,), {hook: hookspecs.impl(heard)})()
    return made


@pytest.mark.parametrize("hook", HOOKS)
def test_a_failing_observer_is_counted_and_others_go_on(hook: str) -> None:
    """An observer that fails is named in a warning; another observer is told all the same."""
    told: list[object] = []
    host = PluginHost()
    host.listen(listener(hook, fail), name="deaf")
    host.listen(listener(hook, told.append), name="listens")
    result = run(host)
    assert_unharmed(result, {"EF703"})
    assert told
    assert any("deaf" in w.message for w in result.record.warnings if w.code == "EF703")


def test_everything_failing_at_once_is_all_counted() -> None:
    """Transport, tracker and observers fail in one run, each with its own warning."""
    host = PluginHost()
    host.register(DeafTransport, name="deaf")
    host.register(failing_tracker("start"), name="failing")
    for hook in HOOKS:
        host.listen(listener(hook, fail), name=f"deaf to {hook}")
    result = run(host, transport={"use": "deaf"}, trackers=[{"use": "failing"}])
    assert_unharmed(result, {"EF701", "EF702", "EF703"})
