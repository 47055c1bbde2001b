"""W3C trace context, held against OpenTelemetry's own reading of it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

import eventflow
from eventflow.base import BaseStep
from eventflow.bus.memory import InMemoryTransport
from eventflow.events import PipelineStartedEvent, trace
from eventflow.hookspecs import Hooks, RunFinished, impl
from run_components import PIPELINE, host_in
from shop_events import OrderPlaced, ShopEvent

if TYPE_CHECKING:
    from pathlib import Path

    from eventflow.frame import EventFrame
    from eventflow.plugins import PluginHost
    from eventflow.types import Rows

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
TRACER = TracerProvider().get_tracer("tests")

digits = st.text("0123456789abcdefAF", min_size=1, max_size=33)
headers = st.one_of(
    st.text(),
    st.builds("-".join, st.lists(digits, min_size=3, max_size=5)),
    st.from_regex(r"\A(00|01|ff|[0-9a-f]{2})-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.{0,5})?\Z"),
)


@given(headers)
@example(PARENT)
@example(f"00-{'0' * 32}-{SPAN}-01")
@example(f"00-{TRACE}-{'0' * 16}-01")
@example(f"ff-{TRACE}-{SPAN}-01")
@example(f"cc-{TRACE}-{SPAN}-01-what-comes-later")
@example(f"{PARENT}-more")
@example(PARENT.upper())
@example(f" {PARENT}\t")
@example(f"{PARENT}\n")
def test_a_traceparent_is_read_as_opentelemetry_reads_it(text: str) -> None:
    """The same trace, span and flags; or both refuse it."""
    ours = trace.parse(text)
    context = TraceContextTextMapPropagator().extract({"traceparent": text})
    theirs = otel.get_current_span(context).get_span_context()
    if text.endswith("\n") and not theirs.is_valid:
        assert ours is None
    elif theirs.is_valid and not text.endswith("\n"):
        assert ours is not None
        assert (int(ours.trace_id, 16), int(ours.span_id, 16)) == (theirs.trace_id, theirs.span_id)
        assert ours.flags == int(theirs.trace_flags)
    else:
        assert ours is None


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        ("acme=1", "acme=1"),
        (" acme=1 , t@b=x y ", "acme=1,t@b=x y"),
        ("", ""),
        ("acme", ""),
        ("Acme=1", ""),
        ("a=1,a=2", ""),
        ("a=\x00", ""),
        (",".join(f"k{n}=1" for n in range(33)), ""),
        ("a=" + "x" * 600, ""),
    ],
)
def test_a_malformed_tracestate_is_left_out_and_the_trace_goes_on(state: str, kept: str) -> None:
    """As the recommendation says: vendors' state may be lost, the trace may not."""
    span = trace.parse(PARENT, state)
    assert span is not None
    assert (span.trace_id, span.state) == (TRACE, kept)


