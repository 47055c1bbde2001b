"""What ``python -X importtime`` says: each module's own time, and the time with what it imports."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(r"^import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)")
_BEGIN = re.compile(r"^begin (\d+)$")


@dataclass(frozen=True, slots=True)
class Import:
    """One module that was imported for the first time.

    Attributes:
        module: Its name.
        self_seconds: Time of its own code.
        seconds: The same with everything it imported for the first time.
        depth: How many modules deep it was imported; 0 is what was asked for.
    """

    module: str
    self_seconds: float
    seconds: float
    depth: int


def imports_of(text: str) -> dict[int, tuple[Import, ...]]:
    """Return what was imported after each ``begin N``, from the child's stderr."""
    found: dict[int, list[Import]] = {}
    current = None
    for line in text.splitlines():
        if begun := _BEGIN.match(line):
            current = found.setdefault(int(begun[1]), [])
        elif current is not None and (match := _LINE.match(line)):
            own, whole = int(match[1]) / 1e6, int(match[2]) / 1e6
            current.append(Import(match[4], own, whole, len(match[3]) // 2))
    return {number: tuple(imports) for number, imports in found.items()}


def total(imports: tuple[Import, ...]) -> float:
    """Return the seconds of all imports together."""
    return sum(found.self_seconds for found in imports)
