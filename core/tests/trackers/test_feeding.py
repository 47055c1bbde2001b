"""How trackers of a service are fed: in their own threads, from disk, again after a failure."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Any

from eventflow.base import BaseTracker
from eventflow.trackers import feeder
from eventflow.trackers.fanout import Asked, TrackerFanOut

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Remembering(BaseTracker):
    """Keeps the steps it was told; refuses the first calls, and says when it has got the last."""

    def __init__(self, refuse: int = 0, last: int = 0) -> None:
        super().__init__()
        self.refuse, self.last = refuse, last
        self.steps: list[int | None] = []
        self.moments: list[datetime | None] = []
        self.got = Event()

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        if self.refuse:
            self.refuse -= 1
            raise ConnectionError
        self.steps.append(step)
        self.moments.append(self.told_at)
        if step == self.last:
            self.got.set()


def fan_out(home: Path, *trackers: Any, wait: float = 30) -> TrackerFanOut:
    """Return these trackers as one, with a run begun."""
    asked = [Asked(tracker=t, definition={"use": type(t).__name__}) for t in trackers]
    fan = TrackerFanOut(asked, home=home, wait=wait)
    fan.start("0190", "run", NOW)
    return fan


def test_a_service_that_comes_back_gets_everything_during_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What failed is tried again after a pause; nothing is left out, nothing comes twice."""
    monkeypatch.setattr(feeder, "FIRST_PAUSE", 0.001)
    tracker = Remembering(refuse=3, last=9)
    fan = fan_out(tmp_path, tracker)
    for step in range(10):
        fan.metrics({"loss": 1.0}, step)
    assert tracker.got.wait(30)
    fan.finish("COMPLETED")
    assert tracker.steps == list(range(10))
    assert (fan.failures, fan.late) == ([], [])
    assert all(m is not None and m >= NOW for m in tracker.moments)


def test_trackers_are_fed_apart(tmp_path: Path) -> None:
    """One that always fails keeps nothing from the one beside it."""
    broken, sound = Remembering(refuse=10**6), Remembering(last=4)
    fan = fan_out(tmp_path, broken, sound, wait=0.5)
    for step in range(5):
        fan.metrics({"loss": 1.0}, step)
    fan.finish("COMPLETED")
    assert sound.steps == list(range(5))
    [failure] = fan.failures
    assert failure.startswith("Remembering.metrics: ConnectionError; 6 records wait")


def test_a_store_that_cannot_be_written_keeps_nobody_from_being_told(tmp_path: Path) -> None:
    """The records go through the folder of temporary files instead."""
    (tmp_path / "home").write_text("a file stands where the folder should be", encoding="utf-8")
    tracker = Remembering(last=2)
    fan = fan_out(tmp_path / "home", tracker)
    for step in range(3):
        fan.metrics({"loss": 1.0}, step)
    fan.finish("COMPLETED")
    assert tracker.steps == [0, 1, 2]
    assert fan.failures == []


def test_what_cannot_be_kept_is_said_to_be_lost(tmp_path: Path) -> None:
    """Without a store that can be written, no one is told to send later what is nowhere."""
    (tmp_path / "home").write_text("a file stands where the folder should be", encoding="utf-8")
    fan = fan_out(tmp_path / "home", Remembering(refuse=10**6), wait=0.5)
    fan.metrics({"loss": 1.0}, 0)
    fan.finish("COMPLETED")
    [failure] = fan.failures
    assert failure.endswith("home cannot be written")
    assert "2 records are lost" in failure


def test_numbers_that_json_lacks_arrive_as_they_were(tmp_path: Path) -> None:
    """NaN, both infinities, -0.0 and integers beyond 64 bits."""
    told: dict[str, float] = {}

    class Numbers(BaseTracker):
        """Keeps its numbers."""

        def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
            told.update(metrics)

    fan = fan_out(tmp_path, Numbers())
    numbers = {"inf": float("inf"), "low": float("-inf"), "zero": -0.0, "big": float(2**70)}
    fan.metrics({**numbers, "nan": float("nan"), "whole": 2**70})
    fan.finish("COMPLETED")
    assert {k: told[k] for k in numbers} == numbers
    assert str(told["zero"]) == "-0.0"
    assert told["nan"] != told["nan"]
    assert told["whole"] == float(2**70)
