"""The states of a run: which follow which, and what the store shows."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eventflow.api import orchestrator, run
from eventflow.errors import EventflowError
from eventflow.runs.errors import IllegalTransitionError
from eventflow.runs.orchestrate import RunFailedError
from eventflow.runs.record import RunState
from eventflow.runs.store import RunStore
from run_components import PIPELINE, NeedWho, Rows4, host_in

if TYPE_CHECKING:
    from eventflow.frame import EventFrame
    from eventflow.plugins import PluginHost

LEGAL = {
    ("PENDING", "IN_PROGRESS"), ("PENDING", "FAILED"), ("PENDING", "CANCELLED"),
    ("IN_PROGRESS", "COMPLETED"), ("IN_PROGRESS", "FAILED"), ("IN_PROGRESS", "CANCELLED"),
}  # fmt: skip


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with the components of these tests, in an empty working directory."""
    return host_in(tmp_path, monkeypatch)


@pytest.mark.parametrize("now", RunState)
@pytest.mark.parametrize("then", RunState)
def test_only_legal_transitions_are_made(now: RunState, then: RunState) -> None:
    """A run is planned, executed, and ends once."""
    if (now.value, then.value) in LEGAL:
        assert now.to(then) is then
    else:
        with pytest.raises(IllegalTransitionError, match=f"{now.value} cannot become {then.value}"):
            now.to(then)


def test_a_run_is_pending_while_planned_and_in_progress_while_executed(host: PluginHost) -> None:
    """The store shows both, in this order, before the end."""
    seen = []

    class Looks(Rows4):
        """Looks at the store when it is planned."""

        def scan(self) -> EventFrame:
            seen.append(RunStore(".eventflow").get().state)
            return super().scan()

    host.register(Looks, name="looks")
    work = orchestrator({**PIPELINE, "source": {"use": "looks"}}, make_host=lambda _: host)
    work.on_pass = lambda _: seen.append(RunStore(".eventflow").get().state)
    work.run()

    assert seen[0] is RunState.PENDING
    assert set(seen[1:]) == {RunState.IN_PROGRESS}
    assert RunStore(".eventflow").get().state is RunState.COMPLETED


def test_a_run_that_cannot_be_planned_fails_from_pending(host: PluginHost) -> None:
    """A source that cannot be opened ends the run without its ever being in progress."""

    class Broken(Rows4):
        """Cannot be opened."""

        def scan(self) -> EventFrame:
            raise EventflowError.of("no such place")  # noqa: EM101, TRY003 - invented

    host.register(Broken, name="broken")
    with pytest.raises(RunFailedError):
        run({**PIPELINE, "source": {"use": "broken"}}, host=host)

    record = RunStore(".eventflow").get()
    assert record.state is RunState.FAILED
    assert record.nodes == ()


def test_the_log_tells_the_run_whatever_the_application_logs(host: PluginHost) -> None:
    """Start, plan, passes and end are in log.jsonl, each with the run's correlation id."""
    before = logging.getLogger("eventflow").level, logging.getLogger().level
    record = run(PIPELINE, host=host).record
    assert record.run_dir is not None
    text = (Path(record.run_dir) / "log.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    said = [line["message"] for line in lines if line["level"] == "info"]

    assert [s.partition(" ")[0] for s in said] == [
        "run", "plan:", *["pass"] * len(record.passes), "run",
    ]  # fmt: skip
    assert {line["correlation_id"] for line in lines} == {record.correlation_id}
    assert (logging.getLogger("eventflow").level, logging.getLogger().level) == before


def test_the_pass_that_writes_tells_what_was_published(host: PluginHost) -> None:
    """Its bytes are those on the disk, its rows those of the result."""
    record = run({**PIPELINE, "steps": [{"use": NeedWho.name}]}, host=host).record
    [written] = [p for p in record.passes if p.label == "write"]

    assert written.bytes == Path("result.parquet").stat().st_size
    assert written.rows == 3
