"""A publisher, a disk that forgets, and a power cut at a moment that a seed chooses."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from eventflow.errors import EventflowError
from eventflow.events import BaseEvent
from eventflow.store import EventStore, verify
from faultkit.disk_model import Adversary, ForgetfulDisk
from faultkit.history import History, Judgement

if TYPE_CHECKING:
    from pathlib import Path

NAME = "events.sqlite"


def power_loss(
    folder: Path, *, seed: int, adversary: Adversary, lies: bool = False, first: int = 1
) -> Judgement:
    """Publish until the power goes, bring it back, append again what was not acknowledged.

    Args:
        folder: An empty folder.
        seed: Of the moment, the batches and what survives.
        adversary: What survives of unsynced writes.
        lies: Whether the disk only pretends to sync.
        first: The earliest operation of the disk at which the power may go.
    """
    chance = random.Random(seed)  # noqa: S311 - a simulation that can be repeated
    (folder / "disk").mkdir()
    history, events = History(), dict[str, BaseEvent]()
    cut = chance.randint(first, 150)
    with ForgetfulDisk(folder / "disk", seed=seed, cut_after=cut, lies=lies) as disk:
        _publish(disk, history, events, chance)
    disk.leave(folder / "after", adversary)
    try:
        return history.judge(_recovered(folder / "after" / NAME, history, events))
    except EventflowError:  # unreadable: whatever was acknowledged is lost
        return history.judge([])


def _publish(
    disk: ForgetfulDisk, history: History, events: dict[str, BaseEvent], chance: random.Random
) -> None:
    store = EventStore(disk.folder / NAME)
    while not disk.off:
        if chance.random() < 0.1:
            store.close()
            store = EventStore(disk.folder / NAME)
        batch = [
            BaseEvent(event_type="power.on", source="p") for _ in range(chance.choice((1, 1, 6)))
        ]
        names = [str(event.event_id) for event in batch]
        for name, event in zip(names, batch, strict=True):
            history.attempt(name, "p")
            events[name] = event
        store.append_many(batch)
        if not disk.off:
            for name in names:
                history.acknowledge(name)
    store.close()


def _recovered(path: Path, history: History, events: dict[str, BaseEvent]) -> list[str]:
    """Return what is stored after a publisher that is unsure has appended its last events again."""
    with EventStore(path) as store:
        kept = {event.event_id for event in store.replay()}
        unsure = [n for n in history.attempts if n not in history.acknowledged]
        last = [name for name in history.attempts if name in kept][-3:]
        store.append_many(events[str(name)] for name in dict.fromkeys([*last, *unsure]))
    audit = verify(path)
    if audit.error is not None:
        raise audit.error
    with EventStore(path) as store:
        return [event.event_id for event in store.replay()]
