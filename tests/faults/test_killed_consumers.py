"""Consumers that are killed at work: what they had not finished is handled by the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from faultkit.campaign import rounds, tell
from faultkit.consumer_kill import ConsumerKills
from faultkit.worlds import WORLDS

if TYPE_CHECKING:
    from pathlib import Path

ACKNOWLEDGED = [name for name, entry in WORLDS.items() if entry.promises.acknowledged]
_SOON = {"visibility_seconds": 0.3}


@pytest.mark.parametrize("transport", ACKNOWLEDGED)
def test_nothing_is_lost_when_consumers_are_killed(transport: str, tmp_path: Path) -> None:
    """SIGKILL in the middle of a handler; events are handled again at most once per kill and batch.

    What the killed one had handled and not yet acknowledged is handled twice: that is promised no
    better.
    """
    kills = rounds(1, 20)
    with WORLDS[transport].world(tmp_path, 1, 5.0) as world:
        assert world.kind is not None
        trial = ConsumerKills(world.kind, {**world.options, **_SOON}, seed=1)
        trial.run(kills)
    judgement = trial.history.judge(trial.got)
    assert not judgement.lost, judgement
    assert not judgement.invented, judgement
    assert judgement.found < 2 * judgement.acknowledged
    tell(
        "killed consumers", transport=transport, kills=kills, lost=0,
        acknowledged=judgement.acknowledged, twice=len(judgement.duplicated),
    )  # fmt: skip


def test_a_consumer_that_acknowledges_on_receipt_is_caught(tmp_path: Path) -> None:
    """The same trial finds what it had taken and not handled."""
    with WORLDS["redis"].world(tmp_path, 1, 5.0) as world:
        assert world.kind is not None
        deviant = "acknowledges_on_receipt"
        trial = ConsumerKills(world.kind, {**world.options, **_SOON}, seed=1, deviant=deviant)
        trial.silence = 2.0
        trial.run(1)
    assert trial.history.judge(trial.got).lost
    tell("negative control", control="acknowledged on receipt", caught_in_run=1)
