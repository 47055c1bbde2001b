"""Small pieces of Markdown that the generated pages share."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SECTION = re.compile(r"^(Args|Attributes|Returns|Raises|Yields|Example|Examples|Note|Notes):$")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; cells keep to one line, and a bar in a cell is escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "\\|").split())


def clean(docstring: str | None) -> str:
    """Return a docstring as Markdown: sections become bold words, their entries lists."""
    out = []
    listed = False
    for line in inspect.cleandoc(docstring or "").splitlines():
        if SECTION.match(line.strip()) and not line.startswith(" "):
            listed = True
            out += ["", f"**{line.strip(':')}**", ""]
        elif listed and re.match(r"^ {4}\S", line):
            out.append(f"- {line.strip()}")
        else:
            listed = listed and (not line or line.startswith(" "))
            out.append(line.strip() if not listed else f"  {line.strip()}")
    return re.sub(r"``([^`]+)``", r"`\1`", "\n".join(out)).strip()


def summary(docstring: str | None) -> str:
    """Return the first paragraph of a docstring, on one line."""
    first = inspect.cleandoc(docstring or "").partition("\n\n")[0]
    return " ".join(re.sub(r"``([^`]+)``", r"`\1`", first).split())


def attributes(docstring: str | None) -> dict[str, str]:
    """Return what a docstring's ``Attributes:`` section says of each."""
    found: dict[str, str] = {}
    name = ""
    section = inspect.cleandoc(docstring or "").partition("Attributes:\n")[2]
    for line in section.splitlines():
        if line and not line.startswith(" "):
            break
        if entry := re.match(r"^ {4}(\w+)(?: \(.*?\))?: (.*)$", line):
            name = entry[1]
            found[name] = entry[2]
        elif name:
            found[name] += " " + line.strip()
    return {name: " ".join(text.replace("``", "`").split()) for name, text in found.items()}
