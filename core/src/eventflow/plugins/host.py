"""The plugin host: finds components by name, imports what is asked for, sets aside what fails.

A host holds its own state, and hosts in one process do not disturb each other. Making one reads
nothing; the first question reads the metadata of installed distributions, and nothing is imported
until a component is loaded.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast

from eventflow.plugins.catalog import Catalog
from eventflow.plugins.errors import (
    AmbiguousComponentError,
    BuildError,
    DeniedComponentError,
    PluginError,
    SetAsidePluginsError,
    UnknownComponentError,
    WrongShapeError,
)
from eventflow.plugins.index import normalized
from eventflow.plugins.select import Selection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import click

    from eventflow.hookspecs import Hooks
    from eventflow.plugins.hooks import HookFailure
    from eventflow.plugins.index import ComponentRef, Role
    from eventflow.plugins.info import PluginInfo, Quarantine, State
    from eventflow.plugins.telling import Telling
    from eventflow.types import Kind

C = TypeVar("C", bound=type)


class PluginHost:
    """Everything a program needs to know of plugins.

    Example:
        >>> host = PluginHost()
        >>> ref = host.find("transport", "memory")
        >>> ref.qualified
        'eventflow-core:memory'
        >>> transport = host.load(ref)()
    """

    def __init__(
        self,
        allow: Iterable[str] = (),
        deny: Iterable[str] = (),
        *,
        order: Iterable[str] = (),
        strict: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Take the lists that hold; nothing is read yet.

        Args:
            allow: Distributions, entry points or modules that may serve; empty means all. Core's
                own components always may.
            deny: Those that may not.
            order: Plugins whose hooks are called first, in this order; the others follow by name.
            strict: Anything set aside is an error (EF114), needed or not.
            environment: Where ``EVENTFLOW_PLUGINS_ALLOW``, ``EVENTFLOW_PLUGINS_DENY``
                (comma-separated) and ``EVENTFLOW_STRICT`` are read; the process's by default.
        """
        environment = os.environ if environment is None else environment
        self.strict = strict or environment.get("EVENTFLOW_STRICT", "0") not in {"", "0", "false"}
        self._catalog = Catalog(Selection.of(allow, deny, environment))
        self._order = tuple(order)
        self._loaded: dict[ComponentRef, Any] = {}
        self._failed: dict[ComponentRef, PluginError] = {}
        self._states: dict[ComponentRef, State] = {}
        self._told: Telling | None = None
        self._lock = Lock()

    # -- finding ---------------------------------------------------------------------------------

    def refs(self, kind: Kind) -> Sequence[ComponentRef]:
        """Return what is offered of a kind, by name: installed, registered and computed.

        This asks the kind's hook, and so imports the hook modules of plugins that have one.
        """
        self._be_strict()
        return self._telling.offered(kind)

    def find(self, kind: Kind, name: str) -> ComponentRef:
        """Return where the component of this name is; imports nothing if metadata can tell.

        Args:
            kind: What is looked for.
            name: The name, or ``distribution:name``.

        Raises:
            AmbiguousComponentError: EF112, several plugins provide it.
            UnknownComponentError: EF201, none does (exit code 2); its subclass
                `MissingPluginError` when a plugin has to be installed (exit code 4).
            PluginError: The plugin that provides it was set aside (EF110, EF111, EF115).
            UnknownListedError: EF113, a list of plugins holds an unknown name.
        """
        self._be_strict()
        found = self._catalog.named(kind, name) or [
            ref for ref in self.refs(kind) if name in {ref.name, ref.qualified}
        ]
        if len(found) > 1:
            raise AmbiguousComponentError.for_name(kind, name, found)
        if found:
            return found[0]
        raise self._absent(kind, name)

    def _absent(self, kind: Kind, name: str) -> PluginError | UnknownComponentError:
        """Say why a name is not offered: set aside, left out, not installed or misspelt."""
        for plugin, ref in self._catalog.set_aside(kind, name):
            return self._catalog.failure(plugin) or DeniedComponentError.for_ref(ref)
        offered = self.refs(kind)
        owner = normalized(name.rpartition(":")[0])
        for ref, error in self._telling.broken.items():
            if normalized(ref.distribution) == owner:
                return error
        names = [plugin.name for plugin in self._catalog.plugins]
        return UnknownComponentError.for_name(kind, name, offered, names)

    # -- loading ---------------------------------------------------------------------------------

    def load(self, ref: ComponentRef) -> Any:  # a class of that kind, which types cannot name
        """Import a component's class and check it against the contract of its kind.

        Raises:
            BrokenPluginError: EF120, its module cannot be imported or lacks it.
            WrongShapeError: EF121, it is not what its kind demands.
        """
        if ref in self._failed:
            error = self._failed[ref]
            raise type(error)(*error.problems)
        if ref not in self._loaded:
            try:
                self._loaded[ref] = self._checked(ref)
            except PluginError as error:
                self._failed[ref] = error
                raise
        return self._loaded[ref]

    def _checked(self, ref: ComponentRef) -> Any:
        from eventflow.plugins.load import load_target  # noqa: PLC0415 - delayed: not for listings
        from eventflow.plugins.shapes import defects  # noqa: PLC0415 - delayed: imports contracts

        component = self._catalog.kept(ref) or load_target(ref, self)
        self._states[ref] = "imported"
        try:
            found = defects(component, cast("Kind", ref.kind))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # descriptors and metaclasses run code of their own
            raise WrongShapeError.for_looking(ref, error) from error
        if found:
            raise WrongShapeError.for_ref(ref, found)
        self._states[ref] = "contract-shaped"
        return component

    def build(self, ref: ComponentRef, options: Mapping[str, Any]) -> Any:
        """Load a component and build it with its options.

        Raises:
            pydantic.ValidationError: The options do not fit its `Config`.
            BuildError: EF122, it accepted the options and then failed.
        """
        from pydantic import ValidationError  # noqa: PLC0415 - delayed: not for listings

        component = self.load(ref)
        try:
            built = component(**options)
        except (ValidationError, KeyboardInterrupt):
            raise
        except BaseException as error:  # SystemExit, and classes that a plugin makes itself
            failure = BuildError.for_ref(ref, error)
            self._failed[ref] = failure
            raise failure from error
        self.advance(ref, "ready")
        return built

    def advance(self, ref: ComponentRef, state: State) -> None:
        """Note how far a component came; listings show it."""
        self._states[ref] = state

    # -- registering -----------------------------------------------------------------------------

    def register(self, component: C, *, name: str | None = None, kind: Kind | None = None) -> C:
        """Offer a class under a name, in this host only; usable as a decorator.

        Registering a name again replaces what was registered before, as notebooks need. A name
        that an installed plugin has too needs the qualified name ``runtime:name``.

        Args:
            component: The class.
            name: Its name in configurations. By default its attribute `name`, else its own name in
                snake case without ``Step``, ``Source`` or what its kind is called.
            kind: Its kind; by default told from its base class or its shape.

        Returns:
            The class itself.

        Raises:
            WrongShapeError: EF121, it does not fit its kind, or its kind cannot be told.
        """
        from eventflow.plugins.runtime import reference  # noqa: PLC0415 - delayed: contracts
        from eventflow.plugins.shapes import defects  # noqa: PLC0415 - delayed: contracts

        ref = reference(component, name, kind)
        found = defects(component, cast("Kind", ref.kind))
        if found:
            raise WrongShapeError.for_ref(ref, found)
        self._catalog.register(ref, component)
        self._failed.pop(ref, None)
        self._loaded[ref] = component
        return component

    # -- listing ---------------------------------------------------------------------------------

    def plugins(self) -> Sequence[PluginInfo]:
        """Return every installed plugin with its state, and what was set aside with the reason.

        Imports nothing.
        """
        listening = self._told.broken if self._told is not None else {}
        return self._catalog.infos(self._states, {**self._failed, **listening})

    def indexed(self) -> Sequence[ComponentRef]:
        """Return everything that metadata names and that may serve: components, commands, hooks.

        Imports nothing.
        """
        return self._catalog.usable

    def commands(self) -> Sequence[ComponentRef]:
        """Return the subcommands that plugins name in their metadata; imports nothing."""
        return self._catalog.offered("command")

    def find_command(self, name: str) -> ComponentRef | None:
        """Return the subcommand of this name, asking hook modules if metadata has none."""
        role: Role = "command"
        found = self._catalog.named(role, name) or [
            ref for ref in self._telling.offered(role) if ref.name == name
        ]
        if len(found) > 1:
            raise AmbiguousComponentError.for_name(role, name, found)
        return found[0] if found else None

    def load_command(self, ref: ComponentRef) -> click.Command:
        """Import a subcommand.

        Raises:
            BrokenPluginError: EF120, its module cannot be imported or lacks it.
            WrongShapeError: EF121, it is no click command.
        """
        import click  # noqa: PLC0415 - delayed: a host outside the command line needs no click

        from eventflow.plugins.load import load_target  # noqa: PLC0415 - delayed: not for listings

        command = load_target(ref)
        if not isinstance(command, click.Command):
            defect = f"it is a {type(command).__name__}, no click command"
            raise WrongShapeError.for_ref(ref, [defect])
        return command

    # -- telling ---------------------------------------------------------------------------------

    def tell(self, hook: str, payload: object) -> Sequence[HookFailure]:
        """Tell every listener of a lifecycle hook; a listener that raises stops nobody.

        Args:
            hook: Name of the hook, such as ``run_started``.
            payload: The hook's frozen payload.

        Returns:
            Who failed. Each failure has been logged.
        """
        return self._telling.tell(hook, payload)

    def listen(self, hooks: Hooks, *, name: str = "runtime") -> None:
        """Let `hooks` listen, in this host only.

        Raises:
            HookShapeError: EF130, a method has the wrong shape.
            UnknownHookError: EF131, a method implements no hook.
        """
        self._telling.listen(hooks, name)

    def order(self, names: Sequence[str]) -> None:
        """Call listeners in this order of plugin names; the others follow by name."""
        self._order = tuple(names)
        if self._told is not None:
            self._told.order(self._order)

    def in_order(self, names: Iterable[str]) -> Sequence[str]:
        """Return plugin names in the order in which their hooks are called."""
        from eventflow.plugins.order import rank  # noqa: PLC0415 - beside its one use

        return sorted(names, key=rank(self._order))

    @property
    def _telling(self) -> Telling:
        from eventflow.plugins.telling import Telling  # noqa: PLC0415 - delayed: pluggy, attrs

        with self._lock:  # several runs may share a host, each in its thread
            if self._told is None:
                self._told = Telling(self._catalog)
                self._told.order(self._order)
            return self._told

    # -- strictness ------------------------------------------------------------------------------

    def check(self) -> None:
        """Refuse lists of plugins that hold unknown names; imports nothing.

        Raises:
            UnknownListedError: EF113, with the nearest name.
        """
        self._catalog.check(self._order)

    def _be_strict(self) -> None:
        """In strict mode, refuse to work while anything is set aside."""
        self.check()
        if not self.strict:
            return
        found: list[Quarantine] = [q for info in self.plugins() for q in info.quarantines]
        if found:
            raise SetAsidePluginsError.for_quarantines(found)
