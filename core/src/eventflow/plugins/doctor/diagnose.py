"""From a plugin to a list of what is wrong with it, what to change, and how bad it is."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from eventflow.plugins.compat import unmet
from eventflow.plugins.doctor import source
from eventflow.plugins.doctor.child import Examination, examine
from eventflow.plugins.doctor.faults import (
    BadVersionError,
    CollectingError,
    SharedNameError,
    SlowImportError,
    StrayEntryPointError,
)
from eventflow.plugins.errors import IncompatiblePluginError, UnreadablePluginError, words
from eventflow.plugins.index import CORE, core_version, normalized
from eventflow.plugins.known import KNOWN
from eventflow.plugins.peek import source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from eventflow.errors import Location, Problem
    from eventflow.plugins.doctor.project import Project
    from eventflow.plugins.index import ComponentRef, IndexedPlugin

LIMIT = 20.0
"""Seconds one import may take by default."""
SLOW = 0.25
"""Seconds from which an import of somebody else's package is worth a warning."""
SLOW_OWN = 1.0
"""Seconds from which a plugin's own code is."""
WARNINGS = frozenset({
    "EF116", "EF118", "EF124", "EF125", "EF126", "EF127", "EF128", "EF129",
})  # fmt: skip
"""Codes of what does not keep a plugin from working; everything else does."""

Health = Literal["healthy", "warnings", "broken"]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the doctor says of one plugin.

    Attributes:
        name: Its distribution.
        version: Its version.
        problems: What is wrong, the worst first.
        examinations: What importing each of its components showed.
    """

    name: str
    version: str
    problems: tuple[Problem, ...] = ()
    examinations: tuple[Examination, ...] = ()

    @property
    def health(self) -> Health:
        """``broken`` if something does not work, ``warnings`` if something should be better."""
        if any(is_error(problem) for problem in self.problems):
            return "broken"
        return "warnings" if self.problems else "healthy"

    @property
    def seconds(self) -> float:
        """How long its imports took."""
        return sum(found.seconds or 0 for found in self.examinations)


def is_error(problem: Problem) -> bool:
    """Whether something does not work, rather than should be better."""
    return problem.code not in WARNINGS


def diagnose(
    plugins: Sequence[IndexedPlugin], everyone: Sequence[IndexedPlugin], *, limit: float = LIMIT
) -> list[Diagnosis]:
    """Look at installed plugins, several at a time.

    Args:
        plugins: Whom to look at.
        everyone: All installed plugins: names may be shared with them.
        limit: Seconds each import may take.
    """
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(lambda plugin: _diagnosis(plugin, everyone, limit), plugins))


def diagnose_project(
    project: Project, everyone: Sequence[IndexedPlugin], *, limit: float = LIMIT
) -> Diagnosis:
    """Look at a plugin that is not installed."""
    others = [p for p in everyone if normalized(p.name) != normalized(project.plugin.name)]
    path = [*project.path, *(entry for entry in sys.path if entry not in project.path)]
    found = _diagnosis(project.plugin, others, limit, path)
    named = {ref: project.place(ref.target) for ref in project.plugin.refs}
    stray = [_without_command(p) for p in found.problems if p.code != "EF117"]
    placed = [p if p.location else replace(p, location=_named(p, named)) for p in stray]
    return replace(found, problems=_sorted([*project.problems, *placed]))


def _without_command(problem: Problem) -> Problem:
    """Leave out what mends an installed plugin: reinstalling mends no source folder."""
    return replace(problem, command=None) if problem.code == "EF120" else problem


def _named(problem: Problem, places: dict[ComponentRef, Location | None]) -> Location | None:
    """Return the place of the entry point that a problem's command or first words name."""
    said = f"{problem.command or ''} {problem.message} "
    names = {ref: (f"{ref.qualified} ", f'{words(ref.kind)} "{ref.name}" ') for ref in places}
    return next((at for ref, at in places.items() if any(n in said for n in names[ref])), None)


