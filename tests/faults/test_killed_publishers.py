"""Publishers that are killed: what they were promised is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.store import EventReader, verify
from faultkit.campaign import rounds, tell
from faultkit.kill import kill_publishers

if TYPE_CHECKING:
    from pathlib import Path


def found(path: Path) -> list[str]:
    """Return the ids that a store holds, in its order."""
    with EventReader(path) as store:
        return [event.event_id for event in store.replay()]


def test_no_acknowledged_event_is_lost_when_publishers_are_killed(tmp_path: Path) -> None:
    """SIGKILL at any moment; the next publisher opens the store and goes on."""
    path = tmp_path / "events.sqlite"
    kills = rounds(20, 500)
    history = kill_publishers(path, kills=kills, seed=1)
    judgement = history.judge(found(path))
    assert judgement.clean, judgement
    assert judgement.acknowledged > kills
    assert verify(path).sound
    tell("killed publishers", kills=kills, acknowledged=judgement.acknowledged, lost=0)


def test_a_store_that_acknowledges_too_early_is_caught(tmp_path: Path) -> None:
    """The same trial fails when `append` returns before the commit."""
    path = tmp_path / "events.sqlite"
    history = kill_publishers(path, kills=10, seed=1, mutant="acknowledged_before_commit")
    assert history.judge(found(path)).lost
