"""Events as JSON: what is written, what is read, and what is refused."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from attrs import field, frozen
from hypothesis import given
from hypothesis import strategies as st

from eventflow.events import BaseEvent, EventTypes, UnknownEvent, codec
from eventflow.events.errors import (
    EventTooLargeError,
    InvalidEventError,
    MalformedEventError,
    UnusableEventTypeError,
    UnwritableEventError,
)
from shop_events import Line, OrderPlaced, ShopEvent

TYPES = EventTypes(OrderPlaced, ShopEvent)

texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = st.floats(allow_nan=False, allow_infinity=False)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**40), 10**40) | numbers | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
    max_leaves=20,
)
moments = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]))
orders = st.builds(
    OrderPlaced,
    cents=st.integers(-(10**40), 10**40),
    lines=st.lists(st.builds(Line, article=texts, price=numbers, tags=st.lists(texts).map(tuple)))
    .map(tuple),
    notes=st.dictionaries(texts, numbers),
    anything=plain,
    timestamp=moments,
    source=texts,
    correlation_id=texts,
    causation_id=st.none() | st.uuids(),
)  # fmt: skip


@given(orders)
def test_what_is_written_is_read_back_equal(event: OrderPlaced) -> None:
    """Any text, any whole number, any time zone, any plain data."""
    assert TYPES.decode(event.to_json()) == event
    assert OrderPlaced.from_json(event.to_bytes()) == event


@given(orders)
def test_the_standard_library_reads_the_same(event: OrderPlaced) -> None:
    """`json` is an independent reader: every field, under its name, with its value."""
    read = json.loads(event.to_json())
    assert read["cents"] == event.cents
    assert read["anything"] == event.anything
    assert read["lines"] == [{"article": e.article, "price": e.price, "tags": list(e.tags)}
                             for e in event.lines]  # fmt: skip
    assert UUID(read["event_id"]) == event.event_id
    assert datetime.fromisoformat(read["timestamp"]) == event.timestamp


@given(orders)
def test_an_unknown_event_is_passed_on_byte_for_byte(event: OrderPlaced) -> None:
    """Even formatted as nobody here would; line breaks alone become spaces."""
    text = json.dumps(json.loads(event.to_json()), indent=3)
    found = EventTypes().decode(f"{text}\r\n")
    assert isinstance(found, UnknownEvent)
    assert found.to_bytes() == text.replace("\n", " ").encode()
    assert OrderPlaced.from_json(found.to_json()) == event


@given(st.binary() | st.text() | plain.map(json.dumps))
def test_any_other_text_is_refused_with_a_code(text: str | bytes) -> None:
    """Never with anything but an error of ours, whatever arrives."""
    with pytest.raises((MalformedEventError, InvalidEventError)):
        TYPES.decode(text)


def order_with(more: str) -> str:
    """Return the JSON of an order with more text in its object."""
    return OrderPlaced(cents=1).to_json().removesuffix("}") + f",{more}}}"


DEEP = "[" * 100_000 + "]" * 100_000
MALFORMED = {
    "empty": "",
    "cut off": '{"event_type": "a"',
    "two": "{} {}",
    "no object": "[]",
    "NaN": order_with('"extra": NaN'),
    "infinity": order_with('"notes": {"a": Infinity}'),
    "lone surrogate": order_with('"source": "\\ud800"'),
    "surrogate in text": '{"event_type": "\ud800"}',
    "no UTF-8": b'{"event_type": "\xff"}',
    "deep": order_with(f'"anything": {DEEP}'),
    "deep where nobody looks": order_with(f'"stranger": {DEEP}'),
    "byte order mark": b"\xef\xbb\xbf{}",
    "zero bytes": b"\x00" * 100,
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED)
def test_a_text_that_is_no_json_of_an_event_is_refused(text: str | bytes) -> None:
    """One code for all, a reason, and no word of what the text holds."""
    with pytest.raises((MalformedEventError, InvalidEventError)) as raised:
        OrderPlaced.from_json(text)
    assert raised.value.problems[0].code in {"EF710", "EF711"}
    with pytest.raises((MalformedEventError, InvalidEventError)):
        TYPES.decode(text)


INVALID = {
    "field of another type": ('"cents": "many"', r"\$\.cents"),
    "number that is too large": ('"notes": {"a": 1e999}', "out of range"),
    "number of 5,000 digits": (f'"cents": {"9" * 5000}', "out of range"),
    "time without a zone": ('"timestamp": "2026-01-01T00:00:00"', "timezone|time zone"),
    "no id": ('"event_id": "x"', r"\$\.event_id"),
    "version in words": ('"schema_version": "two"', r"\$\.schema_version"),
}


@pytest.mark.parametrize(("more", "said"), INVALID.values(), ids=INVALID)
def test_fields_that_do_not_fit_are_named(more: str, said: str) -> None:
    """The message has the path of the field."""
    with pytest.raises(InvalidEventError, match=said):
        OrderPlaced.from_json(order_with(more))


def test_of_two_equal_keys_the_last_counts_everywhere() -> None:
    """The registry decides by the same key that the class reads, and one of them is written."""
    text = order_with('"cents": 2, "event_type": "shop.opened", "schema_version": 1')
    found = TYPES.decode(text)
    assert isinstance(found, ShopEvent)
    assert OrderPlaced.from_json(text).cents == 2
    assert found.to_json().count("event_type") == 1


def test_keys_that_a_class_does_not_know_are_left_out() -> None:
    """A writer may add fields without a new version; this reader loses them."""
    assert "later" not in OrderPlaced.from_json(order_with('"later": 1')).to_json()


NAN, INF = math.nan, math.inf
UNWRITABLE: dict[str, tuple[dict[str, Any], str]] = {
    "NaN": ({"anything": NAN}, "anything"),
    "NaN in a dict": ({"notes": {"a": -INF}}, "notes"),
    "NaN in a class": ({"lines": (Line(article="a", price=INF),)}, "lines"),
    "NaN deep inside": ({"anything": [{"a": (1, {NAN})}]}, "anything"),
    "lone surrogate": ({"source": "\ud800"}, "source"),
    "unknown class": ({"anything": object()}, "anything"),
    "itself": ({"anything": [[]]}, "anything"),
    "5,000 digits": ({"cents": 10**5000}, "cents"),
}
UNWRITABLE["itself"][0]["anything"][0].append(UNWRITABLE["itself"][0]["anything"])


@pytest.mark.parametrize(("fields", "name"), UNWRITABLE.values(), ids=UNWRITABLE)
def test_a_value_that_json_cannot_carry_is_refused_by_name(
    fields: dict[str, Any], name: str
) -> None:
    """Nothing is changed into null behind the writer's back."""
    with pytest.raises(UnwritableEventError, match=rf"EF712  {name} of OrderPlaced"):
        OrderPlaced(**{"cents": 1, **fields}).to_json()


