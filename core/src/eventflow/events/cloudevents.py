"""Events in CloudEvents 1.0 envelopes: structured JSON, or headers beside a body (binary mode).

Type, id, source and time become attributes of the same meaning; version, correlation, causation and
trace context become the extensions ``schemaversion``, ``correlationid``, ``causationid``,
``traceparent`` and ``tracestate``. All other fields are the data. What an attribute cannot carry
exactly stays in the data, so that an event comes back equal.

Of envelopes from elsewhere, an id that is no UUID becomes the UUIDv5 of source and id: equal pairs
are equal events. Attributes and data that events have no field for are kept in a field
``cloudevent``, which an `UnknownEvent` keeps, and which goes back into the envelope.

Sources: CloudEvents 1.0.2, its JSON event format and HTTP protocol binding.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from eventflow.events import codec
from eventflow.events.errors import CloudEventError
from eventflow.events.registry import EventTypes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.events.base import BaseEvent

STRUCTURED = "application/cloudevents+json"
"""Content type of a structured envelope."""

_ATTRIBUTE_OF = {
    "event_id": "id",
    "event_type": "type",
    "timestamp": "time",
    "source": "source",
    "schema_version": "schemaversion",
    "correlation_id": "correlationid",
    "causation_id": "causationid",
    "traceparent": "traceparent",
    "tracestate": "tracestate",
}
_REQUIRED = ("id", "source", "type", "specversion")
_URI = re.compile(r"(?:[\w\-.~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+", re.ASCII)
_UNSAID = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # no text of an attribute may hold them
_JSON = re.compile(r"(?:application|text)/(?:[\w.+-]+\+)?json\b", re.IGNORECASE)
_PRINTABLE = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '"%')
_INTEGER = range(-(2**31), 2**31)


def to_structured(event: BaseEvent) -> bytes:
    """Return an event as one JSON object: the envelope with the data inside.

    Raises:
        UnwritableEventError: A field holds what JSON cannot carry.
        CloudEventError: Its type is empty or has control characters.
    """
    attributes, data = _parted(codec.decode_fields(event.to_bytes()))
    return msgspec.json.encode({**attributes, **data})


def to_binary(event: BaseEvent) -> tuple[dict[str, str], bytes]:
    """Return an event as headers (``ce-id``, …, ``content-type``) and a body of data.

    Raises:
        UnwritableEventError: A field holds what JSON cannot carry.
        CloudEventError: Its type is empty or has control characters.
    """
    attributes, data = _parted(codec.decode_fields(event.to_bytes()))
    kind = attributes.pop("datacontenttype", "application/json")
    headers = {f"ce-{k}": _header(v) for k, v in attributes.items()}
    headers["content-type"] = kind
    if "data_base64" in data:
        return headers, b64decode(data["data_base64"])
    if "data" in data and not _JSON.match(kind) and isinstance(data["data"], str):
        return headers, data["data"].encode()
    return headers, msgspec.json.encode(data["data"]) if "data" in data else b""


def from_structured(text: str | bytes, types: EventTypes | None = None) -> BaseEvent:
    """Read an event from a structured envelope.

    Args:
        text: JSON of the envelope.
        types: Which classes of events are known; all that the process has defined by default.

    Raises:
        CloudEventError: It is no envelope of CloudEvents 1.0, or has no time.
        MalformedEventError: It is no JSON.
        InvalidEventError: Its data do not fit the class of its type.
    """
    return _event(codec.decode_fields(text), types)


def from_http(
    headers: Mapping[str, str], body: bytes, types: EventTypes | None = None
) -> BaseEvent:
    """Read an event from headers and a body, in whichever mode the content type says.

    Args:
        headers: Names in any case.
        body: The data, or in structured mode the envelope.
        types: As in `from_structured`.

    Raises:
        CloudEventError: It is no envelope of CloudEvents 1.0, or has no time, or is a batch.
        MalformedEventError: It is no JSON where it says so.
        InvalidEventError: Its data do not fit the class of its type.
    """
    lowered = {name.lower(): value for name, value in headers.items()}
    kind = lowered.get("content-type", "")
    if kind.lower().startswith(STRUCTURED):
        return from_structured(body, types)
    if kind.lower().startswith("application/cloudevents-batch"):
        raise CloudEventError.of_batch()
    envelope: dict[str, Any] = {
        name.removeprefix("ce-"): _text(value)
        for name, value in lowered.items()
        if name.startswith("ce-")
    }
    if kind:
        envelope["datacontenttype"] = kind
    if body and (not kind or _JSON.match(kind)):
        envelope["data"] = codec.decode_json(body)
    elif body:
        envelope["data_base64"] = b64encode(body).decode()
    return _event(envelope, types)


def _parted(fields: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the attributes of an envelope, and its data: under ``data`` or ``data_base64``."""
    foreign = fields.pop("cloudevent", None)
    kept = dict(foreign) if isinstance(foreign, dict) else {}
    if not fields["event_type"] or _UNSAID.search(fields["event_type"]):
        raise CloudEventError.without_type()
    attributes: dict[str, Any] = {"specversion": "1.0", "datacontenttype": "application/json"}
    data = dict(fields)
    for name, attribute in _ATTRIBUTE_OF.items():
        value = fields.get(name)
        said = _uri(value or "") if name == "source" else value
        if said and _fits(said):
            attributes[attribute] = said
        if attributes.get(attribute, "") == (value or ""):
            data.pop(name, None)
    content = {k: kept.pop(k) for k in ("data", "data_base64") if k in kept}
    return {**attributes, **kept}, content or ({"data": data} if data or not kept else {})


