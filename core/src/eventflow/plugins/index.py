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
from typing import TYPE_CHECKING, Literal, TypeAlias

from eventflow.errors import facts_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from eventflow.types import Kind

    Role: TypeAlias = Kind | Literal["command", "hook"]

CORE = "eventflow-core"
PREFIX = "eventflow."

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
        strays: Entry-point groups that begin like ours but do not exist.
    """

    name: str
    version: str
    summary: str = ""
    requires: tuple[str, ...] = ()
    refs: tuple[ComponentRef, ...] = ()
    defect: str | None = None
    strays: tuple[str, ...] = ()


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
        plugin = _indexed(distribution)
        if plugin is not None and (plugin.refs or plugin.defect or plugin.strays):
            yield plugin


def _indexed(distribution: Distribution) -> IndexedPlugin | None:
    """Read one distribution; None if it is not for us. Whatever is wrong with it stays with it."""
    try:
        text = distribution.read_text("entry_points.txt")
        if not text or PREFIX not in text:
            return None
        fields = _headers(distribution)
        found = distribution.entry_points
    except Exception as error:  # noqa: BLE001 - damaged metadata may raise anything
        return _damaged(distribution, error)
    name, version = (fields.get(key, [""])[0] for key in ("name", "version"))
    if not (name and version):
        return _damaged(distribution, ValueError("METADATA gives no name or no version"))
    summary = fields.get("summary", [""])[0]
    refs = tuple(
        ComponentRef(GROUPS[e.group], e.name, name, version, e.value, summary)
        for e in found
        if e.group in GROUPS
    )
    strays = {e.group for e in found if e.group.startswith(PREFIX) and e.group not in GROUPS}
    requires = tuple(fields.get("requires-dist", ()))
    return IndexedPlugin(name, version, summary, requires, refs, strays=tuple(sorted(strays)))


def _damaged(distribution: Distribution, error: Exception) -> IndexedPlugin | None:
    """Describe a distribution whose metadata cannot be read by the name of its folder.

    Pydantic reads everybody's entry points before its first model, to find its own plugins, and
    falls over one that is damaged; it is told to do without.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    folder = getattr(distribution, "_path", None)
    if folder is None or PREFIX.encode() not in _bytes(folder / "entry_points.txt"):
        return None
    name, _, version = folder.stem.partition("-")
    defect = f"its metadata cannot be read: {facts_of(error)[0]}"
    return IndexedPlugin(name.replace("_", "-"), version or "0", defect=defect)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _headers(distribution: Distribution) -> dict[str, list[str]]:
    """Read the metadata's header by hand: the email parser takes longer than all the rest."""
    text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    fields: dict[str, list[str]] = {}
    for line in text.partition("\n\n")[0].splitlines():
        key, colon, value = line.partition(":")
        if colon and not key[:1].isspace():
            fields.setdefault(key.strip().lower(), []).append(value.strip())
    return fields
