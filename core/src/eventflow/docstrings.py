"""Reading docstrings in Google style, for documents that are made from classes."""

from __future__ import annotations

from inspect import cleandoc

__all__ = ["attributes", "summary"]


def summary(docstring: str | None) -> str:
    """Return what stands before the ``Attributes`` section, on one line."""
    return " ".join(_parts(docstring)[0].split())


def attributes(docstring: str | None) -> dict[str, str]:
    """Return what the ``Attributes`` section says: name → sentence."""
    found: dict[str, str] = {}
    name = ""
    for line in _parts(docstring)[1].splitlines():
        head, colon, rest = line.strip().partition(": ")
        if colon and head.isidentifier() and line.startswith(" " * 4) and line[4] != " ":
            name, found[head] = head, rest
        elif name and line.strip():
            found[name] += " " + line.strip()
    return found


def _parts(docstring: str | None) -> tuple[str, str]:
    before, _, after = cleandoc(docstring or "").partition("Attributes:\n")
    return before, after
