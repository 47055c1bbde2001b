"""Whether a plugin fits this core: from its ``Requires-Dist``, before anything is imported."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eventflow.plugins.index import CORE, normalized

if TYPE_CHECKING:
    from collections.abc import Iterable

_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)\s*(?:\[[^]]*\])?\s*\(?(?P<specifier>[^();]*)\)?\s*$")
_CLAUSE = re.compile(r"(?P<op>>=|<=|==|!=|>|<)\s*(?P<version>\d+(?:\.\d+)*)$")
_RELEASE = re.compile(r"\d+(?:\.\d+)*$")


def unmet(requires: Iterable[str], core_version: str) -> str | None:
    """Return what a plugin demands of core and does not get, such as ``>=0.9,<1``; else None.

    A plugin that states no requirement on ``eventflow-core`` is taken to fit.

    Args:
        requires: The ``Requires-Dist`` lines of its metadata.
        core_version: Version of the installed core.
    """
    for line in requires:
        name = re.match(r"[\w.-]+", line)
        if name is None or normalized(name.group()) != CORE:
            continue
        specifier = _unmet_specifier(line, core_version)
        if specifier is not None:
            return specifier
    return None


def _unmet_specifier(line: str, core_version: str) -> str | None:
    """Judge one requirement: the plain ones here, the rest with `packaging`."""
    plain = _REQUIREMENT.match(line)
    if plain is not None and _RELEASE.match(core_version):
        specifier = plain["specifier"].strip()
        clauses = [_CLAUSE.match(c.strip()) for c in specifier.split(",") if c.strip()]
        if all(clauses):
            met = all(_holds(c["op"], c["version"], core_version) for c in clauses if c)
            return None if met else specifier
    return _judged_by_packaging(line, core_version)


def _judged_by_packaging(line: str, core_version: str) -> str | None:
    """Judge any valid requirement: markers, pre-releases, wildcards, ``~=``."""
    from packaging.requirements import (  # noqa: PLC0415 - delayed: slower than the whole index
        InvalidRequirement,
        Requirement,
    )

    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return f"{line!r}, which is no valid requirement"
    if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
        return None
    met = requirement.specifier.contains(core_version, prereleases=True)
    return None if met else str(requirement.specifier)


def _holds(operator: str, wanted: str, actual: str) -> bool:
    left, right = _padded(actual, wanted)
    return {
        ">=": left >= right,
        "<=": left <= right,
        ">": left > right,
        "<": left < right,
        "==": left == right,
        "!=": left != right,
    }[operator]


def _padded(one: str, other: str) -> tuple[list[int], list[int]]:
    """Return two releases as lists of equal length: 1 equals 1.0.0."""
    left, right = ([int(part) for part in v.split(".")] for v in (one, other))
    length = max(len(left), len(right))
    return left + [0] * (length - len(left)), right + [0] * (length - len(right))