def _diagnosis(
    plugin: IndexedPlugin,
    everyone: Sequence[IndexedPlugin],
    limit: float,
    path: Sequence[str] | None = None,
) -> Diagnosis:
    problems = [*_metadata(plugin), *_names(plugin, everyone)]
    examinations: list[Examination] = []
    if not any(p.code in {"EF110", "EF111"} for p in problems) and plugin.refs:
        examinations = examine(plugin.refs, limit=limit, path=path)
    for found in examinations:
        problems += [*found.problems, *_heavy(found), *_collecting(found.ref, path)]
    return Diagnosis(plugin.name, plugin.version, _sorted(problems), tuple(examinations))


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Put the worst first, and say what was found twice once."""
    seen: dict[tuple[object, ...], Problem] = {}
    for problem in problems:
        place = problem.location and (problem.location.file, problem.location.line)
        words = problem.message.partition(" (")[0]
        seen.setdefault((problem.code, words, problem.detail, place), problem)
    return tuple(sorted(seen.values(), key=lambda p: (not is_error(p), p.code)))


def _metadata(plugin: IndexedPlugin) -> Iterator[Problem]:
    if plugin.defect is not None:
        yield from UnreadablePluginError.for_plugin(plugin).problems
        return
    demand = unmet(plugin.requires, core_version())
    if demand is not None:
        yield from IncompatiblePluginError.for_plugin(plugin, demand, core_version()).problems
    for group in plugin.strays:
        owner = f"{plugin.name} {plugin.version}"
        yield from StrayEntryPointError.for_group(owner, group).problems
    if not valid_version(plugin.version):
        yield from BadVersionError.for_version(plugin.name, plugin.version).problems


def valid_version(version: str) -> bool:
    """Whether installers accept a version."""
    from packaging.version import InvalidVersion, Version  # noqa: PLC0415 - delayed: not for --help

    try:
        Version(version)
    except InvalidVersion:
        return False
    return True


def _names(plugin: IndexedPlugin, everyone: Sequence[IndexedPlugin]) -> Iterator[Problem]:
    """Names that others have too."""
    official = normalized(plugin.name) in {CORE, *KNOWN.values()}
    for ref in plugin.refs:
        if ref.kind == "hook":
            continue
        known = KNOWN.get((ref.kind, ref.name))
        others = [other.name for other in everyone if other is not plugin and _offers(other, ref)]
        if others:
            yield from SharedNameError.for_ref(ref, others).problems
        elif known and not official:
            yield from SharedNameError.for_official(ref, known).problems


def _offers(plugin: IndexedPlugin, ref: ComponentRef) -> bool:
    return any((other.kind, other.name) == (ref.kind, ref.name) for other in plugin.refs)


def _heavy(found: Examination) -> Iterator[Problem]:
    """What is imported at module level and takes long."""
    owner, cost = found.ref.owner, {i.module: i.seconds for i in found.imports}
    own = {found.ref.module.partition(".")[0]}
    for path in found.files:
        for top, place in source.imports(path):
            seconds = cost.get(top, 0.0)
            if top not in own and (seconds >= SLOW or top in source.HEAVY):
                yield from SlowImportError.for_module(owner, top, seconds, place).problems
    mine = sum(i.self_seconds for i in found.imports if i.module.partition(".")[0] in own)
    if mine >= SLOW_OWN:
        first = source.place(found.files[0], 1) if found.files else None
        yield from SlowImportError.for_own(owner, found.ref.module, mine, first).problems


def _collecting(ref: ComponentRef, path: Sequence[str] | None) -> Iterator[Problem]:
    """Calls that read data while the plan is built."""
    file: Path | None = source_of(ref.module, path)
    name = ref.target.partition(":")[2].partition("[")[0].strip()
    for method, call, place in source.collecting(file, name, ref.kind) if file else ():
        yield from CollectingError.for_call(ref.owner, method, call, place).problems
