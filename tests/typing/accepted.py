"""What a type checker must accept: listeners, steps and calls as they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import frozen
from typing_extensions import override

from eventflow.base import BaseAggregateStep
from eventflow.events import BaseEvent, EventTypes
from eventflow.hookspecs import Hooks, Offer, RunFinished, RunStarted, impl
from eventflow.plugins.hooks import HookBus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.events.base import Upcaster
    from eventflow.plugins.hooks import Answer, HookFailure
    from eventflow.types import Event


class Listens(Hooks):
    """Implements a lifecycle hook and one that offers components."""

    @override
    @impl
    def run_finished(self, event: RunFinished) -> None:
        """Use what the payload has."""
        print(event.run_id, event.rows_read or 0)

    @override
    @impl
    def eventflow_steps(self) -> Mapping[str, Offer]:
        """Offer a step."""
        return {"thing": Offer("acme_things:Thing", tags=("cleaning",))}


def tells(bus: HookBus) -> list[HookFailure]:
    """Tell everyone that a run has begun."""
    return bus.point(Hooks.run_started).tell(RunStarted(run_id="7Q3K", name="churn"))


def asks(bus: HookBus) -> list[Answer[Mapping[str, Offer]]]:
    """Ask everyone what steps they offer."""
    answers, _ = bus.point(Hooks.eventflow_steps).ask()
    return answers


class FixedKey(BaseAggregateStep):
    """Has a key of its own."""

    by = ("customer",)


class ChosenKey(BaseAggregateStep):
    """Takes its key from the options."""

    @property
    @override
    def by(self) -> tuple[str, ...]:
        """The columns of the key."""
        return tuple(self.config.by)


@frozen(kw_only=True)
class OrderPlaced(BaseEvent):
    """An event with an older version."""

    upcasters: ClassVar[Mapping[int, Upcaster]] = {1: dict}
    event_types: ClassVar[tuple[str, ...]] = ("order.placed", "order.*.placed")

    event_type: str = "order.placed"
    schema_version: int = 2
    cents: int


def reads(text: bytes, types: EventTypes) -> Event:
    """Read an event of any type, or of one class; an event fits the protocol."""
    placed = OrderPlaced.from_json(text)
    later = OrderPlaced(cents=placed.cents, source="till").caused_by(placed)
    print(later.cents, later.event_id.hex)
    return types.decode(later.to_json())
