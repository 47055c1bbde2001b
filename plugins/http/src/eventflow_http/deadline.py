"""A moment by which an answer must be whole, whatever a server sends until then.

httpx limits each wait for a server, not all of them together: one that sends a byte now and then,
of a header or between two pieces of a body, would keep a run waiting without an end. Here no wait
goes beyond the moment. httpx has no option for the sockets of its transports, so that they are
wrapped where its connection pool makes them.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import httpx2
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

_until: ContextVar[float | None] = ContextVar("until", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let every wait inside end after some seconds, all together.

    Raises:
        httpx2.ReadTimeout: They are over.
    """
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def hurried(transport: httpx2.HTTPTransport) -> httpx2.HTTPTransport:
    """Return a transport whose connections keep to the moment."""
    pool: Any = transport._pool  # noqa: SLF001 - there is no other way to its sockets
    pool._network_backend = _Backend(pool._network_backend)  # noqa: SLF001 - likewise
    return transport


@frozen
class _Backend:
    """What makes connections.

    Attributes:
        made: What makes them without a moment.
    """

    made: Any

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **options: Any
    ) -> _Stream:
        """Connect."""
        return _Stream(self.made.connect_tcp(host, port, timeout=_left(timeout), **options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, **options: Any
    ) -> _Stream:
        """Connect."""
        return _Stream(self.made.connect_unix_socket(path, timeout=_left(timeout), **options))

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.made.sleep(_left(seconds))


@frozen
class _Stream:
    """A connection.

    Attributes:
        made: The connection without a moment.
    """

    made: Any

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        found: bytes = self.made.read(max_bytes, timeout=_left(timeout))
        return found

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write."""
        self.made.write(buffer, timeout=_left(timeout))

    def close(self) -> None:
        """Close."""
        self.made.close()

    def start_tls(self, *given: Any, timeout: float | None = None, **options: Any) -> _Stream:
        """Go on encrypted."""
        return _Stream(self.made.start_tls(*given, timeout=_left(timeout), **options))

    def get_extra_info(self, info: str) -> Any:
        """Return what is known of the connection."""
        return self.made.get_extra_info(info)


def _left(timeout: float | None) -> float | None:
    """Return the seconds that a wait may take."""
    until = _until.get()
    if until is None:
        return timeout
    left = until - time.monotonic()
    if left <= 0:
        msg = "the answer was not whole in time"
        raise httpx2.ReadTimeout(msg)
    return left if timeout is None else min(left, timeout)
