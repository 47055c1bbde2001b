"""Trackers that another process tells: the run neither works nor waits for them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from eventflow.api import run
from eventflow.cli.run import show
from eventflow.plugins import PluginHost
from eventflow.trackers.fanout import Asked, TrackerFanOut
from eventflow.trackers.spool import Header, Place, Spool, untold
from eventflow.trackers.sync import sync
from run_components import PIPELINE, host_in
from tracking_server import ApartTracker, calls, lines

if TYPE_CHECKING:
    from collections.abc import Callable

SERVER, HOME = Path("server"), Path("home")
PATIENCE = 60
DEFINITION = {"use": "apart", "server": "server"}
PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from eventflow.trackers.fanout import Asked, TrackerFanOut
from tracking_server import ApartTracker

tracker = ApartTracker(server=Path("server"))
asked = Asked(tracker=tracker, definition={"use": "apart", "server": "server"})
fan = TrackerFanOut([asked], home=Path("home"))
fan.start("0190-killed", "killed", datetime.now(UTC))
for step in range(50):
    fan.metrics({"loss": 1.0 / (step + 1)}, step)
print("told", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder with a server that is up."""
    monkeypatch.chdir(tmp_path)
    SERVER.mkdir()


def begun(tracker: Any, wait: float | None = PATIENCE) -> TrackerFanOut:
    """Return a run that has begun and told ten numbers."""
    fan = TrackerFanOut([Asked(tracker=tracker, definition=DEFINITION)], home=HOME, wait=wait)
    fan.start("0190-apart", "run", datetime.now(UTC))
    for step in range(10):
        fan.metrics({"loss": 1.0}, step)
    return fan


def until(met: Callable[[], object]) -> None:
    """Wait until something is so, as another process makes it."""
    deadline = monotonic() + PATIENCE
    while not met():
        assert monotonic() < deadline, "it never came to be so"
        Event().wait(0.02)


def who() -> dict[str, int]:
    """Return which process told the server last."""
    told: dict[str, int] = json.loads((SERVER / "who.json").read_text(encoding="utf-8"))
    return told


def test_another_process_of_low_priority_tells_everything_in_order() -> None:
    """The server gets each call once; nothing stays in the spool."""
    fan = begun(ApartTracker(server=SERVER))
    fan.finish("COMPLETED")
    assert calls(SERVER, "0190-apart") == ["start", *["metrics"] * 10, "finish"]
    assert (fan.failures, fan.late, fan.pending) == ([], [], [])
    assert list(Place(HOME).folder.iterdir()) == []
    assert who()["pid"] != os.getpid()
    assert who()["priority"] == 19


def test_a_run_does_not_wait_for_what_another_process_goes_on_with() -> None:
    """It says so, the spool is busy meanwhile, and everything arrives after its end."""
    (SERVER / "busy").touch()
    fan = begun(ApartTracker(server=SERVER), wait=None)
    folder = HOME / "spool" / "0190-apart"
    until((folder / "sending.lock").exists)
    fan.finish("COMPLETED")
    assert fan.pending == ["apart is told by another process, which goes on"]
    assert (fan.failures, fan.late) == ([], [])
    host = PluginHost()
    host.register(ApartTracker)
    assert [sent.busy for sent in sync(HOME, host=host)] == [True]
    assert untold(HOME, "0190-apart") == ["apart"]
    (SERVER / "busy").unlink()
    until(lambda: not folder.exists())
    assert untold(HOME, "0190-apart") == []
    assert calls(SERVER, "0190-apart") == ["start", *["metrics"] * 10, "finish"]


def test_what_fails_there_is_told_here_and_waits() -> None:
    """The warning has the reason and the number of records; `sync` sends them later."""
    SERVER.rmdir()
    fan = begun(ApartTracker(server=SERVER))
    fan.finish("COMPLETED")
    [failure] = fan.failures
    assert failure.startswith("ApartTracker.start: ConnectionError: the server is down; 12 records")
    SERVER.mkdir()
    host = PluginHost()
    host.register(ApartTracker)
    assert [(sent.records, sent.error) for sent in sync(HOME, host=host)] == [(12, None)]


def test_a_killed_run_is_told_to_its_end_without_anyone_asking() -> None:
    """The process outlives SIGKILL of the run, and says that it failed."""
    support = str(Path(__file__).parents[1] / "support")
    environment = {**os.environ, "PYTHONPATH": support}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"told\n"
        until((SERVER / "0190-killed.jsonl").exists)
        process.send_signal(signal.SIGKILL)
    until(lambda: not Place(HOME).folders())
    told = lines(SERVER, "0190-killed")
    assert [line[2] for line in told if line[0] == "metrics"] == list(range(50))
    assert told[-1][:2] == ["finish", "FAILED"]


def test_when_the_other_process_is_killed_the_rest_waits() -> None:
    """The run is not disturbed, says what waits, and `sync` sends each record once."""
    fan = begun(ApartTracker(server=SERVER))
    until((SERVER / "who.json").exists)
    os.kill(who()["pid"], signal.SIGKILL)
    fan.metrics({"loss": 0.5}, 10)
    fan.finish("COMPLETED")
    [late] = fan.late
    assert "eventflow runs sync" in late
    host = PluginHost()
    host.register(ApartTracker)
    assert [sent.error for sent in sync(HOME, host=host)] == [None]
    told = lines(SERVER, "0190-apart")
    assert sorted({line[2] for line in told if line[0] == "metrics"}) == list(range(11))
    assert told[-1][:2] == ["finish", "COMPLETED"]


def test_one_that_cannot_leave_its_process_is_told_in_it() -> None:
    """What cannot be pickled has a thread, as trackers that are not apart have."""
    tracker = ApartTracker(server=SERVER)
    tracker.mine = Lock()  # type: ignore[attr-defined] # what no process can hand to another
    fan = begun(tracker)
    fan.finish("COMPLETED")
    assert who()["pid"] == os.getpid()
    assert calls(SERVER, "0190-apart")[-1] == "finish"


def test_a_spool_without_its_run_is_taken_whole_or_not_at_all() -> None:
    """Who follows a run's spool may not add to it before the run has let go."""
    moment = datetime.now(UTC)
    header = Header(run_id="0190-apart", name="run", started_at=moment, trackers=[], places=[])
    mine = Spool.create(Place(HOME), header)
    folder = mine.folder
    follower = Spool.follow(folder)
    assert follower is not None
    assert Spool.follow(folder) is None
    assert Spool.open(folder) is None
    assert follower.take_over(0.01) is False
    mine.close()
    assert Spool.open(folder) is None
    assert follower.take_over(0.01) is True
    follower.close()
    assert not folder.exists()


def test_the_command_says_who_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A note beside the summary, with what to do should the process be stopped; no warning."""
    host = host_in(tmp_path, monkeypatch)
    host.register(ApartTracker)
    SERVER.mkdir(exist_ok=True)
    (SERVER / "busy").touch()
    result = run({**PIPELINE, "trackers": [DEFINITION]}, host=host)
    show(result.record, as_json=False)
    said = " ".join(capsys.readouterr().err.split())
    assert "apart: another process goes on to send this run" in said
    assert f"eventflow runs sync {result.record.short_id}" in said
    assert not {"EF702", "EF704"} & {w.code for w in result.record.warnings}
    (SERVER / "busy").unlink()
    until(lambda: not Place(Path(".eventflow")).folders())
    assert calls(SERVER, result.run_id)[-1] == "finish"
