"""Statistics of the last seconds: counts, rates, quantiles."""

from __future__ import annotations

from collections import deque
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from attrs import define, field, frozen

if TYPE_CHECKING:
    from collections.abc import Callable


@frozen(kw_only=True)
class Summary:
    """What happened in a window of time.

    Attributes:
        count: Events.
        rate: Events per second of the window.
        mean: Mean of their values; None without any.
        p50: Median of their values; this and the others interpolate linearly between ranks
            (definition 7 of Hyndman and Fan, 1996, as in NumPy).
        p95: 95th percentile.
        p99: 99th percentile.
        largest: Largest value.
        sampled: Whether there were more values than are kept: mean and quantiles then speak of the
            latest ones.
    """

    count: int
    rate: float
    mean: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    largest: float | None = None
    sampled: bool = False


@define
class Rolling:
    """Values of the last seconds. Safe to use from several threads.

    Attributes:
        seconds: Length of the window.
        keep: Values that are kept at most; the latest ones.
        clock: Tells the seconds; only differences count.
    """

    seconds: float = 60.0
    keep: int = 10_000
    clock: Callable[[], float] = monotonic
    _times: deque[float] = field(factory=deque)
    _values: deque[tuple[float, float]] = field(factory=deque)
    _lock: Lock = field(factory=Lock)

    def add(self, value: float | None = None) -> None:
        """Count an event, and keep its value if it has one."""
        now = self.clock()
        with self._lock:
            self._times.append(now)
            if value is not None:
                self._values.append((now, value))
                if len(self._values) > self.keep:
                    self._values.popleft()
            self._forget(now)

    def summary(self) -> Summary:
        """Return what the window holds now."""
        now = self.clock()
        with self._lock:
            self._forget(now)
            count = len(self._times)
            values = sorted(value for _, value in self._values)
            full = len(self._values) == self.keep
        rate = count / self.seconds
        if not values:
            return Summary(count=count, rate=rate)
        return Summary(
            count=count,
            rate=rate,
            mean=sum(values) / len(values),
            p50=quantile(values, 0.5),
            p95=quantile(values, 0.95),
            p99=quantile(values, 0.99),
            largest=values[-1],
            sampled=full and count > self.keep,
        )

    def _forget(self, now: float) -> None:
        oldest = now - self.seconds
        while self._times and self._times[0] <= oldest:
            self._times.popleft()
        while self._values and self._values[0][0] <= oldest:
            self._values.popleft()


def quantile(ordered: list[float], share: float) -> float:
    """Return a quantile of values in order, by linear interpolation between ranks."""
    place = (len(ordered) - 1) * share
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
