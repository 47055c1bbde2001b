"""The event store under a disk that forgets: nothing that was acknowledged is lost."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, get_args

import pytest

from eventflow.events import BaseEvent
from eventflow.store import EventStore
from faultkit import mutants
from faultkit.campaign import rounds, tell
from faultkit.disk_model import Adversary, ForgetfulDisk
from faultkit.power import power_loss

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ADVERSARIES = get_args(Adversary)
WITHIN = 20  # losses of power in which a store without its safeguard must be caught
CONTROLS: dict[str, tuple[Callable[[], AbstractContextManager[None]], bool]] = {
    "synchronous=OFF": (lambda: mutants.synchronous("OFF"), False),
    "synchronous=NORMAL": (lambda: mutants.synchronous("NORMAL"), False),
    "acknowledged before commit": (mutants.acknowledged_before_commit, False),
    "duplicates not looked for": (mutants.ids_unchecked, False),
    "syncs that do nothing": (nullcontext, True),
}


@pytest.mark.parametrize("adversary", ADVERSARIES)
def test_no_acknowledged_event_is_lost_when_the_power_goes(
    tmp_path: Path, adversary: Adversary
) -> None:
    """At any moment, creation included, whatever survives: none lost, doubled or out of order."""
    runs, acknowledged = rounds(10, 200), 0
    for seed in range(runs):
        (tmp_path / str(seed)).mkdir()
        judgement = power_loss(tmp_path / str(seed), seed=seed, adversary=adversary)
        assert judgement.clean, (seed, judgement)
        acknowledged += judgement.acknowledged
    assert acknowledged > runs  # else the power went before anything was promised
    tell(
        "power loss",
        adversary=adversary,
        runs=runs,
        acknowledged=acknowledged,
        lost=0,
        duplicated=0,
    )


def pending(folder: Path) -> list[int]:
    """Return, after each of 50 appends, how many writes of the log were not synced."""
    folder.mkdir()
    with ForgetfulDisk(folder, seed=0) as disk, EventStore(folder / "e.sqlite") as store:
        counted = []
        for number in range(50):
            store.append_many(BaseEvent(event_type="a.b") for _ in range(1 + number % 5))
            counted.append(disk.unsynced("-wal"))
        return counted


def test_nothing_is_unsynced_when_append_returns(tmp_path: Path) -> None:
    """The order is write, sync, return; with less than full sync the same trial sees writes."""
    assert pending(tmp_path / "full") == [0] * 50
    with mutants.synchronous("NORMAL"):
        assert min(pending(tmp_path / "normal")) > 0


@pytest.mark.parametrize("name", CONTROLS)
def test_a_store_without_a_safeguard_is_caught(tmp_path: Path, name: str) -> None:
    """The same trial fails for a store that syncs, acknowledges or compares carelessly."""
    mutant, lies = CONTROLS[name]
    caught = None
    for seed in range(WITHIN):
        (tmp_path / str(seed)).mkdir()
        with mutant():
            judgement = power_loss(
                tmp_path / str(seed), seed=seed, adversary="nothing", lies=lies, first=60
            )
        if judgement.lost or judgement.duplicated:
            caught = seed + 1
            break
    assert caught is not None, f"{name}: not caught within {WITHIN} losses of power"
    tell("negative control", control=name, caught_in_run=caught)
