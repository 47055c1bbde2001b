"""The line that says a run is alive."""

from __future__ import annotations

import io
import sys
import time

import pytest

from eventflow.cli.progress import progress
from eventflow.runs.record import PassRecord

DONE = PassRecord(label="source", nodes=("source",), seconds=0.1)


class Terminal(io.StringIO):
    """A stderr that is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch, seconds: float, *, quiet: bool = False) -> str:
    """Work with a terminal in place of stderr, and return what was written to it."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    with progress(quiet=quiet) as on_pass:
        on_pass(DONE)
        time.sleep(seconds)
    return screen.getvalue()


def test_long_run_shows_its_passes_and_cleans_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of a second shows the line, and takes it away at its end."""
    monkeypatch.delenv("CI", raising=False)

    shown = on_terminal(monkeypatch, 1.0)

    assert "working" in shown
    assert "1 done, last: source" in shown
    assert shown.endswith("\r\x1b[K")


@pytest.mark.parametrize("why", ["short", "quiet", "ci"])
def test_nothing_is_shown_where_it_would_disturb(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Short runs, JSON and CI get no line."""
    monkeypatch.delenv("CI", raising=False)
    if why == "ci":
        monkeypatch.setenv("CI", "true")

    shown = on_terminal(monkeypatch, 0.05 if why == "short" else 0.6, quiet=why == "quiet")

    assert shown == ""
