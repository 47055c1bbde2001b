"""The registry: which class reads which type and version of events."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
import pytest
from attrs import field, frozen

from eventflow.events import BaseEvent, EventTypes, UnknownEvent
from eventflow.events.errors import (
    DuplicateEventTypeError,
    InvalidEventError,
    UnusableEventTypeError,
    UpcastError,
)
from eventflow.types import Event
from shop_events import OrderPlaced, OrderPlacedV1, ShopEvent

SHOP = EventTypes(OrderPlaced, ShopEvent)


def test_an_event_is_read_as_the_class_of_its_type() -> None:
    """What a class wrote comes back equal, through the registry and through the class."""
    event = OrderPlaced(cents=1250, notes={"rate": 0.2}, anything=[1, {"a": None}])
    assert SHOP.decode(event.to_json()) == event == OrderPlaced.from_json(event.to_bytes())
    assert isinstance(event, Event)


def test_an_old_version_goes_through_every_upcaster_to_the_newest() -> None:
    """Version 1 becomes 2, then 3; what every event carries is kept."""
    old = OrderPlacedV1(total="12.50", source="till 7")
    new = SHOP.decode(old.to_json())
    assert isinstance(new, OrderPlaced)
    assert (new.schema_version, new.cents, new.lines[0].price) == (3, 1250, 12.5)
    assert (new.event_id, new.timestamp, new.source) == (old.event_id, old.timestamp, "till 7")


def test_without_a_way_to_the_newest_a_version_is_read_by_its_own_class() -> None:
    """Both classes are registered, and nothing leads from one to the other."""

    @frozen(kw_only=True)
    class Placed(OrderPlaced):
        upcasters: ClassVar[Any] = {2: lambda fields: fields}
        schema_version: int = 4

    types = EventTypes(OrderPlacedV1, Placed)
    old = OrderPlacedV1(total="1")
    assert types.decode(old.to_json()) == old
    assert types.find("shop.order.placed", 3) is None
    assert types.find("shop.order.placed", 4) is Placed


@pytest.mark.parametrize("version", [4, 99, 0, -1])
def test_a_version_that_nobody_knows_is_kept_whole(version: int) -> None:
    """It is passed on byte for byte, with fields that no class here has."""
    head = OrderPlaced(cents=1).to_json().rpartition("}")[0]
    text = f'{head} , "schema_version": {version}, "n":1.10, "big":{"9" * 40}}}'
    found = EventTypes(OrderPlaced).decode(text)
    assert isinstance(found, UnknownEvent)
    assert found.to_json() == text
    assert found.schema_version == version
    assert found.fields["big"] == int("9" * 40)


def test_a_type_that_nobody_knows_is_kept_whole() -> None:
    """Its head can be read, and it can be read by a process that knows the type later."""
    event = OrderPlaced(cents=5, source="shop")
    found = EventTypes().decode(event.to_bytes())
    assert isinstance(found, UnknownEvent)
    assert (found.event_id, found.source) == (event.event_id, "shop")
    assert SHOP.decode(found.to_json()) == event


def test_what_every_event_carries_must_be_there_even_in_an_unknown_one() -> None:
    """Without a type there is nothing to go by, without an id nothing to know it again."""
    with pytest.raises(InvalidEventError, match="event_type"):
        SHOP.decode('{"cents": 1}')
    for event_id in ("", ', "event_id": "7"', ', "event_id": null'):
        with pytest.raises(InvalidEventError, match="event_id"):
            SHOP.decode(f'{{"event_type": "a.b", "timestamp": "2026-01-01T00:00:00Z"{event_id}}}')


def test_a_named_type_comes_before_a_pattern_and_a_long_pattern_before_a_short_one() -> None:
    """Order of registration plays no part."""

    @frozen(kw_only=True)
    class Orders(BaseEvent):
        event_types: ClassVar = ("shop.order.*",)

    for classes in ((OrderPlaced, Orders, ShopEvent), (ShopEvent, Orders, OrderPlaced)):
        types = EventTypes(*classes)
        assert types.find("shop.order.placed", 3) is OrderPlaced
        assert types.find("shop.order.paid", 1) is Orders
        assert types.find("shop.opened", 1) is ShopEvent
        assert types.find("town.shop.closed", 1) is ShopEvent
        assert types.find("a", 1) is None


def test_two_classes_for_one_version_of_a_type_are_an_error_that_names_both() -> None:
    """The fix is in the message; what was registered before stays."""

    @frozen(kw_only=True)
    class Other(BaseEvent):
        event_type: str = "shop.order.placed"
        schema_version: int = 3

    types = EventTypes(OrderPlaced)
    with pytest.raises(DuplicateEventTypeError, match=r"OrderPlaced and .*Other") as raised:
        types.add(Other)
    assert "another event_type or schema_version" in str(raised.value)
    assert types.find("shop.order.placed", 3) is OrderPlaced


def test_registries_share_nothing() -> None:
    """A class added to one is unknown to another."""
    one, other = EventTypes(), EventTypes()
    one.add(OrderPlaced)
    assert list(one) == [OrderPlaced]
    assert list(other) == []
    assert other.find("shop.order.placed", 3) is None


def test_every_class_that_exists_is_known_to_the_registry_of_defined_types() -> None:
    """One that is defined later, too; with slots and without; bases without a type are not."""

    @frozen(kw_only=True)
    class Slotted(BaseEvent):
        event_type: str = "known.slotted"

    assert EventTypes.defined().find("known.slotted", 1) is Slotted
    assert EventTypes.defined().find("known.plain", 1) is None

    @frozen(kw_only=True, slots=False)
    class Plain(BaseEvent):
        event_type: str = "known.plain"

    assert EventTypes.defined().find("known.plain", 1) is Plain
    assert EventTypes.defined().find("known.slotted", 1) is Slotted
    assert BaseEvent not in EventTypes.defined()
    assert UnknownEvent not in EventTypes.defined()


def test_a_class_that_only_inherits_its_type_does_not_claim_it() -> None:
    """A subclass with further fields is for its author's use; reading finds the class above it."""

    @frozen(kw_only=True)
    class Above(BaseEvent):
        event_type: str = "known.above"

    @frozen(kw_only=True)
    class Below(Above):
        extra: int = 0

    assert EventTypes.defined().find("known.above", 1) is Above
    with pytest.raises(UnusableEventTypeError, match="Below"):
        EventTypes(Below)


