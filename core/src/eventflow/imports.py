"""Packages whose names are imported where they are first used.

A plugin's package is imported to find one of its components: what the others need should not be.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def on_first_use(
    package: str, homes: Mapping[str, Iterable[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a package that offers names of its modules.

    Write ``__getattr__, __dir__ = on_first_use(__name__, {"grid": ["GridStep"]})``, and beside it,
    for type checkers, ``__all__`` and the imports under ``if TYPE_CHECKING:``.

    Args:
        package: Name of the package.
        homes: Module inside the package → the names it gives.
    """
    home = {name: module for module, names in homes.items() for name in names}

    def found(name: str) -> object:
        """Import a public name on first use."""
        module = home.get(name)
        if module is None:
            msg = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(msg, name=name, obj=sys.modules[package])
        value = getattr(import_module(f"{package}.{module}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def listed() -> list[str]:
        """List the public names."""
        return sorted(home)

    return found, listed
