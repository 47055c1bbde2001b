"""Stored bytes that change: flipped bits, ends that are cut off, stretches of zeros."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from attrs import frozen

from eventflow.errors import EventflowError
from eventflow.events import BaseEvent
from eventflow.store import EventReader, EventStore, verify

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from pathlib import Path

NAME = "events.sqlite"
Outcome = Literal["detected", "harmless", "silent"]


@frozen
class Stored:
    """The files of a store, and what they hold.

    Attributes:
        files: Name → bytes.
        events: What was appended, as replayed when all was well.
    """

    files: dict[str, bytes]
    events: list[Any]


def stored(folder: Path, *, crashed: bool, events: int = 40) -> Stored:
    """Make a store; of one that crashed, the log beside the file still holds the events."""
    folder.mkdir()
    store = EventStore(folder / NAME)
    for number in range(events):
        kind = ("order.placed", "order.paid", "x.error.y")[number % 3]
        store.append(
            BaseEvent(event_type=kind, source="x" * number, correlation_id=f"r{number % 4}")
        )
    replayed = list(store.replay())
    if not crashed:
        store.close()
    files = {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith("-shm")}
    store.close()
    return Stored(files, replayed)


def damaged(files: dict[str, bytes], chance: random.Random) -> tuple[str, dict[str, bytes]]:
    """Change one place in one file; return what was done."""
    names = sorted(files)
    name = chance.choices(names, [len(files[n]) ** 0.5 for n in names])[0]
    data = bytearray(files[name])
    at = chance.randrange(len(data))
    kind = chance.choices(("flip", "cut", "zeros"), (8, 1, 1))[0]
    if kind == "flip":
        data[at] ^= 1 << chance.randrange(8)
    elif kind == "cut":
        del data[at:]
    else:
        end = min(at + chance.choice((16, 512, 4096)), len(data))
        data[at:end] = bytes(end - at)
    return f"{kind} at {at} of {name}", files | {name: bytes(data)}


def outcome(folder: Path, files: dict[str, bytes], events: Sequence[Any]) -> Outcome:
    """Return what becomes of these files: is the damage told, does it matter, does it deceive?"""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    try:
        audit = verify(folder / NAME)
        told = not audit.sound or bool(audit.notes)
    except EventflowError:
        told = True
    yielded, complete = _replayed(folder / NAME)
    if yielded != list(events[: len(yielded)]):
        return "silent"
    if told:
        return "detected"
    whole = complete and len(yielded) == len(events) and _by_run(folder / NAME) == _runs(events)
    return "harmless" if whole else "silent"


def _replayed(path: Path) -> tuple[list[Any], bool]:
    """Return what a replay yields, and whether it came to an end without an error."""
    yielded: list[Any] = []
    try:
        with EventReader(path) as store:
            yielded.extend(store.replay())
    except EventflowError:
        return yielded, False
    return yielded, True


def _by_run(path: Path) -> Counter[tuple[str, str]]:
    with EventReader(path) as store:
        return _runs([e for n in range(4) for e in store.replay(correlation_id=f"r{n}")])


def _runs(events: Sequence[Any]) -> Counter[tuple[str, str]]:
    return Counter((event.correlation_id, event.event_id) for event in events)
