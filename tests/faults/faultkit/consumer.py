"""A program that handles events in a group and says which; it is killed at some moment.

Arguments: module and class of the transport, its options as JSON, and the name of a function of
`deviants`, or nothing. It writes a line with each event's id when its handler has returned.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from importlib import import_module
from typing import TYPE_CHECKING

from eventflow.bus.bus import EventBus
from faultkit import deviants

if TYPE_CHECKING:
    from eventflow.types import Event

OUT = sys.stdout.fileno()
_WORK = 0.002  # seconds that an event takes


def handle(event: Event) -> None:
    """Work, then say so."""
    time.sleep(_WORK)
    os.write(OUT, b"%s\n" % str(event.event_id).encode())


def main(place: str, options: str, deviant: str) -> None:
    """Handle events until somebody kills this process."""
    module, _, name = place.partition(":")
    transport = getattr(import_module(module), name)(**json.loads(options))
    if deviant:
        getattr(deviants, deviant)(transport)
    EventBus(transport).subscribe("*", handle, group="g", start="earliest")
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
