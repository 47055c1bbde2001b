"""What one host may offer: what is installed and fits, less what is left out, plus run time."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from eventflow.plugins.compat import unmet
from eventflow.plugins.errors import IncompatiblePluginError, UnreadablePluginError
from eventflow.plugins.index import core_version, installed, normalized
from eventflow.plugins.info import STATES, PluginInfo
from eventflow.plugins.order import check_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eventflow.plugins.errors import PluginError
    from eventflow.plugins.index import ComponentRef, IndexedPlugin, Role
    from eventflow.plugins.info import Quarantine, State
    from eventflow.plugins.select import Selection

RUNTIME = "runtime"
"""Distribution name of what was registered at run time."""


class Catalog:
    """The references of one host, and why others are not among them."""

    def __init__(self, selection: Selection) -> None:
        """Take the lists that hold; nothing is read yet."""
        self._selection = selection
        self._registered: dict[ComponentRef, type] = {}
        self._classes: dict[ComponentRef, type] = {}

    @cached_property
    def plugins(self) -> tuple[IndexedPlugin, ...]:
        """Every installed plugin, fitting or not."""
        return installed()

    @cached_property
    def _failures(self) -> dict[str, PluginError]:
        """Distribution → why all of it is set aside."""
        core = core_version()
        failures: dict[str, PluginError] = {}
        for plugin in self.plugins:
            if plugin.defect is not None:
                failures[plugin.name] = UnreadablePluginError.for_plugin(plugin)
                continue
            demand = unmet(plugin.requires, core)
            if demand is not None:
                failures[plugin.name] = IncompatiblePluginError.for_plugin(plugin, demand, core)
        return failures

    @cached_property
    def usable(self) -> tuple[ComponentRef, ...]:
        """Everything installed that fits and is not left out, core's first."""
        return tuple(
            ref
            for plugin in self.plugins
            if plugin.name not in self._failures
            for ref in plugin.refs
            if self._selection.admits(ref)
        )

    def check(self, order: Sequence[str] = ()) -> None:
        """Refuse lists with unknown names, the order of hooks included.

        Raises:
            UnknownListedError: EF113.
        """
        self._selection.check(self.plugins)
        check_order(order, [plugin.name for plugin in self.plugins])

    def failure(self, plugin: IndexedPlugin) -> PluginError | None:
        """Return why all of a plugin is set aside, if it is."""
        return self._failures.get(plugin.name)

    def offered(self, role: Role) -> Sequence[ComponentRef]:
        """Return what is installed and registered of a kind, by name."""
        found = [ref for ref in (*self.usable, *self._registered) if ref.kind == role]
        return sorted(found, key=lambda ref: (ref.name, ref.distribution))

    def named(self, role: Role, name: str) -> list[ComponentRef]:
        """Return what is installed and registered under a name, qualified or not."""
        return [ref for ref in self.offered(role) if _answers(ref, name)]

    def set_aside(self, role: Role, name: str) -> Iterator[tuple[IndexedPlugin, ComponentRef]]:
        """Yield what is installed under a name but may not serve."""
        for plugin in self.plugins:
            for ref in plugin.refs:
                if ref.kind == role and _answers(ref, name) and ref not in self.usable:
                    yield plugin, ref

    def distributions(self) -> list[tuple[str, str]]:
        """Return name and version of the distributions that may offer something, and run time."""
        installed = {ref.distribution: ref.version for ref in self.usable}
        return [*installed.items(), (RUNTIME, "")]

    def of(self, distribution: str) -> Sequence[ComponentRef]:
        """Return what one distribution offers, or what was registered at run time."""
        refs = self._registered if distribution == RUNTIME else self.usable
        return [ref for ref in refs if ref.distribution == distribution]

    def register(self, ref: ComponentRef, component: type) -> None:
        """Offer a class; what was registered under the same kind and name is replaced."""
        for old in list(self._registered):
            if (old.kind, old.name) == (ref.kind, ref.name):
                del self._registered[old]
        self._registered[ref] = component
        self.keep(ref, component)

    def keep(self, ref: ComponentRef, component: type) -> None:
        """Remember the class of a reference that needs no import."""
        self._classes[ref] = component

    def kept(self, ref: ComponentRef) -> type | None:
        """Return the class of a reference that needs no import."""
        return self._classes.get(ref)

    def infos(
        self, states: Mapping[ComponentRef, State], broken: Mapping[ComponentRef, PluginError]
    ) -> Sequence[PluginInfo]:
        """Return every installed plugin with its state, the usable ones first."""
        clashing = self._clashing()
        found = [self._info(plugin, states, broken, clashing) for plugin in self.plugins]
        return sorted(found, key=lambda info: info.state == "quarantined")

    def _info(
        self,
        plugin: IndexedPlugin,
        states: Mapping[ComponentRef, State],
        broken: Mapping[ComponentRef, PluginError],
        clashing: frozenset[tuple[Role, str]],
    ) -> PluginInfo:
        quarantines = self._quarantines(plugin, broken)
        reached = [states[ref] for ref in plugin.refs if ref in states]
        state: State = max(reached, key=STATES.index, default="compatible")
        return PluginInfo(
            name=plugin.name,
            version=plugin.version,
            summary=plugin.summary,
            provides=plugin.refs,
            requires=demand_on_core(plugin.requires),
            state="quarantined" if quarantines else state,
            quarantines=quarantines,
            clashes=tuple(
                r for r in plugin.refs if (r.kind, r.name) in clashing and self._selection.admits(r)
            ),
            disabled=bool(plugin.refs) and not any(map(self._selection.admits, plugin.refs)),
        )

    def _quarantines(
        self, plugin: IndexedPlugin, broken: Mapping[ComponentRef, PluginError]
    ) -> tuple[Quarantine, ...]:
        whole = self._failures.get(plugin.name)
        if whole is not None:
            return (whole.quarantine(plugin.name),)
        return tuple(broken[ref].quarantine(ref.qualified) for ref in plugin.refs if ref in broken)

    def _clashing(self) -> frozenset[tuple[Role, str]]:
        """Kinds and names that more than one usable distribution offers."""
        seen: set[tuple[Role, str]] = set()
        twice: set[tuple[Role, str]] = set()
        for ref in (*self.usable, *self._registered):
            if ref.kind != "hook":
                (twice if (ref.kind, ref.name) in seen else seen).add((ref.kind, ref.name))
        return frozenset(twice)


def demand_on_core(requires: Sequence[str]) -> str | None:
    """Return the version of core that ``Requires-Dist`` lines demand, as written; None if none."""
    for line in requires:
        if normalized(line).startswith("eventflow-core"):
            return line[len("eventflow-core") :].strip(" ()") or None
    return None


def _answers(ref: ComponentRef, name: str) -> bool:
    distribution, colon, entry = name.rpartition(":")
    if not colon:
        return ref.name == name
    return ref.name == entry and normalized(ref.distribution) == normalized(distribution)
