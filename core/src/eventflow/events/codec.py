"""Events as JSON: msgspec reads and writes, cattrs helps where a type is not one of JSON's.

Outcomes that are promised, and tested: text that is no JSON, a lone surrogate, NaN or nesting
deeper than Python follows is EF710; fields that do not fit are EF711; a value that JSON cannot
carry, NaN and infinity among them, is EF712; more than `MAX_BYTES` is EF713. Integers of up to
4,300 digits are kept exactly. Of two equal keys the last counts; keys that the class does not know
are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import msgspec

from eventflow.errors import facts_of
from eventflow.events.errors import (
    EventTooLargeError,
    InvalidEventError,
    MalformedEventError,
    UnusableEventTypeError,
    UnwritableEventError,
)

if TYPE_CHECKING:
    from cattrs.preconf.msgspec import MsgspecJsonConverter

T = TypeVar("T")

MAX_BYTES = 16 * 1024 * 1024
"""Largest event that is written or read, in bytes."""


def content_of(event: Any) -> bytes:
    """Return what carries an event of any make: its JSON in UTF-8.

    Raises:
        EventError: It is one of ours, and cannot be written.
        Exception: Whatever the class of someone else raises.
    """
    ours = getattr(event, "to_bytes", None)
    content: bytes = event.to_json().encode() if ours is None else ours()
    return content


def encode(event: Any) -> bytes:
    """Return an event as one JSON object in UTF-8.

    Raises:
        UnwritableEventError: A field holds what JSON cannot carry.
        EventTooLargeError: It takes more than `MAX_BYTES`.
    """
    try:
        text: bytes = _ENCODER.encode(event)
        endless = _endless(event)
    except Exception as error:
        raise UnwritableEventError.for_field(event, *_culprit(event, error)) from error
    if endless:
        raise UnwritableEventError.for_field(event, endless, _NOT_FINITE)
    _within_limit(text)
    return text


class Head(msgspec.Struct):
    """What must stand in the JSON of every event; nothing of it is ever made up in reading."""

    event_type: str
    event_id: str
    timestamp: str
    schema_version: int = 1


_HEADS = msgspec.json.Decoder(Head)


def decode_head(text: str | bytes) -> Head:
    """Read what must stand in every event.

    Raises:
        MalformedEventError: It is no JSON, or nested too deeply.
        InvalidEventError: It lacks its type, id or time.
        EventTooLargeError: It is larger than `MAX_BYTES`.
    """
    _within_limit(text)
    try:
        return _HEADS.decode(text)
    except Exception:  # noqa: BLE001 - what it is, `decode` finds out
        return _refuse(text)


def _refuse(text: str | bytes) -> Head:
    try:
        return decode(text, Head)
    except InvalidEventError as error:
        raise InvalidEventError.without_head(str(error.__cause__)) from None


def decode(text: str | bytes, cls: type[T]) -> T:
    """Read an object of one class; of an event, read its head first.

    Raises:
        MalformedEventError: It is no JSON, or nested too deeply.
        InvalidEventError: It does not fit the class; the message says where.
        EventTooLargeError: It is larger than `MAX_BYTES`.
        UnusableEventTypeError: The class has a field that cannot be read.
    """
    decoder: msgspec.json.Decoder[T] = _decoder(cls)  # type: ignore[arg-type] # classes are hashable
    _within_limit(text)
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise InvalidEventError.for_class(cls, [str(error)]) from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise MalformedEventError.of_text(str(error)) from None
    except RecursionError:
        raise MalformedEventError.of_text(_TOO_DEEP) from None
    except Exception as error:
        raise InvalidEventError.for_class(cls, facts_of(error)) from error


def decode_fields(text: str | bytes) -> dict[str, Any]:
    """Read the fields of an event of any type: what JSON says, as plain data.

    Raises:
        MalformedEventError: It is no JSON object, or nested too deeply.
        EventTooLargeError: It is larger than `MAX_BYTES`.
    """
    fields = decode_json(text)
    if not isinstance(fields, dict):
        raise MalformedEventError.of_text(_NO_OBJECT)
    return fields


def decode_json(text: str | bytes) -> Any:
    """Read any JSON as plain data.

    Raises:
        MalformedEventError: It is no JSON, or nested too deeply.
        EventTooLargeError: It is larger than `MAX_BYTES`.
    """
    try:
        return decode(text, Any)
    except InvalidEventError as error:
        raise MalformedEventError.of_text(str(error.__cause__)) from None


def convert(fields: Mapping[str, Any], cls: type[T]) -> T:
    """Make an event of one class from its fields as plain data.

    Raises:
        InvalidEventError: They do not fit the class; the message says where.
    """
    try:
        return msgspec.convert(fields, cls, dec_hook=_structure)
    except Exception as error:
        raise InvalidEventError.for_class(cls, facts_of(error)) from error


@lru_cache(maxsize=1)
def converter() -> MsgspecJsonConverter:
    """Return the cattrs converter for types of fields that JSON lacks; `Path` is one it knows.

    Register hooks for types of your own: ``converter().register_unstructure_hook(Money, str)`` and
    ``converter().register_structure_hook(Money, lambda text, _: Money.parse(text))``.
    """
    from cattrs.preconf.msgspec import make_converter  # noqa: PLC0415 - delayed: 130 ms, rarely needed

    return make_converter()


def _structure(kind: type, value: Any) -> Any:
    return converter().structure(value, kind)


def _unstructure(value: Any) -> Any:
    plain = converter().unstructure(value)
    if plain is value:
        msg = f"{type(value).__name__} is no type of JSON, and cattrs has no hook for it"
        raise TypeError(msg)
    return plain


_ENCODER = msgspec.json.Encoder(enc_hook=_unstructure)
_NO_OBJECT = "it is no object"
_TOO_DEEP = "it is nested too deeply"
_NOT_FINITE = "JSON has no number for NaN or infinity"


@lru_cache(maxsize=1024)
def _decoder(cls: Any) -> msgspec.json.Decoder[Any]:
    try:
        return msgspec.json.Decoder(cls, dec_hook=_structure)
    except Exception as error:
        raise UnusableEventTypeError.unresolved(cls, error) from error


def _within_limit(text: str | bytes) -> None:
    if len(text) > MAX_BYTES:
        raise EventTooLargeError.of_size(len(text), MAX_BYTES)


def _culprit(event: Any, error: Exception) -> tuple[str, str]:
    """Return the field that cannot be encoded, and why."""
    for name in attrs.fields_dict(type(event)):
        try:
            _ENCODER.encode(getattr(event, name))
        except RecursionError:
            return name, "it is nested too deeply, or holds itself"
        except Exception as found:  # noqa: BLE001 - whatever a hook of cattrs raises
            return name, facts_of(found)[0]
    return "a field", facts_of(error)[0]


def _endless(value: Any) -> str | None:
    """Return a field that holds NaN or infinity, for which msgspec has just written null."""
    for name in _suspects(value):
        held = getattr(value, name)
        if type(held) is float:
            if not isfinite(held):
                return name
        elif held and not _finite(held):
            return name
    return None


def _suspects(value: Any) -> tuple[str, ...]:
    return _may_hold_floats(type(value))  # type: ignore[arg-type] # classes are hashable


@lru_cache(maxsize=1024)
def _may_hold_floats(cls: Any) -> tuple[str, ...]:
    """Return the fields that have to be looked through for NaN: msgspec would write null."""
    from msgspec import inspect  # noqa: PLC0415 - delayed: once per class

    try:
        info = inspect.type_info(cls)
        fields = info.fields if isinstance(info, inspect.DataclassType) else ()
        return tuple(f.name for f in fields if _reaches_float(f.type, set()))
    except Exception:  # noqa: BLE001 - annotations that cannot be resolved may mean anything
        return tuple(attrs.fields_dict(cls))


def _reaches_float(node: Any, seen: set[int]) -> bool:
    from msgspec import inspect  # noqa: PLC0415 - delayed: once per class

    if id(node) in seen:
        return False
    seen.add(id(node))
    if isinstance(node, inspect.FloatType | inspect.AnyType | inspect.CustomType):
        return True
    if isinstance(node, tuple):
        return any(_reaches_float(part, seen) for part in node)
    if isinstance(node, inspect.Type | inspect.Field):
        return any(_reaches_float(getattr(node, n), seen) for n in node.__struct_fields__)
    return False


def _finite(value: Any) -> bool:
    kind = type(value)
    if kind is dict or kind is list or kind is tuple:
        return (
            _sums_up(value)
            or b"null" not in _ENCODER.encode(value)
            or all(map(_finite, _parts(value)))
        )
    if isinstance(value, float):
        return isfinite(value)
    if hasattr(kind, "__attrs_attrs__"):
        return _endless(value) is None
    return not isinstance(value, Mapping | AbstractSet) or all(map(_finite, _parts(value)))


def _sums_up(value: Any) -> bool:
    """Whether all are numbers with a finite sum: the short way for a dict of metrics."""
    try:
        return isfinite(sum(value.values() if type(value) is dict else value))
    except (TypeError, OverflowError):
        return False


def _parts(value: Any) -> Any:
    return chain(value, value.values()) if isinstance(value, Mapping) else value
