"""Events of a shop, in two versions, for the tests of the event model."""

from __future__ import annotations

from typing import Any, ClassVar

from attrs import field, frozen

from eventflow.events import BaseEvent


@frozen(kw_only=True)
class Line:
    """One line of an order."""

    article: str
    price: float
    tags: tuple[str, ...] = ()


@frozen(kw_only=True)
class OrderPlacedV1(BaseEvent):
    """What was once written: the total in whole units, as text."""

    event_type: str = "shop.order.placed"
    total: str


def in_cents(fields: dict[str, Any]) -> dict[str, Any]:
    """Version 2 counts in cents."""
    return {**fields, "cents": round(float(fields.pop("total")) * 100)}


def with_lines(fields: dict[str, Any]) -> dict[str, Any]:
    """Version 3 has lines."""
    return {**fields, "lines": [{"article": "?", "price": fields["cents"] / 100}]}


@frozen(kw_only=True)
class OrderPlaced(BaseEvent):
    """What is written today."""

    upcasters: ClassVar = {1: in_cents, 2: with_lines}

    event_type: str = "shop.order.placed"
    schema_version: int = 3
    cents: int
    lines: tuple[Line, ...] = ()
    notes: dict[str, float] = field(factory=dict)
    anything: Any = None


@frozen(kw_only=True)
class ShopEvent(BaseEvent):
    """Any event of the shop that has no class of its own."""

    event_types: ClassVar = ("shop.*", "*.shop.closed")

    what: str = ""
