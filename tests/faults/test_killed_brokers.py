"""A broker that is killed under load: what it acknowledged, it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventflow_redis.streams import RedisTransport
from faultkit.broker_kill import BrokerKills, PowerCut
from faultkit.campaign import rounds, tell
from faultkit.deviants import acknowledges_anything
from faultkit.disk_fuse import ForgetfulMount, missing
from faultkit.worlds import WORLDS, redis_world

if TYPE_CHECKING:
    from pathlib import Path

    from faultkit.history import Judgement
    from faultkit.redis_server import Sync

DURABLE = ["redis", "nats"]
ABSENT = missing()
FUSE = pytest.mark.skipif(ABSENT is not None, reason=f"NO POWER IS CUT UNDER REDIS: {ABSENT}")


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
        assert world.server is not None
        judgement, twice = _judged(BrokerKills(world, world.server), kills)
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
        assert world.server is not None
        judgement, _ = _judged(BrokerKills(world, world.server, tamper=tamper), 2)
    assert judgement.lost
    tell("negative control", control=control, caught_in_run=1)


def _after_power_losses(folder: Path, sync: Sync, number: int) -> tuple[Judgement, int]:
    with (
        ForgetfulMount(folder) as disk,
        redis_world(RedisTransport, sync)(disk.place / "redis", 1, 1.0) as world,
    ):
        assert world.server is not None
        return _judged(BrokerKills(world, PowerCut(world.server, disk)), number)


@FUSE
def test_no_acknowledged_event_is_lost_when_the_power_goes_under_redis(tmp_path: Path) -> None:
    """With an append-only file that is always synced."""
    number = rounds(2, 50)
    judgement, twice = _after_power_losses(tmp_path, "always", number)
    assert judgement.clean, judgement
    tell(
        "power loss under brokers", transport="redis", runs=number, twice=twice,
        acknowledged=judgement.acknowledged, lost=0,
    )  # fmt: skip


@FUSE
def test_a_redis_that_syncs_once_a_second_is_caught(tmp_path: Path) -> None:
    """Its default loses what was acknowledged since, which SIGKILL alone never shows."""
    judgement, _ = _after_power_losses(tmp_path, "everysec", rounds(2, 10))
    assert judgement.lost
    tell(
        "power loss under brokers", transport="redis", runs=rounds(2, 10), sync="everysec",
        acknowledged=judgement.acknowledged, lost=len(judgement.lost),
    )  # fmt: skip
