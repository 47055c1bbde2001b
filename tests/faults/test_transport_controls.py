"""Transports that break a promise are caught by the trial that all of them pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from attrs import frozen

from eventflow.bus.handling import Handling
from faultkit import deviants
from faultkit.campaign import tell
from faultkit.trial import Trial, broken_promises
from faultkit.worlds import WORLDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_TRIES = 5


@frozen
class Control:
    """A transport that breaks a promise.

    Attributes:
        transport: Which one is broken.
        fault: What happens meanwhile.
        tamper: How it is broken.
        said: What the trial must say.
        remember: How many identities the handler's worker remembers.
    """

    transport: str
    fault: str
    tamper: Callable[[Any], None]
    said: str
    remember: int = 100_000


CONTROLS = {
    "acknowledged without an answer": Control(
        "redis", "killed server", deviants.acknowledges_anything, "not handled"
    ),
    "events dropped": Control("store", "slow consumer", deviants.drops, "not handled"),
    "repeated events not looked for": Control(
        "redis", "latency", deviants.repeats, "handled twice", remember=0
    ),
    "batches overtake each other": Control(
        "store", "slow consumer", deviants.reorders, "changed places"
    ),
    "events invented": Control("redis.pubsub", "latency", deviants.invents, "nobody"),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_a_transport_that_breaks_a_promise_is_caught(name: str, tmp_path: Path) -> None:
    """The same trial finds what it did, in one of a few tries."""
    control = CONTROLS[name]
    for number in range(1, _TRIES + 1):
        if control.said in _said(control, number, tmp_path / str(number)):
            tell("negative control", control=name, caught_in_run=number)
            return
    pytest.fail(f"{name}: not caught in {_TRIES} trials")


def _said(control: Control, seed: int, folder: Path) -> str:
    folder.mkdir()
    with WORLDS[control.transport].world(folder, seed, 0.5) as world:
        handling = Handling(remember=control.remember)
        trial = Trial(world, handling=handling, tamper=control.tamper, arrival=1.0)
        return "; ".join(broken_promises(trial.run(control.fault, seed), world.promises))
