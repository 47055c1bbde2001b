"""Which plugins a command of ``eventflow plugins`` is about."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from eventflow.cli.plugin_list import home
from eventflow.plugins.doctor.faults import NothingKnownError
from eventflow.plugins.index import core_version, installed, normalized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventflow.cli.options import Settings
    from eventflow.plugins.index import IndexedPlugin


def chosen(
    settings: Settings, names: Sequence[str]
) -> tuple[list[IndexedPlugin], list[Path], tuple[IndexedPlugin, ...]]:
    """Return the plugins that names mean, the folders they mean, and everything installed.

    Without names these are all plugins that are not left out.

    Raises:
        NothingKnownError: EF141, a name is neither.
    """
    settings.host().check()
    everyone = tuple(plugin for plugin in installed() if not _left_out(plugin, settings.without))
    if not names:
        return list(everyone), [], everyone
    by_name = {normalized(plugin.name): plugin for plugin in everyone}
    plugins, folders = [], []
    for name in names:
        if normalized(name) in by_name:
            plugins.append(by_name[normalized(name)])
        elif Path(name).is_dir():
            folders.append(Path(name))
        else:
            raise NothingKnownError.for_name(name, [plugin.name for plugin in everyone])
    return plugins, folders, everyone


def _left_out(plugin: IndexedPlugin, without: Sequence[str]) -> bool:
    return normalized(plugin.name) in map(normalized, without)


def header() -> str:
    """Return the line that says which installation this is."""
    return f"eventflow {core_version()}   python {platform.python_version()}   {home(sys.prefix)}"
