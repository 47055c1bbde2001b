"""A thread for each tracker that may have to wait for a service, so that no run waits for it."""

from __future__ import annotations

import logging
from threading import Condition, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from eventflow.errors import facts_of
from eventflow.trackers.telling import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventflow.trackers.spool import Spool

_log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds before a tracker that failed is tried again; doubled each time."""


class Feeder(Thread):
    """Tells one tracker what the run's spool has, as it comes.

    The disk is the queue: however slow the tracker, the run only appends to a file.

    Attributes:
        tracker: The tracker.
        failure: What it said when it last failed; empty while it does not fail.
    """

    def __init__(
        self,
        spool: Spool,
        number: int,
        tracker: Any,
        left: Callable[[], None],
        hear: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take the tracker, whom to call when done with the spool, and who hears of failures."""
        super().__init__(name=f"eventflow-tracker-{number}", daemon=True)
        self.tracker = tracker
        self.failure = ""
        self._delivery = Delivery(spool, number, tracker, new=True)
        self._left = left
        self._hear = hear
        self._changed = Condition()
        self._goal = 0
        self._ending = False
        self._stopped = False

    def wake(self, goal: int) -> None:
        """Say how many bytes of records there are now."""
        with self._changed:
            self._goal = goal
            self._changed.notify()

    def end(self) -> None:
        """Say that no more is to come: what fails now is not tried again."""
        with self._changed:
            self._ending = True
            self._changed.notify()

    def stop(self, deadline: float) -> bool:
        """Wait until a moment of `monotonic`, then stop after the current record.

        Returns:
            Whether the tracker was told everything.
        """
        self.join(max(0.0, deadline - monotonic()))
        self._stopped = True
        return self.done

    @property
    def done(self) -> bool:
        """Whether the tracker was told everything there is."""
        return self._delivery.position >= self._goal

    def run(self) -> None:
        """Tell the tracker until the run has ended, or the time is up."""
        try:
            self._tell_all()
        except BaseException:  # noqa: BLE001 - the spool itself failed; the run goes on
            _log.warning("the spool of a tracker failed", exc_info=True)
        finally:
            self._left()

    def _tell_all(self) -> None:
        pause = FIRST_PAUSE
        while self._next():
            last = self._ending
            try:
                self._delivery.step()
            except BaseException as error:  # noqa: BLE001 - a tracker may raise anything
                self._failed(error)
                if last:
                    return
                self._rest(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE
                if self.failure:
                    self._say("")

    def _next(self) -> bool:
        """Wait for a record; False when there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: not self.done or self._ending)
        return not self._stopped and not self.done

    def _rest(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._ending, seconds)

    def _failed(self, error: BaseException) -> None:
        name = type(self.tracker).__name__
        if not self.failure:
            _log.warning("tracker %s failed; what it was not told waits", name, exc_info=error)
        self._say(f"{name}.{self._delivery.telling}: {facts_of(error)[0]}")

    def _say(self, failure: str) -> None:
        self.failure = failure
        self._hear(failure)
