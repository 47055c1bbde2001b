"""The checks, one module per subject; importing a module registers its checks."""

from __future__ import annotations

import importlib
import pkgutil


def load() -> None:
    """Register every check of the kit."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name):
        importlib.import_module(f"{__name__}.{module.name}")
