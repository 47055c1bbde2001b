"""What a killed process leaves of a run is readable, and is sent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from eventflow.plugins import PluginHost
from eventflow.trackers.spool import RECORDS, Place
from eventflow.trackers.sync import sync
from tracking_server import ServedTracker, lines

if TYPE_CHECKING:
    import pytest

PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from eventflow.trackers.fanout import Asked, TrackerFanOut
from tracking_server import ServedTracker

definition = {"use": "served", "server": "server"}
tracker = ServedTracker(server=Path("server"))
fan = TrackerFanOut([Asked(tracker=tracker, definition=definition)], home=Path("home"))
fan.start("0190-killed", "killed", datetime.now(UTC))
for step in range(50):
    fan.metrics({"loss": 1.0 / (step + 1)}, step)
print("told", flush=True)
sys.stdin.read()
"""


def test_a_killed_run_is_finished_as_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everything told before SIGKILL arrives in order; half a line is left out."""
    monkeypatch.chdir(tmp_path)
    support = str(Path(__file__).parents[1] / "support")
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": support},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"told\n"
        host = PluginHost()
        host.register(ServedTracker)
        Path("server").mkdir()
        assert [s.busy for s in sync(Path("home"), host=host)] == [True]
        process.send_signal(signal.SIGKILL)
    [folder] = Place(Path("home")).folders()
    with (folder / RECORDS).open("ab") as file:
        file.write(b'{"at":"2026-01-01T00:00:00Z","call":"metr')
    [sent] = sync(Path("home"), host=host)
    assert sent.error is None
    told = lines(Path("server"), "0190-killed")
    assert [line[2] for line in told if line[0] == "metrics"] == list(range(50))
    assert told[-1][:2] == ["finish", "FAILED"]
