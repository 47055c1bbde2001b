"""What the benchmarks of transports share: the events they carry, and that all carry the same."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from eventflow.events import PerformanceEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TYPE = "performance.metric.recorded"


def made(number: int) -> list[PerformanceEvent]:
    """Return so many events."""
    said: dict[str, Any] = {"event_type": TYPE, "context_id": "run", "operation": "load"}
    return [PerformanceEvent(**said, duration_ms=float(n)) for n in range(number)]


def itself(event: PerformanceEvent) -> PerformanceEvent:
    """Return an event as it is, to be compared whole."""
    return event


def duration(event: Any) -> float | None:
    """Return a number of an event, to be kept in its place."""
    found: float | None = event.duration_ms
    return found


def same(found: object, expected: object) -> None:
    """Check that two ways carry the same."""
    if found != expected:
        msg = "the two ways do not carry the same events"
        raise AssertionError(msg)


def peer(
    python: str, job: Path, server: str, folder: Path, events: Sequence[PerformanceEvent]
) -> dict[str, float]:
    """Return the seconds that a peer takes for the same events, as text.

    Args:
        python: Its interpreter.
        job: Its program, which is given the server, the file it reads and the file it writes.
        server: Where the server is.
        folder: Where the files go.
        events: The events.
    """
    given, found = folder / "given.jsonl", folder / "found.json"
    contents = [event.to_bytes() for event in events]
    given.write_bytes(b"\n".join(contents))
    argv = [python, str(job), server, str(given), str(found)]
    done = subprocess.run(argv, capture_output=True, check=False, timeout=120)
    if done.returncode:
        sys.stderr.write(done.stderr.decode())
    done.check_returncode()
    same(json.loads(found.read_bytes()), [json.loads(content) for content in contents])
    took: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return took
