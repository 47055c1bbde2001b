"""In which order plugins are told: that of the configuration, then by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventflow.plugins.errors import UnknownListedError
from eventflow.plugins.index import normalized
from eventflow.plugins.known import OFFICIAL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def rank(order: Sequence[str]) -> Callable[[str], tuple[int, str]]:
    """Return the sort key of plugin names under an order."""
    position = {normalized(name): index for index, name in enumerate(order)}
    last = len(position)
    return lambda name: (position.get(normalized(name), last), name)


def check_order(order: Sequence[str], installed: Sequence[str]) -> None:
    """Refuse an order that holds a name which is no plugin's.

    Raises:
        UnknownListedError: EF113, with the nearest name.
    """
    known = {normalized(name) for name in installed} | OFFICIAL
    for name in order:
        if normalized(name) not in known:
            raise UnknownListedError.for_name(name, "plugins.order", sorted(installed))
