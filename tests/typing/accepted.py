"""What a type checker must accept: listeners, steps and calls as they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from eventflow.base import BaseAggregateStep
from eventflow.hookspecs import Hooks, Offer, RunFinished, RunStarted, impl
from eventflow.plugins.hooks import HookBus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventflow.plugins.hooks import Answer, HookFailure


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
