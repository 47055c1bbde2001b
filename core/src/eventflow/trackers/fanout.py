"""Several trackers as one; a tracker that fails is left out of the rest of the run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from eventflow.errors import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from eventflow.types import Tracker

_log = logging.getLogger(__name__)


class TrackerFanOut:
    """Tells every tracker; failures are logged and counted, and never reach the run."""

    def __init__(self, trackers: Sequence[Tracker]) -> None:
        """Take the trackers in the order of the configuration."""
        self._trackers = list(trackers)
        self.failures: list[str] = []

    def start(self, run_id: str, name: str, started_at: datetime) -> None:
        """A run has begun."""
        self._tell("start", run_id, name, started_at)

    def params(self, params: Mapping[str, Any]) -> None:
        """Record parameters."""
        self._tell("params", params)

    def metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Record numbers."""
        self._tell("metrics", metrics, step)

    def artifact(self, path: Path, name: str) -> None:
        """Record a file."""
        self._tell("artifact", path, name)

    def finish(self, status: str) -> None:
        """The run has ended."""
        self._tell("finish", status)

    def _tell(self, what: str, *args: object) -> None:
        for tracker in list(self._trackers):
            try:
                getattr(tracker, what)(*args)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - a tracker may raise anything
                name = type(tracker).__name__
                self.failures.append(f"{name}.{what}: {text_of(error)}")
                self._trackers.remove(tracker)
                _log.warning("tracker %s failed and is left out", name, exc_info=True)
