"""A broker that is killed under load: what it acknowledged, it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventflow_redis.streams import RedisTransport
from faultkit.broker_kill import BrokerKills
from faultkit.campaign import rounds, tell
from faultkit.deviants import acknowledges_anything
from faultkit.worlds import WORLDS, redis_world

if TYPE_CHECKING:
    from pathlib import Path

    from faultkit.history import Judgement

DURABLE = ["redis"]


def _judged(trial: BrokerKills, kills: int) -> tuple[Judgement, int]:
    """Return what is wrong, and how many are kept twice: sent again, since nobody answered."""
    kept = trial.run(kills)
    once = dict.fromkeys(kept)
    return trial.history.judge(once), len(kept) - len(once)


@pytest.mark.parametrize("transport", DURABLE)
def test_no_acknowledged_event_is_lost_when_the_broker_is_killed(
    transport: str, tmp_path: Path
) -> None:
    """SIGKILL at any moment, under four publishers; all are found, in the order of publishing."""
    kills = rounds(4, 50)
    with WORLDS[transport].world(tmp_path, 1, 1.0) as world:
        judgement, twice = _judged(BrokerKills(world, seed=1), kills)
    assert judgement.clean, judgement
    assert judgement.acknowledged > kills
    tell(
        "killed brokers", transport=transport, kills=kills, twice=twice,
        acknowledged=judgement.acknowledged, lost=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("control", "sync", "tamper"),
    [
        ("no append-only file", "none", lambda _: None),
        ("acknowledged whatever the server says", "always", acknowledges_anything),
    ],
)
def test_a_broker_that_forgets_is_caught(
    control: str, sync: Any, tamper: Any, tmp_path: Path
) -> None:
    """The same trial finds what is lost."""
    with redis_world(RedisTransport, sync)(tmp_path, 1, 1.0) as world:
        judgement, _ = _judged(BrokerKills(world, seed=1, tamper=tamper), 2)
    assert judgement.lost
    tell("negative control", control=control, caught_in_run=1)
