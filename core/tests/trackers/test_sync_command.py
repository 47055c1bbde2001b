"""``eventflow runs sync``: what it says, its document, its exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from eventflow.api import run
from eventflow.cli import runs
from eventflow.cli.options import Settings
from run_components import PIPELINE, host_in
from tracking_server import ServedTracker, calls

if TYPE_CHECKING:
    from click.testing import Result

    from eventflow.runs.result import RunResult


@pytest.fixture
def waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunResult:
    """A run whose tracker's server was down."""
    host = host_in(tmp_path, monkeypatch)
    host.register(ServedTracker)
    monkeypatch.setattr(Settings, "host", lambda _: host)
    trackers = [{"use": "served", "server": "server"}]
    return run({**PIPELINE, "trackers": trackers, "runs": {"trackers_wait": 0.1}}, host=host)


def sync(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(runs.command, ["sync", *arguments], catch_exceptions=False)


def test_it_fails_while_the_server_is_down_and_sends_once_it_is_up(waiting: RunResult) -> None:
    """Exit code 1 with the reason, then 0 with the number sent, then nothing is left."""
    short = waiting.record.short_id
    down = sync(short)
    assert down.exit_code == 1
    assert f"{short}  served  0 sent" in down.stdout
    assert "EF707" in down.stderr
    Path("server").mkdir()
    up = sync("--all", "--json")
    assert up.exit_code == 0
    [tracker] = json.loads(up.stdout)["trackers"]
    assert tracker["records"] == len(calls(Path("server"), waiting.run_id))
    assert (tracker["run"], tracker["waiting"], tracker["error"]) == (short, 0, None)
    assert sync().stdout == "nothing waits in .eventflow\n"


def test_a_run_of_which_nothing_waits_is_named(waiting: RunResult) -> None:
    """EF520 or its kin tells which runs wait; RUN and --all together are refused."""
    with pytest.raises(Exception, match=waiting.record.short_id[:4]):
        sync("ffff-nothing")
    assert sync("abc", "--all").exit_code == 2
