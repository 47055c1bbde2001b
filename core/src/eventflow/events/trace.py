"""W3C trace context: which trace a run, an event and a handler belong to.

Follows the recommendation *Trace Context* of the W3C (level 1). OpenTelemetry is not needed, and
never imported from here: where an application has imported its API, its current span is continued,
and what runs inside `within` and `continuing` finds the span there.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventflow.events.base import BaseEvent

_log = logging.getLogger(__name__)

_PARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_KEY = r"[a-z][_0-9a-z\-*/]{0,255}|[a-z0-9][_0-9a-z\-*/]{0,240}@[a-z][_0-9a-z\-*/]{0,13}"
_MEMBER = re.compile(rf"({_KEY})=[ -+\--<>-~]{{0,255}}[!-+\--<>-~]")
_MEMBERS, _LONGEST = 32, 512  # members of a tracestate, and characters of either header

_current: ContextVar[TraceContext | None] = ContextVar("eventflow_trace", default=None)
_malformed = 0


@frozen
class TraceContext:
    """A span of a trace.

    Attributes:
        trace_id: 32 hexadecimal digits, shared by everything in the trace.
        span_id: 16 hexadecimal digits: the span itself.
        flags: Trace flags; bit 0 says that the trace is recorded.
        state: The ``tracestate`` of vendors; empty without.
        parent_id: The span it was made in; empty at the start of a trace and where unknown.
    """

    trace_id: str
    span_id: str
    flags: int = 1
    state: str = ""
    parent_id: str = ""

    @property
    def traceparent(self) -> str:
        """The header: ``00-<trace id>-<span id>-<flags>``."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}"

    def child(self) -> TraceContext:
        """Return a new span within this one."""
        return evolve(self, span_id=_random(8), parent_id=self.span_id)

    def fields(self) -> dict[str, Any]:
        """Return the fields of an event that belongs to this span: ``MyEvent(**span.fields())``."""
        return {"traceparent": self.traceparent, "tracestate": self.state}


def begin() -> TraceContext:
    """Return the first span of a new trace."""
    return TraceContext(_random(16), _random(8))


def parse(traceparent: str, tracestate: str = "") -> TraceContext | None:
    """Read the two headers of W3C trace context.

    None if the first is malformed, which is logged and counted in `malformed`; a malformed second
    is left out, as the recommendation says. Versions after 00 are read as far as 00 goes.
    """
    found = _PARENT.fullmatch(traceparent.strip(" \t")) if len(traceparent) <= _LONGEST else None
    if found is None or not _sound(*found.groups()):
        _count_malformed()
        _log.warning("a malformed traceparent was ignored: %.60r", traceparent)
        return None
    return TraceContext(found[2], found[3], int(found[4], 16), _state(tracestate))


def malformed() -> int:
    """Return how many malformed traceparents this process has ignored."""
    return _malformed


def of(event: BaseEvent) -> TraceContext | None:
    """Return the span that an event belongs to; None outside any trace."""
    return parse(event.traceparent, event.tracestate) if event.traceparent else None


def current() -> TraceContext | None:
    """Return the span at hand: OpenTelemetry's, else that of the run or handler, else None."""
    return _of_opentelemetry() or _current.get()


def for_run(traceparent: str | None = None) -> TraceContext:
    """Return the span of a run that begins now.

    It continues `traceparent`, else the span at hand, else ``TRACEPARENT`` (and ``TRACESTATE``) of
    the environment; without any, or where it is malformed, it begins a trace.
    """
    environment = os.environ.get("TRACEPARENT")
    if traceparent is not None:
        parent = parse(traceparent)
    elif (parent := current()) is None and environment:
        parent = parse(environment, os.environ.get("TRACESTATE", ""))
    return parent.child() if parent is not None else begin()


@contextmanager
def within(span: TraceContext) -> Iterator[TraceContext]:
    """Make a span the one at hand, for OpenTelemetry too where it is imported."""
    token = _current.set(span)
    detach = _attach(span)
    try:
        yield span
    finally:
        detach()
        _current.reset(token)


@contextmanager
def continuing(event: BaseEvent) -> Iterator[TraceContext]:
    """Work on an event in a new span of its trace; in a new trace if it has none."""
    parent = of(event)
    with within(parent.child() if parent is not None else begin()) as span:
        yield span


def _count_malformed() -> None:
    global _malformed  # noqa: PLW0603 - a counter of the process
    _malformed += 1


def _sound(version: str, trace_id: str, span_id: str, _: str, more: str | None) -> bool:
    if version == "ff" or (version == "00" and more):
        return False
    return trace_id.strip("0") != "" and span_id.strip("0") != ""


def _state(text: str) -> str:
    members = [member.strip(" \t") for member in text.split(",")]
    found = [_MEMBER.fullmatch(member) for member in members if member]
    keys = [match[1] for match in found if match is not None]
    sound = len(keys) == len(found) == len(set(keys)) <= _MEMBERS and len(text) <= _LONGEST
    return ",".join(member for member in members if member) if sound else ""


def _random(size: int) -> str:
    while True:
        digits = os.urandom(size).hex()
        if digits.strip("0"):
            return digits


def _of_opentelemetry() -> TraceContext | None:
    otel: Any = sys.modules.get("opentelemetry.trace")
    if otel is None:
        return None
    try:
        span = otel.get_current_span().get_span_context()
        ids = (f"{span.trace_id:032x}", f"{span.span_id:016x}")
        found = TraceContext(*ids, int(span.trace_flags), span.trace_state.to_header())
    except Exception:  # noqa: BLE001 - whatever is installed under that name, work goes on
        return None
    return found if span.is_valid else None


def _attach(span: TraceContext) -> Callable[[], object]:
    """Make a span OpenTelemetry's current one; return what ends that."""
    otel: Any = sys.modules.get("opentelemetry.trace")
    context: Any = sys.modules.get("opentelemetry.context")
    if otel is None or context is None:
        return lambda: None
    try:
        token = context.attach(_told(otel, span))
    except Exception:  # noqa: BLE001 - whatever is installed under that name, work goes on
        return lambda: None
    return lambda: context.detach(token)


def _told(otel: Any, span: TraceContext) -> Any:
    remote = otel.SpanContext(
        int(span.trace_id, 16),
        int(span.span_id, 16),
        is_remote=True,
        trace_flags=otel.TraceFlags(span.flags),
        trace_state=otel.TraceState.from_header([span.state] if span.state else []),
    )
    return otel.set_span_in_context(otel.NonRecordingSpan(remote))
