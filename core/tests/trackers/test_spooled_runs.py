"""Runs with trackers whose service is away, slow, or comes back: nothing waits, nothing is lost."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.api import run
from eventflow.errors import EventflowError
from eventflow.runs.record import RunState
from eventflow.trackers.spool import Place, Spool
from eventflow.trackers.sync import Sent, sync
from run_components import PIPELINE, host_in
from tracking_server import ServedTracker, calls, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.plugins import PluginHost
    from eventflow.runs.result import RunResult

SERVER = Path("server")
HOME = Path(".eventflow")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with a tracker whose server is down, in an empty working directory."""
    host = host_in(tmp_path, monkeypatch)
    host.register(ServedTracker)
    return host


@pytest.fixture
def held() -> Iterator[Event]:
    """Hold every call of the tracker until this is set."""
    ServedTracker.held = Event()
    yield ServedTracker.held
    ServedTracker.held.set()
    ServedTracker.held = None


def tracked(host: PluginHost, wait: float = 0.2, **options: Any) -> RunResult:
    """Run the pipeline with the tracker."""
    tracker = {"use": "served", "server": "server", **options}
    config = {**PIPELINE, "trackers": [tracker], "runs": {"trackers_wait": wait}}
    return run(config, host=host)


def warnings(result: RunResult) -> dict[str, str]:
    """Return the warnings of a run by their code."""
    return {w.code: w.message for w in result.record.warnings}


def test_a_server_that_is_up_gets_everything_and_nothing_stays(host: PluginHost) -> None:
    """In order, from start to finish; no warning, no spool."""
    SERVER.mkdir()
    result = tracked(host, wait=30)
    told = calls(SERVER, result.run_id)
    assert (told[0], told[-1]) == ("start", "finish")
    assert {"params", "labels", "metrics", "table", "figure", "lineage", "artifact"} <= set(told)
    assert not {"EF702", "EF704"} & set(warnings(result))
    assert list(Place(HOME).folder.iterdir()) == []


def test_with_the_server_down_the_run_finishes_and_the_rest_follows(host: PluginHost) -> None:
    """The warning says what waits and how to send it; sent later, it is the same as at once."""
    result = tracked(host)
    assert result.status is RunState.COMPLETED
    said = warnings(result)["EF702"]
    assert "ServedTracker.start: ConnectionError: the server is down" in said
    assert f"eventflow runs sync {result.record.short_id}" in said
    SERVER.mkdir()
    [sent] = sync(HOME, result.record.short_id, host=host)
    assert f"{sent.records} records wait" in said
    assert (sent.waiting, sent.error) == (0, None)
    late = calls(SERVER, result.run_id)
    assert late == calls(SERVER, tracked(host, wait=30).run_id)
    assert Place(HOME).folders() == []
    assert list(sync(HOME, host=host)) == []


def test_the_end_of_a_run_waits_no_longer_than_agreed(host: PluginHost, held: Event) -> None:
    """A server that accepts and never answers costs `trackers_wait`, and a warning tells."""
    began = monotonic()
    result = tracked(host, wait=0.1)
    assert monotonic() - began < 20  # the tracker would hold it for ever
    assert "served took more than 0.1 s" in warnings(result)["EF704"]
    [folder] = Place(HOME).folders()
    [sent] = sync(HOME, host=host)
    assert sent.busy  # the call that hangs may still succeed
    SERVER.mkdir()
    held.set()
    spool = None
    while spool is None:  # the thread ends after the call that hung
        spool = Spool.open(folder)
    spool.close()
    [sent] = sync(HOME, host=host)
    told = calls(SERVER, result.run_id)
    assert (told.count("start"), told[-1], sent.records) == (1, "finish", len(told) - 1)


def test_sending_that_is_interrupted_goes_on_where_it_was(host: PluginHost) -> None:
    """Each record arrives once, whatever stopped it: here, a server that goes away twice."""
    result = tracked(host)
    SERVER.mkdir()
    whole, sent = Sent(run="", name="", tracker=""), []
    tell = ServedTracker._add
    for allowed in (3, 2, 99):
        left = [allowed]

        def limited(self: ServedTracker, *line: Any, left: list[int] = left) -> None:
            if not left[0]:
                raise ConnectionResetError
            left[0] -= 1
            tell(self, *line)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ServedTracker, "_add", limited)
            [whole] = sync(HOME, host=host)
        sent.append(whole.records)
    assert sent[:2] == [3, 2]
    assert whole.error is None
    assert calls(SERVER, result.run_id) == calls(SERVER, tracked(host, wait=30).run_id)


def test_one_that_gathers_is_told_again_what_it_needs(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who takes up the run gets `resume` and all but the start; others get the rest alone."""
    monkeypatch.setattr(ServedTracker, "gathers", True)
    tell, allowed = ServedTracker._add, [4]

    def limited(self: ServedTracker, *line: Any) -> None:
        if not allowed[0]:
            raise ConnectionResetError
        allowed[0] -= 1
        tell(self, *line)

    result = tracked(host)
    SERVER.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(ServedTracker, "_add", limited)
        assert [s.records for s in sync(HOME, host=host)] == [4]
    [sent] = sync(HOME, host=host)
    told = calls(SERVER, result.run_id)
    assert told[4:7] == told[1:4]
    assert told.count("start") == 1
    assert sent.records == len(told) - 4 - 3


def test_what_cannot_be_sent_is_told_with_its_code(host: PluginHost) -> None:
    """EF707: tracker, run, reason, how many wait; and everything still waits."""
    result = tracked(host)
    [sent] = sync(HOME, host=host)
    assert isinstance(sent.error, EventflowError)
    [problem] = sent.error.problems
    assert problem.code == "EF707"
    assert result.record.short_id in problem.message
    assert "the server is down" in problem.message
    assert f"{sent.waiting:,} records wait" in problem.detail


def test_a_copy_is_sent_of_files_that_are_gone(host: PluginHost) -> None:
    """Configuration and state are sent as they were, though the run's folder was removed."""
    result = tracked(host)
    assert result.record.run_dir is not None
    for file in Path(result.record.run_dir).iterdir():
        file.unlink()
    SERVER.mkdir()
    [sent] = sync(HOME, host=host)
    assert sent.error is None
    files = {line[1]: line[2] for line in lines(SERVER, result.run_id) if line[0] == "artifact"}
    assert {"config.yaml", "state.json", "report.html"} == set(files)
    assert "rows4" in files["config.yaml"]


def test_a_secret_is_looked_up_again_and_never_kept(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option from the environment is in no file of the spool, and is there for sending."""
    monkeypatch.setenv("TRACKING_TOKEN", "canary-71c2")
    result = tracked(host, token="${env:TRACKING_TOKEN}")  # noqa: S106 - a reference
    files = [path for path in (HOME / "spool").rglob("*") if path.is_file()]
    assert files
    assert not [f for f in files if b"canary-71c2" in f.read_bytes()]
    SERVER.mkdir()
    assert [s.error for s in sync(HOME, host=host)] == [None]
    assert {line[-1] for line in lines(SERVER, result.run_id)} == {"canary-71c2"}


def test_a_secret_written_in_place_needs_the_file(host: PluginHost) -> None:
    """EF706 says what to do; nothing is lost."""
    tracked(host, token="canary-71c2")  # noqa: S106 - made for this test
    SERVER.mkdir()
    [sent] = sync(HOME, host=host)
    assert sent.error is not None
    assert sent.error.problems[0].code == "EF706"
    assert sent.waiting
