"""Appending to the stream, and waiting for replicas to have it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from eventflow_redis import scripts
from eventflow_redis.errors import RedisReplicasError

if TYPE_CHECKING:
    from collections.abc import Sequence


class Appender:
    """Appends batches, each in one step.

    Args:
        client: Speaks with the server.
        key: The stream.
        where: The server, for messages.
        replicas: How many replicas must have a batch before it counts as sent.
        wait: Seconds to wait for them.
    """

    def __init__(self, client: Any, key: str, where: str, *, replicas: int, wait: float) -> None:
        """Nothing is sent yet."""
        self._client, self._key, self._where = client, key, where
        self._replicas, self._wait = replicas, wait
        self._short = False

    def append(self, args: Sequence[Any]) -> list[bytes]:
        """Append what `scripts.SEND` takes; return positions.

        Raises:
            RedisReplicasError: Too few replicas confirmed in time; the primary may have it.
        """
        if not self._replicas:
            positions: list[bytes] = self._script(keys=[self._key], args=args)
            return positions
        if self._short:  # look first: each attempt would append the batch once more
            self._confirm(self._client.execute_command(*self._ask))
        with self._client.pipeline(transaction=False) as steps:  # WAIT is of one connection
            steps.execute_command("EVAL", scripts.SEND, 1, self._key, *args)
            steps.execute_command(*self._ask)
            positions, found = steps.execute()
        self._confirm(found)
        return positions

    def _confirm(self, found: int) -> None:
        self._short = found < self._replicas
        if self._short:
            raise RedisReplicasError.short(self._where, found, self._replicas, self._wait)

    @property
    def _ask(self) -> tuple[str, int, int]:
        return "WAIT", self._replicas, max(int(self._wait * 1000), 1)

    @cached_property
    def _script(self) -> Any:
        return self._client.register_script(scripts.SEND)
