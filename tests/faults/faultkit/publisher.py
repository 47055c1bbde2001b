"""A process that bears publishers, which are killed: run with a mutant's name, or without.

A mutant that takes an argument is written ``name:argument``.

It reads the path of a store per line, forks a publisher for it and says what the publisher attempts
and what it was promised. A fork costs milliseconds, a new interpreter hundreds.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext

from eventflow.events import BaseEvent
from eventflow.store import EventStore
from faultkit import mutants

OUT = sys.stdout.fileno()


def publish(path: str, publisher: str) -> None:
    """Append events until somebody kills this process."""
    store = EventStore(path)
    number = 0
    while True:
        events = [BaseEvent(event_type="kill.me", source=publisher) for _ in range(1 + number % 3)]
        for event in events:
            os.write(OUT, b"try %s\n" % str(event.event_id).encode())
        store.append_many(events)
        for event in events:
            os.write(OUT, b"ack %s\n" % str(event.event_id).encode())
        number += 1


def main(mutant: str | None) -> None:
    """Bear one publisher per line."""
    name, _, argument = (mutant or "").partition(":")
    with getattr(mutants, name)(*filter(None, [argument])) if name else nullcontext():
        for number, line in enumerate(sys.stdin):
            child = os.fork()
            if child == 0:
                try:
                    publish(line.strip(), f"p{number}")
                finally:
                    os._exit(1)
            os.write(OUT, b"born %d\n" % child)
            os.waitpid(child, 0)
            os.write(OUT, b"gone %d\n" % child)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
