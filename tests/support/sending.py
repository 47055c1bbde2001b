"""Sending what waits for trackers until nobody has any of it in hand."""

from __future__ import annotations

from pathlib import Path
from threading import Event

from eventflow.trackers.sync import Sent, sync


def sent_all(home: Path = Path(".eventflow")) -> list[Sent]:
    """Send what waits, after the calls that a run left unfinished have ended."""
    while True:
        sent = list(sync(home))
        if not any(each.busy for each in sent):
            return sent
        Event().wait(0.1)