def _fits(value: Any) -> bool:
    """Whether an attribute carries a value exactly: a text without control characters, 32 bits."""
    if isinstance(value, str):
        return not _UNSAID.search(value)
    return type(value) is int and value in _INTEGER


def _uri(source: str) -> str:
    """Return a source as a reference to a URI, which is never empty."""
    if not source:
        return "eventflow"
    return source if _URI.fullmatch(source) else quote(source, safe="-._~:/?#[]@!$&'()*+,;=")


def _header(value: Any) -> str:
    return quote(str(value), safe=_PRINTABLE)


def _text(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return unquote(value)


def _event(envelope: dict[str, Any], types: EventTypes | None) -> BaseEvent:
    _check(envelope)
    fields, kept = _fields(envelope)
    data = envelope.get("data")
    if isinstance(data, dict):
        fields |= data
    else:
        kept |= {k: envelope[k] for k in ("data", "data_base64") if k in envelope}
    if kept:
        fields["cloudevent"] = kept
    known = EventTypes.defined() if types is None else types
    return known.decode(msgspec.json.encode(fields))


def _check(envelope: dict[str, Any]) -> None:
    for name in _REQUIRED:
        if not isinstance(envelope.get(name), str) or not envelope[name]:
            raise CloudEventError.lacking(name)
    if envelope["specversion"] != "1.0":
        raise CloudEventError.of_version(envelope["specversion"])
    if not isinstance(envelope.get("time"), str):
        raise CloudEventError.without_time()


def _fields(envelope: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the fields that the attributes give, and the attributes that no field takes."""
    field_of = {attribute: name for name, attribute in _ATTRIBUTE_OF.items()}
    plain = {"specversion", "data", "data_base64"}
    fields = {field_of[k]: v for k, v in envelope.items() if k in field_of}
    kept = {k: v for k, v in envelope.items() if k not in field_of and k not in plain}
    if kept.get("datacontenttype") == "application/json":
        del kept["datacontenttype"]
    version = fields.get("schema_version", 1)
    if not re.fullmatch(r"-?\d{1,10}", str(version)):
        raise CloudEventError.of_schema_version(version)
    fields["schema_version"] = int(version)
    for name in ("event_id", "causation_id"):
        if name in fields and not _is_uuid(fields[name]):
            kept[_ATTRIBUTE_OF[name]] = fields[name]
            fields[name] = str(uuid5(NAMESPACE_URL, f"{envelope['source']}#{fields[name]}"))
    return fields, kept


def _is_uuid(value: Any) -> bool:
    try:
        return str(UUID(value)) == str(value).lower()
    except (ValueError, AttributeError, TypeError):
        return False
