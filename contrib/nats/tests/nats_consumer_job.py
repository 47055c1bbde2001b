"""A program that handles events in a group and writes down which; tests start and kill it.

Arguments: url, prefix, file to write to, type that ends the process, attempts.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from eventflow.bus.bus import EventBus
from eventflow.bus.handling import Handling
from eventflow_nats.transport import NatsTransport

if TYPE_CHECKING:
    from eventflow.types import Event

url, prefix, place, deadly, attempts = sys.argv[1:]
said = Path(place).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115 - open until it is killed


def handle(event: Event) -> None:
    """Write down the event; one type ends the process at once."""
    said.write(f"{event.event_type} {event.event_id}\n")
    if event.event_type == deadly:
        os.kill(os.getpid(), signal.SIGKILL)


bus = EventBus(NatsTransport(url=url, prefix=prefix, visibility_seconds=0.5))
handling = Handling(attempts=int(attempts))
bus.subscribe("*", handle, group="work", start="earliest", handling=handling)
threading.Event().wait()
