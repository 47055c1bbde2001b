"""What a type checker must reject; each line that is wrong is marked with the mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from eventflow.hookspecs import Hooks, Offer, RunFinished, RunStarted, impl
from eventflow.plugins.hooks import HookBus

if TYPE_CHECKING:
    from collections.abc import Mapping


class WrongPayload(Hooks):
    @override
    @impl
    def run_finished(self, event: RunStarted) -> None:  # WRONG payload
        pass


class Misspelt(Hooks):
    @override
    @impl
    def run_finishd(self, event: RunFinished) -> None:  # WRONG name
        pass


class WrongReturn(Hooks):
    @override
    @impl
    def eventflow_steps(self) -> Mapping[str, str]:  # WRONG return
        return {"thing": "acme_things:Thing"}


class UnknownField(Hooks):
    @override
    @impl
    def run_started(self, event: RunStarted) -> None:
        print(event.rows_read)  # WRONG attribute


def calls(bus: HookBus) -> None:
    bus.point(Hooks.run_started).tell(RunFinished("7Q3K", "done", 1.0))  # WRONG argument
    bus.point(Hooks.run_started).tell()  # WRONG missing
    bus.point(Hooks.run_startd)  # WRONG attribute
    answers, _ = bus.point(Hooks.eventflow_steps).ask()
    offer: Offer = answers[0].value  # WRONG assignment
    print(offer)
