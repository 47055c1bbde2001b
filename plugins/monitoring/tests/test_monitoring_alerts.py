"""Alerts are raised and cleared once each, and reach their sinks or are counted."""

from __future__ import annotations

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest

from eventflow.bus.bus import EventBus
from eventflow.events import PerformanceEvent, SystemErrorEvent
from eventflow_monitoring import Alert, AlertMonitor, AlertRule, LogSink, WebhookSink

if TYPE_CHECKING:
    from collections.abc import Iterator


def took(ms: float) -> PerformanceEvent:
    """Return the end of an operation."""
    return PerformanceEvent(
        event_type="performance.operation.complete", context_id="c", operation="o", duration_ms=ms
    )


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_measure_that_trembles_raises_and_clears_once() -> None:
    """Between the threshold and the place where it clears nothing changes."""
    clock = Clock()
    rule = AlertRule(
        name="slow", pattern="performance.*", measure="p50", value="duration_ms",
        above=100, clear=50, window=10,
    )  # fmt: skip
    states: list[list[str]] = []
    with EventBus() as bus:
        monitor = AlertMonitor(bus, [rule], [], every=1000, clock=clock).start()
        for ms in (90, 110, 95, 105, 60, 101, 40, 70):
            clock.now += 20  # the window holds one event at a time
            bus.publish(took(ms))
            states.append([alert.state for alert in monitor.look()])
        monitor.stop()
    assert states == [[], ["raised"], [], [], [], [], ["cleared"], []]


def test_the_absence_of_events_raises_after_a_time_to_hold() -> None:
    """A rule below a threshold needs no event to be raised."""
    clock = Clock()
    rule = AlertRule(name="silent", pattern="*", measure="count", below=1, window=5, hold=10)
    with EventBus() as bus:
        monitor = AlertMonitor(bus, [rule], [], every=1000, clock=clock).start()
        first = monitor.look()
        clock.now = 9
        second = monitor.look()
        clock.now = 10
        [alert] = monitor.look()
        bus.publish(took(1))
        [cleared] = monitor.look()
        monitor.stop()
    assert (first, second) == ([], [])
    assert (alert.state, alert.value, alert.threshold) == ("raised", 0, 1)
    assert cleared.state == "cleared"


def test_no_value_is_no_evidence() -> None:
    """A quantile of nothing neither raises nor clears."""
    rule = AlertRule(name="a", pattern="*", measure="p99", value="duration_ms", below=5)
    with EventBus() as bus:
        monitor = AlertMonitor(bus, [rule], [], every=1000).start()
        assert monitor.look() == []
        bus.publish(SystemErrorEvent(event_type="system.error.occurred", component="x"))
        assert monitor.look() == []
        monitor.stop()


def test_only_events_that_are_asked_for_count() -> None:
    """By pattern and by condition."""
    rule = AlertRule(
        name="failed", pattern="performance.*", above=1, where=lambda e: e.status == "failed"
    )
    with EventBus() as bus:
        monitor = AlertMonitor(bus, [rule], [], every=1000).start()
        for _ in range(5):
            bus.publish(took(1))
        assert monitor.look() == []
        monitor.stop()
    assert monitor.raised() == ()


def test_sinks_that_raise_are_counted_and_others_are_told() -> None:
    """An alert reaches every sink that works, in a thread of its own."""
    told, there = [], threading.Event()

    def breaks(alert: Alert) -> None:
        raise RuntimeError(alert.rule)

    def works(alert: Alert) -> None:
        told.append((alert.state, threading.current_thread() is not threading.main_thread()))
        there.set()

    rule = AlertRule(name="any", pattern="*", above=0)
    with EventBus() as bus:
        monitor = AlertMonitor(bus, [rule], [breaks, works, LogSink()], every=0.01).start()
        bus.publish(took(1))
        assert there.wait(10)
        monitor.stop()
    assert told == [("raised", True)]
    assert monitor.failures == 1


@pytest.mark.parametrize(
    "options",
    [{}, {"above": 1, "below": 2}, {"above": 1, "clear": 2}, {"below": 2, "clear": 1}],
)
def test_a_rule_that_makes_no_sense_is_refused(options: dict[str, float]) -> None:
    """Both thresholds, none, or a place to clear on the wrong side."""
    with pytest.raises(ValueError, match="alert odd"):
        AlertRule(name="odd", pattern="*", **options)  # type: ignore[arg-type] # that is the point


def test_two_rules_of_one_name_are_refused() -> None:
    """Their alerts could not be told apart."""
    rule = AlertRule(name="a", pattern="*", above=1)
    with pytest.raises(ValueError, match="one name"):
        AlertMonitor(EventBus(), [rule, rule], [])


class Hook(HTTPServer):
    """A web address that answers as it is told."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.bodies: list[object] = []
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}/alerts"


class Answer(BaseHTTPRequestHandler):
    """Answers a post."""

    server: Hook

    def do_POST(self) -> None:
        """Keep the body, and answer with what comes next."""
        size = int(self.headers["content-length"])
        self.server.bodies.append(json.loads(self.rfile.read(size)))
        self.send_response(self.server.answers.pop(0))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base
        """Stay quiet."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    """Return a server that runs."""
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()


ALERT = Alert(rule="slow", state="raised", measure="p95", value=250.0, threshold=200.0)


def test_a_webhook_is_tried_again_until_it_takes_the_alert(hook: Hook) -> None:
    """The body is the alert as JSON."""
    hook.answers = [503, 429, 204]
    WebhookSink(hook.url, first_wait=0.01)(ALERT)
    assert len(hook.bodies) == 3
    body = hook.bodies[-1]
    assert isinstance(body, dict)
    assert (body["rule"], body["state"], body["value"]) == ("slow", "raised", 250.0)


def test_a_webhook_that_refuses_is_not_asked_again(hook: Hook) -> None:
    """An answer of 4xx is final; the error says which."""
    hook.answers = [403]
    with pytest.raises(httpx.HTTPStatusError, match="403"):
        WebhookSink(hook.url, first_wait=0.01)(ALERT)
    assert len(hook.bodies) == 1


def test_an_address_that_nobody_answers_raises_after_the_attempts() -> None:
    """The monitor counts that."""
    with pytest.raises(httpx.TransportError):
        WebhookSink("http://127.0.0.1:9/x", attempts=2, first_wait=0.01)(ALERT)


def test_the_log_has_raised_alerts_as_warnings(caplog: pytest.LogCaptureFixture) -> None:
    """With the measure and the threshold."""
    with caplog.at_level(logging.INFO):
        LogSink()(ALERT)
    assert caplog.messages == ["alert slow raised: p95 is 250, threshold 200"]