def test_a_class_that_is_defined_again_takes_the_place_of_the_first() -> None:
    """As when a cell of a notebook runs twice."""

    def cell() -> type[BaseEvent]:
        @frozen(kw_only=True)
        class Made(BaseEvent):
            event_type: str = "known.twice"

        return Made

    first, second = cell(), cell()
    assert EventTypes.defined().find("known.twice", 1) is second
    types = EventTypes(first)
    types.add(second)
    assert list(types) == [second]


def test_where_two_of_the_defined_classes_clash_other_types_are_still_read() -> None:
    """Reading the type itself is an error, which names both."""

    @frozen(kw_only=True)
    class Left(BaseEvent):
        event_type: str = "known.clash"

    @frozen(kw_only=True)
    class Right(BaseEvent):
        event_type: str = "known.clash"

    types = EventTypes.defined()
    assert types.find("shop.opened", 1) is ShopEvent
    for cls in (Left, Right):
        with pytest.raises(DuplicateEventTypeError, match=r"Left and .*Right"):
            types.decode(cls().to_json())
        with pytest.raises(DuplicateEventTypeError):
            types.add(cls)
    assert EventTypes(Left).decode(Right().to_json()).event_type == "known.clash"


@pytest.mark.parametrize("event_type", ["", "a..b", "two words", "a.", "ünï", "a.**"])
def test_a_type_is_dotted_words(event_type: str) -> None:
    """Else no pattern could match it; the message shows one that is right."""
    cls = attrs.make_class("Odd", {"event_type": field(default=event_type)}, bases=(BaseEvent,),
                           kw_only=True, frozen=True)  # fmt: skip
    with pytest.raises(UnusableEventTypeError, match=r"order\.placed"):
        EventTypes(cls)
    assert cls not in EventTypes.defined()


def test_a_class_that_attrs_did_not_make_and_one_without_a_version_are_refused() -> None:
    """The message says what to write."""

    class Bare(BaseEvent):
        event_type = "known.bare"

    @frozen(kw_only=True)
    class Unversioned(BaseEvent):
        event_type: str = "known.unversioned"
        schema_version: int

    with pytest.raises(UnusableEventTypeError, match="frozen"):
        EventTypes(Bare)
    with pytest.raises(UnusableEventTypeError, match="schema_version: int = 1"):
        EventTypes(Unversioned)


def test_an_upcaster_that_fails_says_which_step_of_which_class() -> None:
    """One that raises, and one that returns no fields; fields that do not fit are the class's."""

    @frozen(kw_only=True)
    class Failing(BaseEvent):
        upcasters: ClassVar[Any] = {1: lambda fields: fields["gone"], 2: lambda _: None,
                               3: lambda _: {"event_id": 7}}  # fmt: skip
        event_type: str = "known.failing"
        schema_version: int = 4

    types = EventTypes(Failing)
    for version, said in ((1, "from version 1 failed: KeyError"), (2, "returned no dict")):
        with pytest.raises(UpcastError, match=said):
            types.decode(Failing(schema_version=version).to_json())
    with pytest.raises(InvalidEventError, match="event_id"):
        types.decode(Failing(schema_version=3).to_json())


def test_a_registry_forgets_answers_before_they_are_too_many() -> None:
    """Types of strangers may be anything; memory stays bounded, and answers stay right."""
    for number in range(10_000):
        assert SHOP.find(f"stranger.{number}", 1) is None
    assert len(SHOP._found) <= 4096
    assert SHOP.find("shop.order.placed", 3) is OrderPlaced


def test_a_class_that_is_added_later_is_found_although_its_type_was_unknown() -> None:
    """What was answered before does not count any more."""
    types = EventTypes()
    assert types.find("shop.order.placed", 3) is None
    types.add(OrderPlaced)
    assert types.find("shop.order.placed", 3) is OrderPlaced


def test_what_every_event_carries_survives_an_upcaster_that_forgets_it() -> None:
    """An event keeps its identity; an upcaster may still change what it means to."""

    @frozen(kw_only=True)
    class Forgetful(BaseEvent):
        upcasters: ClassVar[Any] = {1: lambda _: {"source": "moved", "now": 1}}
        event_type: str = "known.forgetful"
        schema_version: int = 2
        now: int

    old = Forgetful(schema_version=1, now=0, source="here", correlation_id="c")
    new = EventTypes(Forgetful).decode(old.to_json())
    assert new == attrs.evolve(old, schema_version=2, now=1, source="moved")


def test_an_id_and_a_time_are_never_made_up_in_reading() -> None:
    """Else the same text would be another event each time it is read."""
    for text in ('{"event_type": "shop.opened"}', '{"event_type": "shop.opened", "event_id": "x"}'):
        with pytest.raises(InvalidEventError, match=r"event_id|timestamp"):
            ShopEvent.from_json(text)
