"""What is installed: one pass over the metadata of distributions, which imports no plugin.

The values here are standard dataclasses: ``plugins list`` and ``--help`` read them, and importing
attrs would take a third of their time.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import Distribution, distributions
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.types import Kind

    Role = Kind | Literal["command", "hook"]

CORE = "eventflow-core"

GROUPS: dict[str, Role] = {
    "eventflow.sources": "source",
    "eventflow.sinks": "sink",
    "eventflow.steps": "step",
    "eventflow.context_joins": "context_join",
    "eventflow.blueprints": "blueprint",
    "eventflow.transports": "transport",
    "eventflow.trackers": "tracker",
    "eventflow.engines": "engine",
    "eventflow.commands": "command",
    "eventflow.hooks": "hook",
}
"""Entry-point group → what its entries are."""


@dataclass(frozen=True, slots=True)
class ComponentRef:
    """Where a component is, without importing it.

    Attributes:
        kind: What it is: a kind of component, ``command`` or ``hook``.
        name: Name in the configuration.
        distribution: Name of the distribution that provides it.
        version: That distribution's version.
        target: ``module:Class``.
        summary: One line for listings.
        tags: Words to find it by.
    """

    kind: Role
    name: str
    distribution: str
    version: str
    target: str
    summary: str = ""
    tags: tuple[str, ...] = ()

    @property
    def qualified(self) -> str:
        """The name that no other plugin can claim: ``distribution:name``."""
        return f"{self.distribution}:{self.name}"

    @property
    def owner(self) -> str:
        """The distribution and its version: ``eventflow-files 0.1.0``."""
        return f"{self.distribution} {self.version}".rstrip()

    @property
    def module(self) -> str:
        """The module part of the target."""
        return self.target.partition(":")[0].strip()


@dataclass(frozen=True, slots=True)
class IndexedPlugin:
    """A distribution with entry points of ours, as its metadata describes it.

    Attributes:
        name: Distribution name as published.
        version: Distribution version.
        summary: The distribution's one-line summary.
        requires: Its ``Requires-Dist`` lines.
        refs: Everything it provides: components, commands and hook modules.
        defect: Why its metadata could not be read, if so.
    """

    name: str
    version: str
    summary: str = ""
    requires: tuple[str, ...] = ()
    refs: tuple[ComponentRef, ...] = ()
    defect: str | None = None


def normalized(name: str) -> str:
    """Return a distribution name in the one form that compares (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed() -> tuple[IndexedPlugin, ...]:
    """Return all plugins on `sys.path`, core first, then by name.

    The pass is made once and repeated only when `sys.path` or a folder on it has changed.
    """
    return _scan(tuple((entry, _modified(entry)) for entry in sys.path))


def core_version() -> str:
    """Return the version of the installed core."""
    return next((p.version for p in installed() if p.name == CORE), "0")


def _modified(entry: str) -> int:
    try:
        return os.stat(entry or ".").st_mtime_ns  # noqa: PTH116 - pathlib is slower to load
    except OSError:
        return 0


@lru_cache(maxsize=8)
def _scan(_: tuple[tuple[str, int], ...]) -> tuple[IndexedPlugin, ...]:
    found: dict[str, IndexedPlugin] = {}
    for plugin in _each_plugin():
        found.setdefault(normalized(plugin.name), plugin)
    return tuple(sorted(found.values(), key=lambda p: (p.name != CORE, normalized(p.name))))


def _each_plugin() -> Iterator[IndexedPlugin]:
    """Yield plugins in the order of `sys.path`; a distribution found twice counts once."""
    for distribution in distributions():
        text = distribution.read_text("entry_points.txt")
        if text and "eventflow." in text:
            plugin = _indexed(distribution)
            if plugin.refs or plugin.defect:
                yield plugin


def _indexed(distribution: Distribution) -> IndexedPlugin:
    fields = _headers(distribution)
    name = fields.get("name", ["(unnamed)"])[0]
    version = fields.get("version", ["0"])[0]
    summary = fields.get("summary", [""])[0]
    requires = tuple(fields.get("requires-dist", ()))
    try:
        refs = tuple(
            ComponentRef(GROUPS[e.group], e.name, name, version, e.value, summary)
            for e in distribution.entry_points
            if e.group in GROUPS
        )
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one file stays with it
        defect = f"entry_points.txt cannot be read: {error}"
        return IndexedPlugin(name, version, summary, requires, defect=defect)
    return IndexedPlugin(name, version, summary, requires, refs)


def _headers(distribution: Distribution) -> dict[str, list[str]]:
    """Read the metadata's header by hand: the email parser takes longer than all the rest."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    fields: dict[str, list[str]] = {}
    for line in text.partition("\n\n")[0].splitlines():
        key, colon, value = line.partition(":")
        if colon and not key[:1].isspace():
            fields.setdefault(key.strip().lower(), []).append(value.strip())
    return fields
