"""When to try again: exponential backoff with jitter, and a circuit breaker."""

from __future__ import annotations

from random import Random
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Literal

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable

_RANDOM = Random()  # noqa: S311 - spreads retries, guards nothing
_STEEP = 64
"""From this attempt on a wait is the longest anyway; powers beyond it overflow."""


@frozen(kw_only=True)
class Backoff:
    """Waits between attempts: they double, up to a limit, and are spread by chance.

    Attributes:
        first: Seconds before the second attempt.
        factor: How much longer each wait is than the one before.
        most: Seconds that no wait exceeds.
        jitter: Share of a wait that is left to chance, 0 to 1: clients that failed together do not
            come back together (M. Brooker, "Exponential Backoff and Jitter", AWS, 2015).
    """

    first: float = 0.1
    factor: float = 2.0
    most: float = 30.0
    jitter: float = 0.5

    def wait(self, attempt: int, random: Callable[[], float] = _RANDOM.random) -> float:
        """Return the seconds to wait after the attempt of this number, counted from 1."""
        exponent = min(max(attempt, 1) - 1, _STEEP)
        longest = min(self.first * self.factor**exponent, self.most)
        return longest * (1 - self.jitter * random())


@define
class CircuitBreaker:
    """Stops asking who failed several times in a row, and asks once again after a while.

    Attributes:
        failures: Failures in a row that open it.
        rest: Seconds that it stays open; then one attempt is let through, which closes it or opens
            it anew (M. Nygard, "Release It!", 2007).
        clock: Tells the seconds.
    """

    failures: int = 5
    rest: float = 5.0
    clock: Callable[[], float] = monotonic
    _in_a_row: int = 0
    _opened_at: float | None = None
    _trying: bool = False
    _lock: Lock = field(factory=Lock)

    @property
    def state(self) -> Literal["closed", "open", "half-open"]:
        """``closed`` lets everything through, ``open`` nothing, ``half-open`` one attempt."""
        with self._lock:
            if self._opened_at is None:
                return "closed"
            return "open" if self._left() > 0 else "half-open"

    def allows(self) -> bool:
        """Whether to try now. Who is allowed must tell how it went."""
        with self._lock:
            if self._opened_at is None:
                return True
            if self._left() > 0 or self._trying:
                return False
            self._trying = True
            return True

    def left(self) -> float:
        """Return the seconds until it lets an attempt through; 0 where it does now."""
        with self._lock:
            return 0.0 if self._opened_at is None else max(self._left(), 0.0)

    def succeeded(self) -> None:
        """The attempt went well."""
        with self._lock:
            self._in_a_row, self._opened_at, self._trying = 0, None, False

    def failed(self) -> None:
        """The attempt failed."""
        with self._lock:
            self._in_a_row += 1
            if self._trying or self._in_a_row >= self.failures:
                self._opened_at, self._trying = self.clock(), False

    def _left(self) -> float:
        assert self._opened_at is not None  # noqa: S101 - callers have looked
        return self._opened_at + self.rest - self.clock()