def test_an_event_larger_than_the_limit_is_neither_read_nor_written() -> None:
    """100 MB are refused before anything is parsed; what is written can be read."""
    huge = "x" * 100_000_000
    with pytest.raises(EventTooLargeError, match="100,0"):
        TYPES.decode(order_with(f'"stranger": "{huge}"'))
    with pytest.raises(EventTooLargeError, match="16,777,216"):
        OrderPlaced(cents=1, anything=huge).to_json()
    fits = OrderPlaced(cents=1, anything="x" * 16_000_000)
    assert TYPES.decode(fits.to_bytes()) == fits


def test_a_time_without_a_zone_is_refused_when_the_event_is_made() -> None:
    """It would mean another moment on another machine."""
    with pytest.raises(ValueError, match="time zone"):
        OrderPlaced(cents=1, timestamp=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@frozen(kw_only=True)
class Paid(BaseEvent):
    """An event with fields that JSON has no type for."""

    event_type: str = "shop.paid"
    receipt: Path = Path()
    shares: tuple[Fraction, ...] = field(default=())


def test_cattrs_reads_and_writes_what_json_has_no_type_for() -> None:
    """Paths out of the box, types of users' own through a hook of theirs."""
    with pytest.raises(UnwritableEventError, match="shares"):
        Paid(shares=(Fraction(1, 3),)).to_json()
    with pytest.raises(InvalidEventError, match="Fraction"):
        Paid.from_json(Paid().to_json().replace('"shares":[]', '"shares":["1/3"]'))
    codec.converter().register_unstructure_hook(Fraction, str)
    codec.converter().register_structure_hook(Fraction, lambda text, _: Fraction(text))
    event = Paid(receipt=Path("receipts/7.pdf"), shares=(Fraction(1, 3),))
    assert json.loads(event.to_json())["shares"] == ["1/3"]
    assert EventTypes(Paid).decode(event.to_json()) == event


def test_a_class_whose_fields_cannot_be_resolved_is_refused_with_the_way_out() -> None:
    """A name that exists for type checkers only is what happens most."""

    @frozen(kw_only=True)
    class Unresolved(BaseEvent):
        event_type: str = "shop.unresolved"
        when: Nowhere  # type: ignore[name-defined] # noqa: F821 - that is the point

    with pytest.raises(UnusableEventTypeError, match="TYPE_CHECKING"):
        Unresolved.from_json(OrderPlaced(cents=1).to_json())
