"""A lock on the server: one holder at a time, among all processes of one prefix."""

from __future__ import annotations

import secrets
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Self

from eventflow_redis import scripts
from eventflow_redis.address import Address
from eventflow_redis.connect import connect
from eventflow_redis.errors import RedisLockedError, told
from eventflow_redis.options import RedisOptions

if TYPE_CHECKING:
    from types import TracebackType

_ASKED_EVERY = 0.05


class RedisLock:
    """Lets one process at a time do something; a holder that is killed holds it no longer.

    A lock with a time limit cannot stop a holder that was paused for longer than the limit from
    going on. Each holder therefore gets a `token`, a number larger than that of all holders before:
    pass it to what is protected, which refuses smaller ones than it has seen (M. Kleppmann, "How to
    do distributed locking", 2016). Only the holder can release or extend it. Locks live in one
    server: where a replica takes over, two may hold one for a moment.

    Example:
        >>> with RedisLock("nightly", url="redis://localhost") as lock:
        ...     save(result, token=lock.token)

    Args:
        name: What is locked.
        seconds: How long it is held at most, unless extended.
        wait: Seconds that entering it waits for another holder.
        options: Options of the server, see `eventflow_redis.options.RedisOptions`.

    Attributes:
        token: Number of this holder; 0 while it holds nothing.
    """

    def __init__(
        self, name: str, *, seconds: float = 30.0, wait: float = 30.0, **options: Any
    ) -> None:
        """Nothing is sent yet."""
        config = RedisOptions(**options)
        self.name, self.wait, self.token = name, wait, 0
        self._where = str(Address.of(config.url.get_secret_value()))
        self._ms = max(int(seconds * 1000), 1)
        self._me = secrets.token_hex(16)
        self._client = connect(config, retries=0)
        held = f"{{{config.prefix}}}:lock:{name}"
        self._keys = [held, f"{held}:token"]
        self._take = self._client.register_script(scripts.TAKE)
        self._change = self._client.register_script(scripts.HOLD)

    def acquire(self, wait: float = 0.0) -> bool:
        """Take it, waiting so many seconds for another holder; tell whether it was taken.

        Raises:
            RedisServerError: The server cannot be asked.
        """
        until = monotonic() + wait
        while True:
            with told(self._where):
                token = int(self._take(keys=self._keys, args=[self._me, self._ms]))
            if token:
                self.token = token
                return True
            if monotonic() >= until:
                return False
            sleep(_ASKED_EVERY)

    def extend(self) -> bool:
        """Hold it for its seconds from now on; tell whether it was still held.

        Raises:
            RedisServerError: The server cannot be asked.
        """
        return self._held(self._ms)

    def release(self) -> bool:
        """Let others have it; tell whether it was still held.

        Raises:
            RedisServerError: The server cannot be asked.
        """
        held = self._held(0)
        self.token = 0
        return held

    def close(self) -> None:
        """Close the connections; what is held stays so until its time is over."""
        self._client.close()

    def __enter__(self) -> Self:
        """Take it.

        Raises:
            RedisLockedError: Another holder had it for all the time waited.
            RedisServerError: The server cannot be asked.
        """
        if not self.acquire(self.wait):
            raise RedisLockedError.for_name(self.name, self.wait)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release it."""
        self.release()

    def _held(self, ms: int) -> bool:
        with told(self._where):
            return bool(self._change(keys=self._keys, args=[self._me, ms]))
