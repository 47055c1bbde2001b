"""CloudEvents 1.0 envelopes, written and read beside the project's own SDK."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cloudevents.core.bindings import http
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from eventflow.events import EventTypes, UnknownEvent, cloudevents
from eventflow.events.errors import CloudEventError, InvalidEventError, MalformedEventError
from shop_events import OrderPlaced, ShopEvent

if TYPE_CHECKING:
    from uuid import UUID

TYPES = EventTypes(OrderPlaced, ShopEvent)
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
orders = st.builds(
    OrderPlaced,
    cents=st.integers(-(10**30), 10**30),
    notes=st.dictionaries(texts, st.floats(allow_nan=False, allow_infinity=False), max_size=3),
    anything=st.none() | texts | st.lists(st.integers(0, 9)),
    source=texts | st.sampled_from(["https://a.example/till?n=7#a", "a%20b", "%zz", "eventflow"]),
    correlation_id=texts,
    causation_id=st.none() | st.uuids(),
    traceparent=st.sampled_from(["", PARENT]),
    tracestate=texts,
)  # fmt: skip


@given(orders)
def test_an_event_comes_back_equal_from_either_mode(event: OrderPlaced) -> None:
    """Whatever its source, its ids and its data hold."""
    assert cloudevents.from_structured(cloudevents.to_structured(event), TYPES) == event
    headers, body = cloudevents.to_binary(event)
    assert cloudevents.from_http(headers, body, TYPES) == event
    structured = {"Content-Type": f"{cloudevents.STRUCTURED}; charset=utf-8"}
    assert cloudevents.from_http(structured, cloudevents.to_structured(event), TYPES) == event


@given(orders)
def test_the_sdk_reads_what_we_write(event: OrderPlaced) -> None:
    """Both modes; the same attributes, and the same data."""
    structured = http.HTTPMessage(
        {"content-type": cloudevents.STRUCTURED}, cloudevents.to_structured(event)
    )
    for message in (structured, http.HTTPMessage(*cloudevents.to_binary(event))):
        read = http.from_http_event(message)
        assert (read.get_id(), read.get_type()) == (str(event.event_id), event.event_type)
        assert read.get_time() == event.timestamp
        assert read.get_source()
        assert int(read.get_extension("schemaversion")) == 3
        data = read.get_data()
        data = data if isinstance(data, dict) else json.loads(data or b"{}")
        assert (data["cents"], data["notes"]) == (event.cents, event.notes)
        assert read.get_extension("traceparent") == (event.traceparent or None)


def sdk_event(data: Any, **more: Any) -> CloudEvent:
    """Return an envelope that the SDK made."""
    attributes = {
        "id": "A-1",
        "source": "/mycontext",
        "type": "com.example.someevent",
        "specversion": "1.0",
        "time": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "datacontenttype": "application/json",
        **more,
    }
    return CloudEvent(attributes=attributes, data=data)


FOREIGN = {
    "object": sdk_event({"a": [1, {"b": None}]}),
    "text": sdk_event("just text", datacontenttype="text/plain"),
    "extensions": sdk_event({"a": 1}, subject="larger", comexampleext="ü %", number=7),
    "bytes": sdk_event(b"\x00\xff", datacontenttype="application/octet-stream"),
    "nothing": sdk_event(None),
}


@pytest.mark.parametrize("mode", ["structured", "binary"])
@pytest.mark.parametrize("sent", FOREIGN.values(), ids=FOREIGN)
def test_an_envelope_of_the_sdk_is_kept_whole_and_written_back(sent: CloudEvent, mode: str) -> None:
    """An unknown type; attributes and data are, for the SDK, those it sent."""
    write = http.to_structured_event if mode == "structured" else http.to_binary_event
    message = write(sent)
    event = cloudevents.from_http(message.headers, bytes(message.body), TYPES)
    assert isinstance(event, UnknownEvent)
    assert (event.event_type, event.source) == ("com.example.someevent", "/mycontext")
    assert event.timestamp == sent.get_time()
    again = http.from_http_event(http.HTTPMessage(*cloudevents.to_binary(event)))
    ours = {k: v for k, v in again.get_attributes().items() if k != "schemaversion"}
    assert {k: str(v) for k, v in ours.items()} == {
        k: str(v) for k, v in sent.get_attributes().items()
    }
    data = again.get_data()
    assert (data or None) in (sent.get_data(), str(sent.get_data()).encode(), {})


def test_equal_pairs_of_source_and_id_are_the_same_event() -> None:
    """As CloudEvents defines it, also where the id is no UUID."""

    def read(**more: Any) -> UUID:
        message = http.to_structured_event(sdk_event({}, **more))
        return cloudevents.from_structured(bytes(message.body), TYPES).event_id

    assert read() == read()
    assert len({read(), read(id="A-2"), read(source="/other")}) == 3


def test_an_old_version_in_an_envelope_is_upcast() -> None:
    """The extension `schemaversion` says which version the data have."""
    message = http.to_binary_event(
        sdk_event({"total": "2.50"}, type="shop.order.placed", schemaversion=1)
    )
    event = cloudevents.from_http(message.headers, bytes(message.body), TYPES)
    assert isinstance(event, OrderPlaced)
    assert event.cents == 250


ENVELOPE = {"specversion": "1.0", "id": "1", "source": "/a", "type": "a.b",
            "time": "2026-01-01T00:00:00Z"}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [{"id": ""}, {"source": None}, {"type": 7}, {"specversion": "0.3"}, {"time": None},
     {"schemaversion": "two"}, {"schemaversion": 1.5}],
    ids=str,
)  # fmt: skip
def test_what_is_no_envelope_of_1_0_is_refused_with_the_reason(wrong: dict[str, Any]) -> None:
    """One code, and which attribute."""
    with pytest.raises(CloudEventError, match=next(iter(wrong))):
        cloudevents.from_structured(json.dumps(ENVELOPE | wrong), TYPES)


def test_bad_times_json_and_batches_are_refused() -> None:
    """Each with the code that events have for it, or as an envelope."""
    with pytest.raises(InvalidEventError, match="timestamp"):
        cloudevents.from_structured(json.dumps(ENVELOPE | {"time": "yesterday"}), TYPES)
    with pytest.raises(MalformedEventError):
        cloudevents.from_structured("[]", TYPES)
    headers = {f"ce-{k}": v for k, v in ENVELOPE.items()}
    with pytest.raises(MalformedEventError):
        cloudevents.from_http({**headers, "content-type": "application/json"}, b"{", TYPES)
    with pytest.raises(CloudEventError, match="batch"):
        cloudevents.from_http({"content-type": "application/cloudevents-batch+json"}, b"[]", TYPES)


@pytest.mark.parametrize("event_type", ["", "a\x00b"])
def test_an_event_without_a_sayable_type_gets_no_envelope(event_type: str) -> None:
    """CloudEvents has no attribute for it."""
    with pytest.raises(CloudEventError, match="type"):
        cloudevents.to_structured(ShopEvent(event_type=event_type))
