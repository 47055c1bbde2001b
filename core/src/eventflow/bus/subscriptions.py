"""The subscriptions of one transport or bus: a worker for each, ended one by one or together."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

from eventflow.bus.handling import Handling
from eventflow.bus.worker import Counts, Worker
from eventflow.ids import uuid7

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventflow.types import Receiver


class Subscriptions:
    """Workers by the id of their subscription."""

    def __init__(self) -> None:
        """Start with none."""
        self._workers: dict[str, Worker] = {}
        self._lock = Lock()

    def add(
        self,
        receive: Callable[[str], Receiver],
        handler: Callable[..., Any],
        handling: Handling | None = None,
        name: str = "",
    ) -> str:
        """Start a worker; return the id of its subscription.

        Raises:
            Exception: What opening the receiver raises.
        """
        subscription = str(uuid7())
        worker = Worker(receive, handler, handling or Handling(), name or subscription)
        worker.start()
        with self._lock:
            self._workers[subscription] = worker
        return subscription

    def end(self, subscription: str, timeout: float = 10.0) -> None:
        """Stop one; unknown ids are ignored."""
        with self._lock:
            worker = self._workers.pop(subscription, None)
        if worker is not None:
            worker.stop(timeout)

    def counts(self) -> Mapping[str, Counts]:
        """Return what each has done so far."""
        with self._lock:
            return {name: worker.counts for name, worker in self._workers.items()}

    def close(self, timeout: float = 10.0) -> bool:
        """Stop all; tell whether every handler came to an end in time."""
        with self._lock:
            workers = list(self._workers.values())
            self._workers.clear()
        for worker in workers:
            worker.ask_to_stop()
        ended = [worker.stop(timeout) for worker in workers]
        return all(ended)
