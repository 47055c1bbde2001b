"""What importing each plugin costs, relative to what core has imported already."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventflow.plugins.compat import unmet
from eventflow.plugins.doctor.child import examine
from eventflow.plugins.doctor.project import read_project
from eventflow.plugins.index import core_version

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventflow.errors import Problem
    from eventflow.plugins.doctor.timing import Import
    from eventflow.plugins.index import IndexedPlugin


@dataclass(frozen=True, slots=True)
class Costs:
    """What one plugin's imports cost.

    Attributes:
        name: Its distribution.
        version: Its version.
        seconds: All modules that it imports and core has not.
        own_seconds: Its own modules alone.
        slowest: Those modules, the slowest (by its own time) first.
        problem: Why it could not be measured, or not all of it.
    """

    name: str
    version: str
    seconds: float = 0.0
    own_seconds: float = 0.0
    slowest: tuple[Import, ...] = ()
    problem: str | None = None


def costs_of(
    plugins: Sequence[IndexedPlugin], folders: Sequence[Path] = (), *, limit: float
) -> list[Costs]:
    """Measure plugins, the costliest first: each in a process of its own, several at a time."""
    projects = [read_project(folder) for folder in folders]
    work = [(plugin, None) for plugin in plugins] + [(p.plugin, p.path) for p in projects]
    with ThreadPoolExecutor(max_workers=max((os.cpu_count() or 2) // 2, 1)) as pool:
        found = list(pool.map(lambda item: _costs(item[0], item[1], limit), work))
    return sorted(found, key=lambda cost: -cost.seconds)


def _costs(plugin: IndexedPlugin, path: Sequence[str] | None, limit: float) -> Costs:
    if plugin.defect is not None or unmet(plugin.requires, core_version()) is not None:
        reason = plugin.defect or "it does not fit this version of Eventflow"
        return Costs(plugin.name, plugin.version, problem=reason)
    own = {ref.module.partition(".")[0] for ref in plugin.refs}
    examinations = examine(plugin.refs, limit=limit, path=path) if plugin.refs else []
    imports = [i for found in examinations for i in found.imports]
    failed = [p for e in examinations for p in e.problems if p.code in {"EF120", "EF123"}]
    mine = [i.self_seconds for i in imports if i.module.partition(".")[0] in own]
    return Costs(
        plugin.name,
        plugin.version,
        sum(i.self_seconds for i in imports),
        sum(mine),
        tuple(sorted(imports, key=lambda i: -i.self_seconds)),
        _said(failed[0]) if failed else None,
    )


def _said(problem: Problem) -> str:
    return f"{problem.code} {problem.detail[0] if problem.detail else problem.message}"
