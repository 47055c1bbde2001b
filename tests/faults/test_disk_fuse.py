"""A disk that forgets, under whole processes: files, and the event store."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from eventflow.store import EventReader, verify
from faultkit.campaign import rounds, tell
from faultkit.disk_fuse import ForgetfulMount, missing
from faultkit.kill import Nursery
from faultkit.redis_server import RedisServer, Sync, ask

if TYPE_CHECKING:
    from pathlib import Path

    from faultkit.history import Judgement

ABSENT = missing()
pytestmark = pytest.mark.skipif(
    ABSENT is not None, reason=f"NO POWER IS CUT UNDER WHOLE PROCESSES: {ABSENT}"
)


def test_files_keep_what_was_synced_and_nothing_else(tmp_path: Path) -> None:
    """Before the loss everything is there; after it, only what `fsync` was called for."""
    with ForgetfulMount(tmp_path) as disk:
        (disk.place / "folder").mkdir()
        for name in ("synced", "folder/synced", "forgotten", "partly", "removed"):
            file = os.open(disk.place / name, os.O_CREAT | os.O_RDWR)
            os.write(file, b"first")
            if name != "forgotten":
                os.fsync(file)
            if name == "partly":
                os.write(file, b" second")
            os.close(file)
        (disk.place / "removed").unlink()
        (disk.place / "synced").rename(disk.place / "renamed")
        assert (disk.place / "partly").read_bytes() == b"first second"
        assert (disk.place / "forgotten").read_bytes() == b"first"
        disk.lose_power()
        disk.mount()
        left = {p.relative_to(disk.place).as_posix(): p for p in disk.place.rglob("*")}
        assert sorted(left) == ["folder", "folder/synced", "partly", "renamed"]
        assert {left[name].read_bytes() for name in ("folder/synced", "partly", "renamed")} == {
            b"first"
        }


def losses(folder: Path, *, number: int, mutant: str = "") -> Judgement:
    """Let publishers append to one store, and cut the power under each; judge what is left."""
    with ForgetfulMount(folder) as disk, Nursery(seed=3, mutant=mutant) as nursery:
        for _ in range(number):
            nursery.publish(disk.place / "events.sqlite", lambda _: disk.lose_power())
            disk.mount()
        path = disk.place / "events.sqlite"
        if mutant and (not path.exists() or not verify(path).sound):
            return nursery.history.judge([])
        assert verify(path).sound
        with EventReader(path) as store:
            return nursery.history.judge(event.event_id for event in store.replay())


def test_no_acknowledged_event_is_lost_when_the_power_goes_under_publishers(
    tmp_path: Path,
) -> None:
    """Again and again under one store; every publisher finds what the last was promised."""
    number = rounds(5, 200)
    judgement = losses(tmp_path, number=number)
    assert judgement.clean, judgement
    assert judgement.acknowledged > number
    tell("power loss under processes", runs=number, acknowledged=judgement.acknowledged, lost=0)


@pytest.mark.parametrize("level", ["OFF", "NORMAL"])
def test_a_store_that_syncs_less_is_caught(tmp_path: Path, level: str) -> None:
    """SIGKILL alone never tells; this does."""
    judgement = losses(tmp_path, number=3, mutant=f"synchronous:{level}")
    assert judgement.lost


def kept_by_redis(folder: Path, sync: Sync) -> int:
    """Return how many of 20 acknowledged writes a Redis has after a loss of power."""
    folder.mkdir()
    with ForgetfulMount(folder) as disk:
        redis = RedisServer(disk.place / "redis", sync=sync)
        with redis:
            for number in range(20):
                assert ask(redis.port, "SET", f"k{number}", "v") == b"+OK\r\n"
            disk.lose_power()
        disk.mount()
        with redis:
            return int(ask(redis.port, "DBSIZE").strip(b":\r\n"))


def test_a_server_keeps_as_much_as_it_syncs(tmp_path: Path) -> None:
    """Redis that syncs each write has everything; once a second, not, unless just at the cut."""
    assert kept_by_redis(tmp_path / "always", "always") == 20
    assert any(kept_by_redis(tmp_path / f"second-{n}", "everysec") < 20 for n in range(3))