def test_a_malformed_traceparent_is_counted_and_a_new_trace_begins(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing raises; the log has the beginning of what was ignored."""
    before = trace.malformed()
    with caplog.at_level(logging.WARNING):
        span = trace.for_run("nonsense")
    assert trace.malformed() == before + 1
    assert "'nonsense'" in caplog.text
    assert span.parent_id == ""
    assert span.trace_id not in {TRACE, "0" * 32}


def test_a_handler_continues_the_trace_of_an_event() -> None:
    """In a span of its own; what it publishes belongs there, and OpenTelemetry sees the parent."""
    event = OrderPlaced(cents=1, traceparent=PARENT, tracestate="acme=1")
    assert trace.current() is None
    with trace.continuing(event) as span:
        assert trace.current() == trace.TraceContext(TRACE, span.span_id, 1, "acme=1")
        next_one = ShopEvent(event_type="shop.opened", **span.fields())
        with TRACER.start_as_current_span("work") as inner:
            assert inner.get_span_context().trace_id == int(TRACE, 16)
            assert inner.parent is not None  # type: ignore[attr-defined] # the SDK's span has it
            assert inner.parent.span_id == int(span.span_id, 16)  # type: ignore[attr-defined] # as above
    assert trace.current() is None
    assert (span.parent_id, span.span_id != SPAN) == (SPAN, True)
    assert next_one.traceparent == f"00-{TRACE}-{span.span_id}-01"


def test_a_consequence_names_its_cause_and_stays_in_its_trace() -> None:
    """Causation, correlation and trace are carried over; identity is not."""
    cause = OrderPlaced(cents=1, correlation_id="request 7", traceparent=PARENT)
    effect = ShopEvent(event_type="shop.opened").caused_by(cause)
    assert (effect.causation_id, effect.correlation_id) == (cause.event_id, "request 7")
    assert effect.traceparent.split("-")[1] == TRACE
    assert effect.traceparent != PARENT
    alone = ShopEvent(event_type="shop.opened").caused_by(OrderPlaced(cents=1))
    assert (alone.traceparent, alone.correlation_id) == ("", str(alone.causation_id))


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """A host with the components of these tests, in an empty working directory, in no trace."""
    monkeypatch.delenv("TRACEPARENT", raising=False)
    monkeypatch.delenv("TRACESTATE", raising=False)
    return host_in(tmp_path, monkeypatch)


def traced(host: PluginHost, **options: Any) -> tuple[Any, set[str]]:
    """Run the pipeline; return its span and the traceparents of its events."""
    transport = InMemoryTransport()
    record = eventflow.run(PIPELINE, host=host, transport=transport, **options).record
    events = [e for e in transport.events if isinstance(e, PipelineStartedEvent)]
    assert events
    assert record.run_dir is not None
    return record, {getattr(e, "traceparent", "") for e in transport.events}


def test_a_run_continues_the_trace_that_it_is_handed(host: PluginHost) -> None:
    """Its record, each of its events and each line of its log carry the trace and its own span."""
    record, parents = traced(host, traceparent=PARENT)
    assert record.trace.trace_id == TRACE
    assert record.trace.parent_id == SPAN
    assert record.trace.span_id != SPAN
    assert parents == {f"00-{TRACE}-{record.trace.span_id}-01"}
    with open(f"{record.run_dir}/log.jsonl", encoding="utf-8") as log:  # noqa: PTH123 - text of a record
        lines = [json.loads(line) for line in log]
    assert {(x["trace_id"], x["span_id"]) for x in lines} == {(TRACE, record.trace.span_id)}


def test_steps_and_listeners_run_within_the_span_of_their_run(host: PluginHost) -> None:
    """What they log, publish or send elsewhere can name it; afterwards there is none."""
    seen: dict[str, Any] = {}

    class Looks(BaseStep):
        """Looks which span it runs in."""

        rows: ClassVar[Rows] = "kept"

        def apply(self, frame: EventFrame, state: Any) -> EventFrame:
            seen["step"] = trace.current()
            return frame

    class Listens(Hooks):
        """Looks as well."""

        @impl
        def run_finished(self, event: RunFinished) -> None:
            seen["listener"] = trace.current()

    host.register(Looks, name="looks")
    host.listen(Listens())
    pipeline = {**PIPELINE, "steps": [{"use": "looks"}]}
    record = eventflow.run(pipeline, host=host, traceparent=PARENT).record
    own = (record.trace.trace_id, record.trace.span_id) if record.trace else None
    assert {k: (s.trace_id, s.span_id) for k, s in seen.items()} == {"step": own, "listener": own}
    assert trace.current() is None


def test_a_run_continues_the_span_at_hand_before_the_environment(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenTelemetry's current span, then TRACEPARENT, then a trace of its own."""
    own, _ = traced(host)
    assert own.trace.parent_id == ""
    monkeypatch.setenv("TRACEPARENT", PARENT)
    monkeypatch.setenv("TRACESTATE", "acme=1")
    told, _ = traced(host)
    assert (told.trace.trace_id, told.trace.state) == (TRACE, "acme=1")
    with TRACER.start_as_current_span("request") as span:
        inner, _ = traced(host)
    assert inner.trace.trace_id == f"{span.get_span_context().trace_id:032x}"
    assert inner.trace.parent_id == f"{span.get_span_context().span_id:016x}"


def test_a_run_with_a_malformed_traceparent_begins_a_trace(
    host: PluginHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs as any other, and the count goes up."""
    monkeypatch.setenv("TRACEPARENT", "00-zz")
    before = trace.malformed()
    record, parents = traced(host)
    assert trace.malformed() == before + 1
    assert parents == {record.trace.traceparent}


def test_opentelemetry_is_never_imported_for_a_trace() -> None:
    """It is installed here; who does not use it does not pay for it."""
    code = """
import sys
from eventflow.events import BaseEvent, trace
with trace.within(trace.for_run()), trace.continuing(BaseEvent(event_type="a")) as span:
    assert trace.current() is span
assert not [m for m in sys.modules if m.startswith("opentelemetry")]
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_opentelemetry_raises_is_never_felt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation of it costs its spans, and nothing else."""
    monkeypatch.setattr(otel, "get_current_span", lambda: 1 / 0)
    monkeypatch.setattr(otel, "set_span_in_context", lambda _: 1 / 0)
    with trace.within(trace.begin()) as span:
        assert trace.current() is span
