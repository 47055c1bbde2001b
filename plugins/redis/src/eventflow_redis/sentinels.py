"""Sentinels: they know which server is the primary of a name."""

from __future__ import annotations

from typing import Any

from redis.exceptions import ConnectionError, TimeoutError  # noqa: A004 - the client's own
from redis.sentinel import MasterNotFoundError, Sentinel


class Sentinels(Sentinel):
    """Sentinels that say why they cannot tell: the client's own words name only objects."""

    def discover_master(self, service_name: str) -> tuple[str, int]:
        """Return host and port of the primary; who answers is asked first the next time.

        Raises:
            MasterNotFoundError: No sentinel that answers knows it; its cause is the last one's that
                does not answer.
        """
        error: Exception | None = None
        for sentinel in list(self.sentinels):
            try:
                known: Any = sentinel.sentinel_masters()
            except (ConnectionError, TimeoutError) as unanswered:
                error = unanswered
                continue
            state = known.get(service_name)
            if state and self.check_master_state(state, service_name):  # type: ignore[no-untyped-call] # redis-py types it not
                self.sentinels.remove(sentinel)
                self.sentinels.insert(0, sentinel)
                return state["ip"], state["port"]
        said = "know of none that is up" if error is None else f"do not answer: {error}"
        msg = f'no primary "{service_name}" found: the sentinels {said}'
        raise MasterNotFoundError(msg) from error
