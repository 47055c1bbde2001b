"""The hooks of one host: core answers for entry points, hook modules answer for themselves."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from eventflow.hookspecs import Hooks, Offer, impl
from eventflow.plugins.errors import BrokenPluginError, PluginError, WrongAnswerError
from eventflow.plugins.hooks import HookBus, Listener
from eventflow.plugins.index import ComponentRef
from eventflow.plugins.load import load_target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventflow.plugins.catalog import Catalog
    from eventflow.plugins.hooks import Answer, HookFailure, HookPoint
    from eventflow.plugins.index import Role

_log = logging.getLogger("eventflow.plugins")


class Offers(Hooks):
    """Answers the hooks of one distribution from references, so that it need not be imported."""

    def __init__(self, refs: Callable[[], Sequence[ComponentRef]]) -> None:
        """Take what gives the references; it is asked at every call."""
        self._refs = refs

    def _of(self, role: Role) -> dict[str, Offer]:
        return {
            ref.name: Offer(ref.target, ref.summary, ref.tags)
            for ref in self._refs()
            if ref.kind == role
        }

    @impl
    def eventflow_sources(self) -> Mapping[str, Offer]:
        """Sources of the entry points."""
        return self._of("source")

    @impl
    def eventflow_sinks(self) -> Mapping[str, Offer]:
        """Sinks of the entry points."""
        return self._of("sink")

    @impl
    def eventflow_steps(self) -> Mapping[str, Offer]:
        """Steps of the entry points."""
        return self._of("step")

    @impl
    def eventflow_context_joins(self) -> Mapping[str, Offer]:
        """Context joins of the entry points."""
        return self._of("context_join")

    @impl
    def eventflow_blueprints(self) -> Mapping[str, Offer]:
        """Blueprints of the entry points."""
        return self._of("blueprint")

    @impl
    def eventflow_transports(self) -> Mapping[str, Offer]:
        """Transports of the entry points."""
        return self._of("transport")

    @impl
    def eventflow_trackers(self) -> Mapping[str, Offer]:
        """Trackers of the entry points."""
        return self._of("tracker")

    @impl
    def eventflow_engines(self) -> Mapping[str, Offer]:
        """Engines of the entry points."""
        return self._of("engine")

    @impl
    def eventflow_commands(self) -> Mapping[str, Offer]:
        """Commands of the entry points."""
        return self._of("command")


OFFERING: dict[Role, Callable[[Hooks], Mapping[str, Offer]]] = {
    "source": Hooks.eventflow_sources,
    "sink": Hooks.eventflow_sinks,
    "step": Hooks.eventflow_steps,
    "context_join": Hooks.eventflow_context_joins,
    "blueprint": Hooks.eventflow_blueprints,
    "transport": Hooks.eventflow_transports,
    "tracker": Hooks.eventflow_trackers,
    "engine": Hooks.eventflow_engines,
    "command": Hooks.eventflow_commands,
}
"""Kind → the hook that offers it."""


class Telling:
    """Who listens in one host.

    Attributes:
        broken: Hook modules that were set aside, and why.
    """

    def __init__(self, catalog: Catalog) -> None:
        """Take what the host may offer; no hook module is imported yet."""
        self._catalog = catalog
        self._order: tuple[str, ...] = ()
        self.broken: dict[ComponentRef, PluginError] = {}

    @cached_property
    def bus(self) -> HookBus:
        """The bus, with every usable hook module imported, each on its own."""
        bus = HookBus()
        bus.order(self._order)
        for ref in self._catalog.offered("hook"):
            try:
                bus.register(_hooks(ref), Listener(ref.distribution, ref.version))
            except PluginError as error:
                self._set_aside(ref, error)
        return bus

    @cached_property
    def _offering(self) -> HookBus:
        """The bus, with core answering for the entry points of every distribution.

        Added on the first question only: a run that tells but never asks does not pay for it.
        """
        for name, version in self._catalog.distributions():
            self.bus.add(Offers(partial(self._catalog.of, name)), Listener(name, version))
        return self.bus

    def offered(self, role: Role) -> Sequence[ComponentRef]:
        """Ask everyone what they offer of a kind."""
        answers, _ = self._offering.point(OFFERING[role]).ask()
        found = {ref: None for answer in answers for ref in self._refs(role, answer)}
        return sorted(found, key=lambda ref: (ref.name, ref.distribution))

    def tell(self, hook: str, payload: object) -> Sequence[HookFailure]:
        """Tell every listener of a lifecycle hook."""
        spec = getattr(Hooks, hook)
        if "bus" not in vars(self) and not self._catalog.offered("hook"):
            return []  # nobody listens: a run need not make a bus to learn it
        point: HookPoint[Any, Any] = self.bus.point(spec)
        return point.tell(payload)

    def order(self, names: Sequence[str]) -> None:
        """Call these listeners first, in this order; imports nothing."""
        self._order = tuple(names)
        if "bus" in vars(self):
            self.bus.order(self._order)

    def listen(self, hooks: Hooks, name: str) -> None:
        """Add a listener at run time."""
        self.bus.register(hooks, Listener(name))

    def _refs(self, role: Role, answer: Answer[Mapping[str, Offer]]) -> Iterator[ComponentRef]:
        """Turn an answer into references; a wrong one sets its hook module aside."""
        listener, offers = answer.listener, answer.value
        if not well_formed(offers):
            self._refuse(role, listener, offers)
            return
        for name, offer in offers.items():
            target = offer.target
            text = (
                target if isinstance(target, str) else f"{target.__module__}:{target.__qualname__}"
            )
            ref = ComponentRef(
                role, name, listener.name, listener.version, text, offer.summary, offer.tags
            )
            if not isinstance(target, str):
                self._catalog.keep(ref, target)
            yield ref

    def _refuse(self, role: Role, listener: Listener, answer: object) -> None:
        error = WrongAnswerError.for_answer(str(listener), OFFERING[role].__name__, answer)
        for ref in self._catalog.offered("hook"):
            if ref.distribution == listener.name:
                self._set_aside(ref, error)

    def _set_aside(self, ref: ComponentRef, error: PluginError) -> None:
        if ref not in self.broken:
            _log.warning("%s: %s was set aside: %s", error.code, ref.qualified, error.reason)
        self.broken[ref] = error


def _hooks(ref: ComponentRef) -> object:
    """Import a hook module; a class is instantiated."""
    found = load_target(ref)
    if not inspect.isclass(found):
        return found
    try:
        return found()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise BrokenPluginError.for_import(ref, error, None) from error


def well_formed(answer: object) -> bool:
    """Whether a listener answered with a mapping of names to offers."""
    return isinstance(answer, Mapping) and all(
        isinstance(name, str) and isinstance(offer, Offer) for name, offer in answer.items()
    )
