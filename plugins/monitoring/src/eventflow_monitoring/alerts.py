"""Alerts: a rule on events of a pattern, raised when a measure passes a threshold."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from queue import Full, Queue
from threading import Event as Flag
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, Self

import attrs
from attrs import define, field, frozen

from eventflow.events.patterns import compile_pattern
from eventflow_monitoring.statistics import Rolling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventflow.bus.bus import EventBus
    from eventflow.types import Event

_log = logging.getLogger(__name__)

Measure = Literal["count", "rate", "mean", "p50", "p95", "p99", "largest"]
"""What is compared with the threshold, of the events in the window."""

WAITING = 1000
"""Alerts that wait for their sinks at most."""


def _sound(rule: AlertRule, attribute: attrs.Attribute[Any], value: Any) -> None:
    del attribute
    if (rule.above is None) == (rule.below is None):
        msg = f"alert {rule.name}: give either above or below"
        raise ValueError(msg)
    if rule.above is not None and value is not None and value > rule.above:
        msg = f"alert {rule.name}: it would clear at {value}, which is above {rule.above}"
        raise ValueError(msg)
    if rule.below is not None and value is not None and value < rule.below:
        msg = f"alert {rule.name}: it would clear at {value}, which is below {rule.below}"
        raise ValueError(msg)


@frozen(kw_only=True)
class AlertRule:
    """When to raise an alert.

    Attributes:
        name: What it is called.
        pattern: Types of events that it looks at: ``validation.error.*``.
        measure: What of them is compared.
        value: Field whose values are measured, for the measures that need one: ``duration_ms``.
        where: Which of those events count; None counts all.
        above: Raised when the measure is above this.
        below: Raised when the measure is below this.
        clear: Cleared when it comes back to this; the threshold itself by default. Between the two
            nothing changes, so that a measure that trembles does not raise and clear without end
            (hysteresis).
        window: Seconds that the measure speaks of.
        hold: Seconds that the measure must be beyond the threshold before the alert is raised.
    """

    name: str
    pattern: str
    measure: Measure = "count"
    value: str = ""
    where: Callable[[Any], bool] | None = None
    above: float | None = None
    below: float | None = None
    clear: float | None = field(default=None, validator=_sound)
    window: float = 60.0
    hold: float = 0.0

    def beyond(self, measured: float) -> bool:
        """Whether a measure is beyond the threshold."""
        if self.above is not None:
            return measured > self.above
        return self.below is not None and measured < self.below

    def back(self, measured: float) -> bool:
        """Whether a measure has come back."""
        if self.above is not None:
            return measured <= (self.above if self.clear is None else self.clear)
        assert self.below is not None  # noqa: S101 - one of the two is given
        return measured >= (self.below if self.clear is None else self.clear)


@frozen(kw_only=True)
class Alert:
    """An alert was raised or cleared.

    Attributes:
        rule: Name of the rule.
        state: Which of the two.
        measure: What was measured.
        value: The measure then.
        threshold: What it was compared with.
        at: When, UTC.
    """

    rule: str
    state: Literal["raised", "cleared"]
    measure: str
    value: float
    threshold: float
    at: datetime = field(factory=lambda: datetime.now(UTC))


@define
class _Watched:
    """A rule, what it has seen, and how it stands."""

    rule: AlertRule
    rolling: Rolling
    raised: bool = False
    beyond_since: float | None = None


class AlertMonitor:
    """Listens to the events of its rules, and tells sinks when an alert is raised or cleared.

    Rules are looked at every `every` seconds, since the absence of events counts as well. Sinks are
    called in a thread of their own: a slow one does not hold up the bus, and one that raises is
    logged and counted.

    Args:
        bus: Where it listens.
        rules: The rules; their names differ.
        sinks: Called with each alert.
        every: Seconds between two looks.
        clock: Tells the seconds.

    Attributes:
        failures: How often a sink raised, or found no room for an alert.

    Raises:
        ValueError: A pattern is malformed, or two rules have one name.
    """

    def __init__(
        self,
        bus: EventBus,
        rules: Sequence[AlertRule],
        sinks: Sequence[Callable[[Alert], object]],
        *,
        every: float = 1.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Nothing is listened to yet."""
        if len({rule.name for rule in rules}) < len(rules):
            msg = f"two alerts have one name: {sorted(rule.name for rule in rules)}"
            raise ValueError(msg)
        for rule in rules:
            compile_pattern(rule.pattern)
        self.bus, self.sinks, self.every, self.clock = bus, tuple(sinks), every, clock
        self.failures = 0
        self._watched = [_Watched(r, Rolling(r.window, clock=clock)) for r in rules]
        self._subscriptions: list[str] = []
        self._queue: Queue[Alert | None] = Queue(WAITING)
        self._ended = Flag()
        self._threads: list[Thread] = []
        self._lock = Lock()

    def start(self) -> Self:
        """Begin to listen and to look."""
        for watched in self._watched:
            handler = _handler(watched)
            self._subscriptions.append(self.bus.subscribe(watched.rule.pattern, handler))
        for run in (self._look, self._send):
            thread = Thread(target=run, name="eventflow-alerts", daemon=True)
            self._threads.append(thread)
            thread.start()
        return self

    def stop(self, timeout: float = 5.0) -> None:
        """Listen no more; alerts that wait are still sent, for so many seconds."""
        for subscription in self._subscriptions:
            self.bus.unsubscribe(subscription)
        self._ended.set()
        self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout)

    def look(self) -> list[Alert]:
        """Look at every rule now, and return the alerts that were raised or cleared."""
        with self._lock:
            found = [alert for w in self._watched if (alert := self._changed(w)) is not None]
        for alert in found:
            self._put(alert)
        return found

    def raised(self) -> tuple[str, ...]:
        """Return the names of the alerts that are raised."""
        return tuple(w.rule.name for w in self._watched if w.raised)

    def _changed(self, watched: _Watched) -> Alert | None:
        rule, now = watched.rule, self.clock()
        measured = getattr(watched.rolling.summary(), rule.measure)
        if measured is None:
            return None  # no value, no evidence: nothing changes
        if watched.raised:
            return self._alert(watched, "cleared", measured) if rule.back(measured) else None
        if not rule.beyond(measured):
            watched.beyond_since = None
            return None
        if watched.beyond_since is None:
            watched.beyond_since = now
        if now - watched.beyond_since < rule.hold:
            return None
        return self._alert(watched, "raised", measured)

    def _alert(
        self, watched: _Watched, state: Literal["raised", "cleared"], measured: float
    ) -> Alert:
        rule = watched.rule
        watched.raised = state == "raised"
        watched.beyond_since = None
        limit = rule.above if rule.above is not None else rule.below
        assert limit is not None  # noqa: S101 - one of the two is given
        return Alert(
            rule=rule.name, state=state, measure=rule.measure, value=measured, threshold=limit
        )

    def _put(self, alert: Alert) -> None:
        try:
            self._queue.put_nowait(alert)
        except Full:
            self.failures += 1
            _log.warning("no room for alert %s: its sinks are too slow", alert.rule)

    def _look(self) -> None:
        while not self._ended.wait(self.every):
            self.look()

    def _send(self) -> None:
        while (alert := self._queue.get()) is not None:
            for sink in self.sinks:
                try:
                    sink(alert)
                except Exception:  # noqa: BLE001 - sinks are strangers
                    self.failures += 1
                    _log.exception("alert %s could not be told", alert.rule)


def _handler(watched: _Watched) -> Callable[[Event], None]:
    """Return what takes an event in for a rule."""
    rule = watched.rule

    def handle(event: Event) -> None:
        if rule.where is not None and not rule.where(event):
            return
        value = getattr(event, rule.value, None) if rule.value else None
        watched.rolling.add(float(value) if isinstance(value, int | float) else None)

    return handle
