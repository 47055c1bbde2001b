"""A plugin's source folder, read as if it were installed: its ``pyproject.toml`` and its code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventflow.plugins.doctor import source
from eventflow.plugins.doctor.faults import ProjectError, StrayEntryPointError
from eventflow.plugins.index import CORE, GROUPS, PREFIX, ComponentRef, IndexedPlugin, normalized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventflow.errors import Location, Problem

FILE = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class Project:
    """A plugin that is not installed.

    Attributes:
        plugin: It, as its metadata will describe it.
        path: Folders in which its modules are.
        problems: What is wrong with its ``pyproject.toml``.
    """

    plugin: IndexedPlugin
    path: tuple[str, ...]
    problems: tuple[Problem, ...]

    def place(self, word: str) -> Location | None:
        """Return where its ``pyproject.toml`` has a word."""
        return _place(Path(self.path[-1]) / FILE, word)


def read_project(folder: Path) -> Project:
    """Read a folder with a ``pyproject.toml``.

    Raises:
        ProjectError: EF140, there is none, or it cannot be read.
    """
    folder = folder.resolve()
    table = _table(folder / FILE)
    metadata = table.get("project")
    if not isinstance(metadata, dict) or "name" not in metadata:
        path = folder / FILE
        raise ProjectError.nameless(source.shortened(path), source.place(path, 1))
    plugin = _plugin(metadata)
    roots = [str(root) for root in (folder / "src", folder) if root.is_dir()]
    return Project(plugin, tuple(roots), tuple(_problems(plugin, folder / FILE)))


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ProjectError.missing(source.shortened(path)) from None
    except (OSError, ValueError) as error:
        raise ProjectError.unreadable(source.shortened(path), error) from error


def _plugin(metadata: dict[str, Any]) -> IndexedPlugin:
    name, version = str(metadata["name"]), str(metadata.get("version", "0"))
    points = {g: e for g, e in metadata.get("entry-points", {}).items() if isinstance(e, dict)}
    refs = tuple(
        ComponentRef(GROUPS[group], entry, name, version, str(target))
        for group, entries in points.items()
        if group in GROUPS
        for entry, target in entries.items()
    )
    strays = tuple(g for g in points if g.startswith(PREFIX) and g not in GROUPS)
    requires = tuple(str(line) for line in metadata.get("dependencies", ()))
    return IndexedPlugin(name, version, requires=requires, refs=refs, strays=strays)


def _problems(plugin: IndexedPlugin, path: Path) -> Iterator[Problem]:
    owner = f"{plugin.name} {plugin.version}"
    for group in plugin.strays:
        yield from StrayEntryPointError.for_group(owner, group, _place(path, group)).problems
    if not plugin.refs and not plugin.strays:
        yield from ProjectError.empty(plugin.name, _place(path, "[project]")).problems
    if not any(normalized(line).startswith(CORE) for line in plugin.requires):
        yield from ProjectError.unbound(plugin.name, _place(path, "dependencies")).problems


def _place(path: Path, word: str) -> Location | None:
    """Return the line that has a word: as it stands in quotes if it does, else anywhere."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for wanted in (f'"{word}"', f"'{word}'", f"{word}]", word):
        for number, line in enumerate(lines, 1):
            if wanted in line:
                return source.place(path, number)
    return source.place(path, 1)
