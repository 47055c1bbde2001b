"""Which installed plugins may serve: lists of what to allow and what to leave out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventflow.plugins.errors import UnknownListedError
from eventflow.plugins.index import CORE, normalized
from eventflow.plugins.known import OFFICIAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventflow.plugins.index import ComponentRef, IndexedPlugin


@dataclass(frozen=True, slots=True)
class NameList:
    """Names of distributions, entry points or modules, and where the list was written."""

    where: str
    names: tuple[str, ...]

    def matches(self, ref: ComponentRef) -> bool:
        """Whether a name of the list means `ref`."""
        return any(_matches(name, ref) for name in self.names)


@dataclass(frozen=True, slots=True)
class Selection:
    """The lists that hold for one host.

    Attributes:
        allow: A component must be in each of these lists; core's own always are.
        deny: A component must be in none of these.
    """

    allow: tuple[NameList, ...] = ()
    deny: tuple[NameList, ...] = ()

    @classmethod
    def of(
        cls, allow: Iterable[str], deny: Iterable[str], environment: Mapping[str, str]
    ) -> Selection:
        """Take the lists of the host and those of the environment (comma-separated)."""
        return cls(
            allow=_lists("allow", allow, "EVENTFLOW_PLUGINS_ALLOW", environment),
            deny=_lists("deny", deny, "EVENTFLOW_PLUGINS_DENY", environment),
        )

    def admits(self, ref: ComponentRef) -> bool:
        """Whether `ref` may serve."""
        allowed = ref.distribution == CORE or all(names.matches(ref) for names in self.allow)
        return allowed and not any(names.matches(ref) for names in self.deny)

    def check(self, plugins: Iterable[IndexedPlugin]) -> None:
        """Refuse names that mean nothing installed and no official plugin.

        Raises:
            UnknownListedError: EF113, with the nearest name.
        """
        plugins = tuple(plugins)
        refs = [ref for plugin in plugins for ref in plugin.refs]
        for names in (*self.allow, *self.deny):
            for name in names.names:
                if normalized(name) in OFFICIAL or any(_matches(name, ref) for ref in refs):
                    continue
                known = {n for ref in refs for n in (ref.distribution, ref.name, ref.module)}
                raise UnknownListedError.for_name(name, names.where, sorted(known))


def _lists(
    what: str, given: Iterable[str], variable: str, environment: Mapping[str, str]
) -> tuple[NameList, ...]:
    listed = tuple(n.strip() for n in environment.get(variable, "").split(",") if n.strip())
    lists = (NameList(f"plugins to {what}", tuple(given)), NameList(variable, listed))
    return tuple(names for names in lists if names.names)


def _matches(name: str, ref: ComponentRef) -> bool:
    """A name means a distribution, an entry point, ``distribution:name``, or a module."""
    distribution, colon, entry = name.rpartition(":")
    if colon:
        return normalized(distribution) == normalized(ref.distribution) and entry == ref.name
    return (
        normalized(name) == normalized(ref.distribution)
        or name in {ref.name, ref.module}
        or ref.module.startswith(f"{name}.")
    )
