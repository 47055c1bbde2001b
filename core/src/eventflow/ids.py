"""Identifiers that sort by time: UUID version 7."""

from __future__ import annotations

import os
import time
from threading import Lock
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0b10 << 62
_COUNTER_BITS, _TAIL_BITS = 42, 32
_LOW = (1 << 30) - 1  # of the counter's 42 bits, 12 stand before the variant and 30 after it


class _Clock:
    """Milliseconds and a counter that together only ever grow (RFC 9562, 6.2, method 1)."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Start anew; a forked process must not go on where its parent is."""
        self._lock = Lock()
        self._milliseconds = 0
        self._counter = 0

    def tick(self, now: int, seed: int) -> tuple[int, int]:
        """Return the moment and counter of the next id: those of `now`, or just after the last.

        Args:
            now: Unix time in milliseconds; one that went back is not followed.
            seed: Where the counter of a new millisecond starts; half of its range stays free.
        """
        with self._lock:
            if now > self._milliseconds:
                self._milliseconds, self._counter = now, seed >> 1
            else:
                self._counter += 1
                if self._counter >> _COUNTER_BITS:
                    self._milliseconds, self._counter = self._milliseconds + 1, seed >> 1
            return self._milliseconds, self._counter


_clock = _Clock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_clock.renew)


def uuid7() -> UUID:
    """Return a UUIDv7 (RFC 9562, 5.7) greater than every one this process made before.

    48 bits of Unix milliseconds, a counter of 42 bits that starts at random in each millisecond,
    and 32 random bits. While the clock is behind the last id, the counter alone goes on.
    """
    random = int.from_bytes(os.urandom(10), "big")
    moment, counter = _clock.tick(time.time_ns() // 1_000_000, random >> _TAIL_BITS & _SEEDS)
    high, low = counter >> 30, counter & _LOW
    tail = random & ((1 << _TAIL_BITS) - 1)
    return UUID(int=moment << 80 | _VERSION | high << 64 | _VARIANT | low << _TAIL_BITS | tail)


_SEEDS = (1 << _COUNTER_BITS) - 1
